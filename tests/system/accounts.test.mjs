// Accounts of the chat's own: nicks that a passphrase goes with.
import assert from "node:assert/strict";

import { assertProblem, readSignal } from "./client.mjs";
import { scenario, timed, waitFor } from "./harness.mjs";

const PASSPHRASE = "correct horse battery";

async function register(client, passphrase = PASSPHRASE) {
  const reply = await client.post("account", { passphrase });
  assert.equal(reply.status, 201, reply.text);
  return reply.json;
}

scenario("a registered nick is its owner's, on every device", {},
  async (chat) => {
    const alice = await chat.visitor("alice", { rooms: ["lobby", "dev"] });
    const bob = await chat.visitor("bob");
    assert.deepEqual(await register(alice), { nick: "alice", role: "member" });
    await alice.say("lobby", "registered");
    const { kind, role, rooms } = await alice.snapshot();
    assert.deepEqual([kind, role, rooms.length], ["registered", "member", 2]);

    const phone = chat.client();
    assertProblem(await phone.post("session", { nick: "Alice" }), 409,
      "nick_taken");
    assertProblem(await phone.post("session",
      { nick: "alice", passphrase: "wrong" }), 403, "forbidden");
    await phone.login("Alice", { passphrase: PASSPHRASE });
    const at = await phone.snapshot();
    assert.deepEqual([at.nick, at.rooms.map(({ room }) => room)],
      ["alice", ["lobby", "dev"]]);
    assert.equal((await phone.get("sessions")).json.sessions.length, 2);

    // One person: what one device says the other hears, and one leaves
    // without the others noticing.
    const heard = phone.readMessages(at.cursor, 1);
    await alice.say("dev", "hello, me");
    assert.equal((await heard).messages[0].from, "alice");
    await alice.delete("session");
    assert.equal((await bob.get("people/alice")).json.here, true);
    await phone.delete("session");
    await waitFor("alice is gone", async () =>
      !(await bob.get("people/alice")).json.here);

    // Still a member when they come again.
    const again = await phone.login("alice", { passphrase: PASSPHRASE });
    assert.deepEqual(again.rooms.map(({ room }) => room), ["lobby", "dev"]);
  });

scenario("whether a nick is registered shows in no answer and no time", {},
  async (chat) => {
    await register(await chat.visitor("alice"));
    await chat.visitor("guest");
    const stranger = chat.client();
    const ask = async (nick) => {
      const { value, elapsed_ms } = await timed(stranger.post("session",
        { nick, passphrase: "a guess of mine" }));
      assertProblem(value, 403, "forbidden");
      return { text: value.text, elapsed_ms };
    };
    const asked = [];
    for (const nick of ["alice", "guest", "nobody"]) asked.push(await ask(nick));
    assert.equal(new Set(asked.map(({ text }) => text)).size, 1);
    for (const { elapsed_ms } of asked) {
      assert.ok(elapsed_ms > 5, `${elapsed_ms} ms: nothing was hashed`);
    }
  });

scenario("passphrases are not tried without end", {}, async (chat) => {
  const stranger = chat.client();
  const statuses = await Promise.all(Array.from({ length: 30 }, (_, i) =>
    stranger.post("session", { nick: `n${i}`, passphrase: "guess" })
      .then(({ status }) => status)));
  assert.ok(statuses.includes(429), statuses.join());
  assert.ok(statuses.includes(403), statuses.join());
});

scenario("another passphrase ends the other sessions", {}, async (chat) => {
  const alice = await chat.visitor("alice");
  await register(alice);
  const phone = chat.client();
  const { cursor } = await phone.login("alice", { passphrase: PASSPHRASE });
  const poll = phone.poll(cursor);
  const change = (body) => alice.request("PATCH", "account", { body });
  assertProblem(await change({ passphrase: "another one", old: "wrong" }), 403,
    "forbidden");
  assertProblem(await change({ passphrase: "short", old: PASSPHRASE }), 422,
    "bad_text");
  assertProblem(await change({ passphrase: "another one" }), 400,
    "bad_request");
  const reply = await change({ passphrase: "another one", old: PASSPHRASE });
  assert.equal(reply.status, 204, reply.text);
  assertProblem(await poll, 401, "session_required");
  assertProblem(await phone.post("session",
    { nick: "alice", passphrase: PASSPHRASE }), 403, "forbidden");
  await phone.login("alice", { passphrase: "another one" });
  assert.equal((await alice.snapshot()).nick, "alice");
});

