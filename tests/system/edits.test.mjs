// Messages that change: edited, deleted, and what every later read shows.
import assert from "node:assert/strict";

import { assertProblem } from "./client.mjs";
import { scenario } from "./harness.mjs";

const json = { "Content-Type": "application/json" };

const patch = (client, room, seq, body) =>
  client.request("PATCH", `rooms/${room}/messages/${seq}`, { body });

const remove = (client, room, seq, reason = "") =>
  client.delete(`rooms/${room}/messages/${seq}${reason}`);

/** Every way to read a room: one's message of `seq` in each. */
async function readEverywhere(client, room, seq) {
  const inPoll = async (since) => {
    const { json: reply } = await client.poll(since, { wait: 0 });
    return reply.events.find((event) => event.seq === seq);
  };
  const { messages } = await client.history(room);
  const { messages: [only] } =
    await client.history(room, { around: seq, limit: 1 });
  const { json: single } = await client.get(`rooms/${room}/messages/${seq}`);
  return [messages.find((event) => event.seq === seq), only, single,
    await inPoll(client.at.cursor)];
}

scenario("an edit is an event, and every later read shows the new text", {},
  async (chat) => {
    const alice = await chat.visitor("alice");
    const bob = await chat.visitor("bob");
    const said = await alice.say("lobby", "helo", "m1");
    const parked = bob.readUntil(bob.at.cursor,
      (all) => all.some(({ type }) => type === "edit"));

    const edited = await patch(alice, "lobby", said.seq, { text: "hello" });
    assert.equal(edited.status, 200, edited.text);
    const { seq, n, at, ...rest } = edited.json;
    assert.ok(seq > said.seq && n === said.n + 1 && at >= said.at);
    assert.deepEqual(rest, { room: "lobby", type: "edit", from: "alice",
      target: said.seq, text: "hello" });
    const { events } = await parked;
    assert.deepEqual(events.at(-1), edited.json);

    const now = { seq: said.seq, n: said.n, room: "lobby", at: said.at,
      type: "message", from: "alice", text: "hello", id: "m1", edited: at };
    for (const client of [alice, bob]) {
      for (const message of await readEverywhere(client, "lobby", said.seq)) {
        assert.deepEqual(message, now);
      }
    }
    // The same again is the same event; the post is still known by its id.
    const again = await patch(alice, "lobby", said.seq, { text: "hello" });
    assert.deepEqual([again.status, again.json], [200, edited.json]);
    const post = await alice.post("rooms/lobby/messages",
      { id: "m1", text: "helo" });
    assert.deepEqual([post.status, post.json], [200, said]);
  });

scenario("a deleted message has no text anywhere", {}, async (chat) => {
  const alice = await chat.visitor("alice");
  const bob = await chat.visitor("bob");
  const said = await alice.say("lobby", "regretted", "m1");
  const edited = await patch(alice, "lobby", said.seq,
    { text: "regretted too" });
  await alice.say("lobby", "after");

  const deleted = await remove(alice, "lobby", said.seq);
  assert.equal(deleted.status, 200, deleted.text);
  const { seq, n, at, ...rest } = deleted.json;
  assert.ok(seq > said.seq && n > said.n && at >= said.at);
  assert.deepEqual(rest, { room: "lobby", type: "delete", from: "alice",
    target: said.seq });

  const now = { seq: said.seq, n: said.n, room: "lobby", at: said.at,
    type: "message", from: "alice", id: "m1", deleted: true };
  for (const client of [alice, bob]) {
    for (const message of await readEverywhere(client, "lobby", said.seq)) {
      assert.deepEqual(message, now);
    }
    const { text } = await client.get("rooms/lobby/messages");
    assert.doesNotMatch(text, /regretted/);
    const { text: polled } = await client.poll(client.at.cursor, { wait: 0 });
    assert.doesNotMatch(polled, /regretted/);
  }
  const again = await remove(alice, "lobby", said.seq);
  assert.deepEqual([again.status, again.json], [200, deleted.json]);
  assertProblem(await patch(alice, "lobby", said.seq, { text: "back" }),
    404, "no_message");
  assert.ok(edited.json.seq < seq);
});

