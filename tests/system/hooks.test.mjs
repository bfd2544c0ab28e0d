// Hooks: programs that post into a room with nothing but an address.
import assert from "node:assert/strict";

import { scenario } from "./harness.mjs";

/** A visitor who owns the room "dev". */
async function ownRoom(chat) {
  const alice = await chat.visitor("alice");
  assert.equal((await alice.post("rooms", { room: "dev" })).status, 201);
  return alice;
}

/** Makes an incoming hook; where to post, below /chat/v1/. */
async function makeHook(alice, name) {
  const made = await alice.post("rooms/dev/hooks", { name });
  assert.equal(made.status, 201, made.text);
  assert.match(made.json.url, /^\/chat\/v1\/hooks\/[A-Za-z0-9_-]{43}$/);
  return { ...made.json, path: made.json.url.slice("/chat/v1/".length) };
}

const text = (body, headers) =>
  ({ body, headers: { "Content-Type": "text/plain", ...headers } });

scenario("a program posts text or JSON by a hook", {}, async (chat) => {
  const alice = await ownRoom(chat);
  const hook = await makeHook(alice, "ci");
  const program = chat.client();
  const first = await program.request("POST", hook.path, text("built\n"));
  assert.equal(first.status, 201, first.text);
  const keyed = { "Idempotency-Key": "k1" };
  const second = await program.request("POST", hook.path,
    text("twice", keyed));
  const again = await program.request("POST", hook.path, text("twice", keyed));
  assert.equal(again.status, 200);
  assert.deepEqual(again.json, second.json);
  const other = await program.request("POST", hook.path, text("x", keyed));
  assert.equal(other.json.code, "id_reused");
  await program.post(hook.path, { text: "failed", from: "bob", id: "j1" });

  const { messages } = await alice.history("dev", { types: "message" });
  assert.deepEqual(messages.map(({ from, by, hook: id, text: said }) =>
    [from, by, id, said]), [
    ["ci", undefined, hook.id, "built"],
    ["ci", undefined, hook.id, "twice"],
    ["ci", "bob", hook.id, "failed"],
  ]);
  const { events } = (await alice.poll(alice.at.cursor, { wait: 0 })).json;
  assert.equal(events.filter((event) => event.hook === hook.id).length, 3);

  assert.deepEqual((await alice.get("rooms/dev/hooks")).json,
    { hooks: [{ id: hook.id, name: "ci" }] });
  const path = `rooms/dev/hooks/${hook.id}`;
  assert.equal((await alice.delete(path)).status, 204);
  assert.equal((await alice.delete(path)).status, 204);
  assert.equal((await alice.delete("rooms/dev/hooks/99999")).json.code,
    "not_found");
  const late = await program.request("POST", hook.path, text("late"));
  assert.equal(late.json.code, "not_found");
});

scenario("hooks are refused where they should be", {}, async (chat) => {
  const alice = await ownRoom(chat);
  const hook = await makeHook(alice, "ci");
  const bob = await chat.visitor("bob");
  const code = async (reply) => (await reply).json.code;
  const byBob = (body) => code(bob.post("rooms/dev/hooks", body));
  const byAlice = (body) => code(alice.post("rooms/dev/hooks", body));
  assert.equal(await byBob({ name: "x" }), "forbidden");
  assert.equal(await code(bob.get("rooms/dev/hooks")), "forbidden");
  assert.equal(await code(bob.delete(`rooms/dev/hooks/${hook.id}`)),
    "forbidden");
  assert.equal(await code(bob.get("rooms/nowhere/hooks")), "no_room");
  assert.equal(await byAlice({}), "bad_request");
  assert.equal(await byAlice({ name: " " }), "bad_nick");
  assert.equal(await byAlice({ name: "x", url: "ftp://example.org/" }),
    "bad_text");
  assert.equal(await code(alice.delete("rooms/dev/hooks/x")), "not_found");

  const program = chat.client();
  const post = (body) => code(program.post(hook.path, body));
  assert.equal(await post({ text: 1 }), "bad_request");
  assert.equal(await post({ text: "x", from: 1 }), "bad_request");
  assert.equal(await post({ text: " " }), "bad_text");
  assert.equal(await post({ text: "x", from: "" }), "bad_nick");
  assert.equal(await post({ text: "x", id: "a b" }), "bad_id");
  assert.equal(await code(program.request("POST", hook.path,
    text(Buffer.from([0xff])))), "bad_text");
  assert.equal(await code(program.request("POST", hook.path,
    { body: "text=x", headers: { "Content-Type":
      "application/x-www-form-urlencoded" } })), "bad_type");
  assert.equal(await code(program.post(`${hook.path}x`, { text: "x" })),
    "not_found");
});

scenario("a hook lasts over a restart", {}, async (chat) => {
  const alice = await ownRoom(chat);
  const hook = await makeHook(alice, "ci");
  await chat.kill("broker");
  await chat.start();
  const program = chat.client();
  const reply = await program.post(hook.path, { text: "still here" });
  assert.equal(reply.status, 201, reply.text);
});
