// Retention: what is too much goes, and who has missed it is told.
import assert from "node:assert/strict";
import fs from "node:fs";

import { assertProblem } from "./client.mjs";
import { scenario, waitFor } from "./harness.mjs";
import { follow } from "./stream-client.mjs";

const KEPT = 5;
const settings = { "store.retention_events": KEPT };

async function sayMany(client, room, count) {
  const said = [];
  for (let i = 0; i < count; i++) said.push(await client.say(room, `m${i}`));
  return said;
}

/** Resolves with what is left of the room once it has been purged. */
const purged = (client, room) => waitFor("the room is purged", async () => {
  const { messages } = await client.history(room, { after: 0, limit: 200 });
  return messages.length <= KEPT && messages;
});

scenario("a cursor from before what was purged gets a gap", { settings },
  async (chat) => {
    const alice = await chat.visitor("alice");
    const said = await sayMany(alice, "lobby", 20);
    const kept = await purged(alice, "lobby");
    assert.deepEqual(kept.map(({ seq }) => seq),
      said.slice(-KEPT).map(({ seq }) => seq));

    const gone = said.at(-KEPT - 1);
    const { json } = await alice.poll(alice.at.cursor, { wait: 0 });
    assert.deepEqual(json.events, [
      { seq: gone.seq, n: gone.n, room: "lobby", type: "gap" }, ...kept]);
    assert.equal(json.more, false);
    // Once: what comes after it is complete again.
    const { json: after } = await alice.poll(json.next, { wait: 0 });
    assert.deepEqual(after.events, []);
    const parked = alice.poll(json.next, { wait: 20 });
    const next = await alice.say("lobby", "still here");
    assert.deepEqual((await parked).json.events.map(({ seq }) => seq),
      [next.seq]);
    // A stream tells the same.
    const { events } = await follow(alice, alice.at.cursor,
      (all) => all.some(({ text }) => text === "still here"));
    assert.equal(events[0].type, "gap");
  });

scenario("what is purged is not there any more", { settings },
  async (chat) => {
    const alice = await chat.visitor("alice");
    const [first] = await sayMany(alice, "lobby", 12);
    await purged(alice, "lobby");
    const path = `rooms/lobby/messages/${first.seq}`;
    assertProblem(await alice.get(path), 404, "no_message");
    assertProblem(await alice.delete(path), 404, "no_message");
    assertProblem(await alice.request("PATCH", path, { body: { text: "x" } }),
      404, "no_message");
    assertProblem(await alice.post("rooms/lobby/messages",
      { id: "r", text: "re", reply_to: first.seq }), 404, "no_message");
    const { json } = await alice.get("search?q=m0");
    assert.deepEqual(json.messages, []);
    // It has gone from other parts than the broker, and for newcomers.
    await chat.kill("broker");
    await chat.start();
    assertProblem(await alice.get(path), 404, "no_message");
    const bob = await chat.visitor("bob");
    const { messages } = await bob.history("lobby", { after: 0 });
    assert.ok(messages.every(({ seq }) => seq > first.seq));
  });

scenario("a room's owner keeps less than the server does", {},
  async (chat) => {
    const alice = await chat.visitor("alice");
    await alice.post("rooms", { room: "dev" });
    await sayMany(alice, "dev", 12);
    const said = await sayMany(alice, "lobby", 12);
    const changed = await alice.request("PATCH", "rooms/dev",
      { body: { settings: { retention_messages: KEPT } } });
    assert.equal(changed.status, 200, changed.text);
    await purged(alice, "dev");
    const { messages } = await alice.history("lobby", { types: "message" });
    assert.equal(messages.length, said.length);
  });

scenario("a deleted text is gone from the disk", {}, async (chat) => {
  const alice = await chat.visitor("alice");
  const said = await alice.say("lobby", "zwiebelfisch zwiebelkuchen");
  await alice.say("lobby", "something to keep: apfelkuchen");
  await alice.get("search?q=apfelkuchen"); // all of it is in the index
  const files = () => fs.readdirSync(chat.dir)
    .filter((name) => /\.db(-wal)?$/.test(name))
    .map((name) => fs.readFileSync(chat.path(name)).toString("latin1"))
    .join("");
  assert.match(files(), /zwiebel/);
  await alice.delete(`rooms/lobby/messages/${said.seq}`);
  await waitFor("the text is gone", () => !/zwiebel/.test(files()));
  assert.match(files(), /apfelkuchen/);
});