scenario("an account can be given up", {}, async (chat) => {
  const alice = await chat.visitor("alice");
  const bob = await chat.visitor("bob");
  await register(alice);
  const end = (client, body) => client.request("DELETE", "account", { body });
  assertProblem(await end(alice, { passphrase: "wrong" }), 403, "forbidden");
  assertProblem(await end(bob, { passphrase: "none at all" }), 403,
    "forbidden");
  const reply = await end(alice, { passphrase: PASSPHRASE });
  assert.equal(reply.status, 204, reply.text);
  assert.match(reply.headers["set-cookie"][0], /^ajaxchat=;.*Max-Age=0/);
  assertProblem(await alice.get("session"), 401, "session_required");
  assertProblem(await bob.get("people/alice"), 404, "not_found");
  await chat.visitor("alice");
});

scenario("accounts outlast a restart of everything", {}, async (chat) => {
  const alice = await chat.visitor("alice");
  await register(alice);
  await chat.kill("broker");
  await chat.kill("fcgi");
  await chat.start();
  assert.equal((await alice.snapshot()).kind, "registered");
  await chat.client().login("alice", { passphrase: PASSPHRASE });
});

scenario("the operator names the first admin, who names others", {
  settings: { "chat.admins": "root nobody" },
}, async (chat) => {
  const root = await chat.visitor("root");
  const bob = await chat.visitor("bob");
  await register(root);
  const give = (client, nick, role) =>
    client.request("PATCH", `people/${nick}`, { body: { role } });
  assertProblem(await give(root, "bob", "moderator"), 403, "forbidden");
  await chat.kill("broker");
  await chat.start();
  assert.equal((await root.snapshot()).role, "admin");
  const { cursor } = await bob.snapshot();
  const told = readSignal(bob, cursor, ({ type }) => type === "role");
  const { status, json } = await give(root, "bob", "moderator");
  assert.deepEqual([status, json.role], [200, "moderator"]);
  assert.deepEqual(await told,
    { type: "role", from: "root", role: "moderator" });
  const { events } = (await bob.poll(cursor, { wait: 0 })).json;
  assert.deepEqual(events.map(({ type, from, to, role }) =>
    [type, from, to, role]), [["role", "root", "bob", "moderator"]]);
  assert.equal((await bob.snapshot()).role, "moderator");
  assertProblem(await give(bob, "bob", "admin"), 403, "forbidden");
  assertProblem(await give(root, "nobody", "member"), 404, "not_found");
});

scenario("an operator may want no accounts", {
  settings: { "chat.registration": "no" },
}, async (chat) => {
  const alice = await chat.visitor("alice");
  assertProblem(await alice.post("account", { passphrase: PASSPHRASE }), 403,
    "forbidden");
});

scenario("what is no passphrase is refused", {}, async (chat) => {
  const alice = await chat.visitor("alice");
  for (const passphrase of ["", "1234567", "x".repeat(257)]) {
    assertProblem(await alice.post("account", { passphrase }), 422,
      "bad_text");
  }
  for (const body of [{}, { passphrase: 12345678 }]) {
    assertProblem(await alice.post("account", body), 400, "bad_request");
  }
  await register(alice, "x".repeat(256));
  assertProblem(await alice.post("account", { passphrase: PASSPHRASE }), 403,
    "forbidden");
  assertProblem(await chat.client().post("session",
    { nick: "alice", passphrase: "x".repeat(300) }), 403, "forbidden");
  assertProblem(await chat.client().post("account",
    { passphrase: PASSPHRASE }), 401, "session_required");
});
