// Reactions to messages.
import assert from "node:assert/strict";

import { assertProblem } from "./client.mjs";
import { scenario } from "./harness.mjs";

scenario("a reaction is made, shown and taken back", {}, async (chat) => {
  const alice = await chat.visitor("alice");
  const bob = await chat.visitor("bob");
  const said = await alice.say("lobby", "party!");
  const path = `rooms/lobby/messages/${said.seq}`;
  const react = async (client, body) => {
    const reply = await client.post(`${path}/reactions`, body);
    assert.equal(reply.status, 204, reply.text);
  };
  const parked = alice.readUntil(alice.at.cursor,
    (all) => all.some(({ type }) => type === "reaction"));
  await react(bob, { emoji: "🎉" });
  const { events, cursor } = await parked;
  const { seq, n, at, ...reaction } = events.at(-1);
  assert.ok(seq > said.seq && n > said.n && at >= said.at);
  assert.deepEqual(reaction, { type: "reaction", room: "lobby", from: "bob",
    target: said.seq, emoji: "🎉", on: true });

  await react(bob, { emoji: "🎉" }); // again: nothing happens
  await react(alice, { emoji: "🎉" });
  await react(alice, { emoji: "👍🏽" });
  const shown = [
    { emoji: "🎉", nicks: ["alice", "bob"], count: 2 },
    { emoji: "👍🏽", nicks: ["alice"], count: 1 }];
  const sorted = (list) =>
    [...list].sort((a, b) => b.count - a.count);
  assert.deepEqual(sorted((await bob.get(path)).json.reactions), shown);
  const { messages } = await bob.history("lobby", { types: "message" });
  assert.deepEqual(sorted(messages[0].reactions), shown);

  await react(bob, { emoji: "🎉", on: false });
  const { json } = await alice.poll(cursor, { wait: 0 });
  assert.deepEqual(json.events.map(({ from, emoji, on }) => [from, emoji, on]),
    [["alice", "🎉", true], ["alice", "👍🏽", true], ["bob", "🎉", false]]);
  await alice.delete(path);
  assert.equal((await bob.get(path)).json.reactions, undefined);
});

scenario("what is no reaction is refused", {}, async (chat) => {
  const alice = await chat.visitor("alice");
  const eve = await chat.visitor("eve", { rooms: [] });
  const said = await alice.say("lobby", "hello");
  const path = `rooms/lobby/messages/${said.seq}/reactions`;
  for (const emoji of ["", " ", "ab", "👍👍", "x".repeat(65)]) {
    assertProblem(await alice.post(path, { emoji }), 422, "bad_text");
  }
  for (const body of [{}, { emoji: 7 }, { emoji: "👍", on: "yes" }]) {
    assertProblem(await alice.post(path, body), 400, "bad_request");
  }
  const emoji = "👍";
  assertProblem(await eve.post(path, { emoji }), 403, "not_member");
  assertProblem(await alice.post("rooms/lobby/messages/1/reactions",
    { emoji }), 404, "no_message");
  assertProblem(await alice.post("rooms/none/messages/1/reactions",
    { emoji }), 404, "no_room");
});