scenario("reads are the same after a restart of every part", {
  expectedErrors: [/connect\(\) to unix:/],
}, async (chat) => {
  const alice = await chat.visitor("alice");
  const kept = await alice.say("lobby", "one");
  const gone = await alice.say("lobby", "secret");
  await patch(alice, "lobby", kept.seq, { text: "two" });
  await remove(alice, "lobby", gone.seq);
  const before = await readEverywhere(alice, "lobby", kept.seq);
  await chat.kill("broker");
  await chat.kill("fcgi");
  await chat.start();
  assert.deepEqual(await readEverywhere(alice, "lobby", kept.seq), before);
  for (const message of await readEverywhere(alice, "lobby", gone.seq)) {
    assert.equal(message.deleted, true);
    assert.equal(message.text, undefined);
  }
});

scenario("a moderator deletes what others said, and sees what it was", {},
  async (chat) => {
    const alice = await chat.visitor("alice");
    await alice.post("rooms", { room: "dev" });
    const bob = await chat.visitor("bob", { rooms: ["dev"] });
    const said = await bob.say("dev", "first");
    await patch(bob, "dev", said.seq, { text: "second" });

    assertProblem(await patch(alice, "dev", said.seq, { text: "mine" }),
      403, "forbidden");
    const { status, json: history } =
      await alice.get(`rooms/dev/messages/${said.seq}/edits`);
    assert.equal(status, 200);
    assert.deepEqual(history.edits.map(({ text }) => text),
      ["first", "second"]);
    assert.equal(history.edits[0].at, said.at);
    assertProblem(await bob.get(`rooms/dev/messages/${said.seq}/edits`),
      403, "forbidden");

    const deleted = await remove(alice, "dev", said.seq,
      "?reason=off%20topic");
    assert.equal(deleted.status, 200, deleted.text);
    assert.equal(deleted.json.reason, "off topic");
    assert.equal(deleted.json.from, "alice");
    const { json: after } =
      await alice.get(`rooms/dev/messages/${said.seq}/edits`);
    assert.deepEqual(after.edits.map(({ deleted: gone }) => gone),
      [true, true]);
  });

scenario("changes are refused for their first fault", {}, async (chat) => {
  const alice = await chat.visitor("alice");
  const bob = await chat.visitor("bob");
  const eve = await chat.visitor("eve", { rooms: [] });
  const nobody = chat.client();
  const { seq } = await alice.say("lobby", "hello");
  const text = "changed";

  assertProblem(await patch(nobody, "lobby", seq, { text }),
    401, "session_required");
  assertProblem(await alice.request("PATCH", `rooms/lobby/messages/${seq}`,
    { body: "{", headers: json }), 400, "bad_request");
  for (const body of [{}, { text: 7 }, { text: null }]) {
    assertProblem(await patch(alice, "lobby", seq, body), 400, "bad_request");
  }
  assertProblem(await alice.request("PATCH", `rooms/lobby/messages/${seq}`,
    { body: "text=x", headers: { "Content-Type": "text/plain" } }),
  415, "bad_type");
  for (const bad of ["", " \n", "x".repeat(4001)]) {
    assertProblem(await patch(alice, "lobby", seq, { text: bad }),
      422, "bad_text");
  }
  assertProblem(await patch(alice, "nowhere", seq, { text }), 404, "no_room");
  for (const other of [0, seq - 1, seq + 100, "x"]) {
    assertProblem(await patch(alice, "lobby", other, { text }),
      404, "no_message");
    assertProblem(await remove(alice, "lobby", other), 404, "no_message");
  }
  assertProblem(await patch(bob, "lobby", seq, { text }), 403, "forbidden");
  assertProblem(await remove(bob, "lobby", seq), 403, "forbidden");
  assertProblem(await patch(eve, "lobby", seq, { text }), 403, "not_member");
  assertProblem(await remove(eve, "lobby", seq), 403, "not_member");
  assertProblem(await eve.get(`rooms/lobby/messages/${seq}`),
    403, "not_member");
  const crossSite = { headers: { "Sec-Fetch-Site": "cross-site" } };
  assertProblem(await alice.delete(`rooms/lobby/messages/${seq}`, crossSite),
    403, "cross_site");
  const { json: still } = await alice.get(`rooms/lobby/messages/${seq}`);
  assert.equal(still.text, "hello");
});
