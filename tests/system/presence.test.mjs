// Being there: gone after the grace, back without missing anything.
import assert from "node:assert/strict";

import { assertInOrder } from "./client.mjs";
import { scenario, waitFor } from "./harness.mjs";

const shortGrace = { settings: { "chat.presence_grace_seconds": 1 } };
const about = (nick, type, reason) => (event) => event.from === nick &&
  event.type === type && (reason === undefined || event.reason === reason);

scenario("who is silent is gone, and back with the next request", shortGrace,
  async (chat) => {
    const alice = await chat.visitor("alice");
    const bob = await chat.visitor("bob");

    // Bob goes; Alice stays by polling.
    const gone = await alice.readUntil(alice.at.cursor, (events) =>
      events.some(about("bob", "leave", "gone")));
    assert.ok(!gone.events.some(about("alice", "leave", "gone")));
    const { rooms: without } = await alice.snapshot();
    assert.deepEqual(without[0].members.map(({ nick }) => nick), ["alice"]);
    await alice.say("lobby", "while bob is away");

    // His next poll brings him back and covers what passed meanwhile.
    const missed = await bob.readUntil(bob.at.cursor, (events) =>
      events.some(about("bob", "join")));
    assertInOrder(missed.events);
    assert.ok(missed.events.some(about("bob", "leave", "gone")));
    assert.ok(missed.events.some((event) =>
      event.text === "while bob is away"));
    const back = await alice.readUntil(gone.cursor, (events) =>
      events.some(about("bob", "join")));
    assert.ok(back.events.some(about("bob", "join")));
    // He never had to log in, and is in his rooms as before.
    await bob.say("lobby", "here again");
  });

scenario("a parked poll is being there", shortGrace, async (chat) => {
  const alice = await chat.visitor("alice");
  const bob = await chat.visitor("bob");
  const { cursor } = await bob.snapshot();
  // Much longer than the grace, and neither sends anything but one poll.
  const polls = await Promise.all([alice, bob].map((client) =>
    client.poll(cursor, { wait: 4 })));
  for (const { json } of polls) assert.deepEqual(json.events, []);
  const { messages } = await alice.history("lobby", { types: "leave" });
  assert.deepEqual(messages, []);
});

scenario("coming back within the grace is silent", {}, async (chat) => {
  const alice = await chat.visitor("alice");
  const bob = await chat.visitor("bob");
  const abort = new AbortController();
  const cut = bob.poll(bob.at.cursor, { signal: abort.signal })
    .catch(() => {});
  await waitFor("it is parked", () => chat.connections("fcgi") >= 1);
  abort.abort();
  await cut;
  await bob.say("lobby", "was I away?");
  const { events } = await alice.readUntil(alice.at.cursor, (all) =>
    all.some(({ text }) => text === "was I away?"));
  assert.deepEqual(events.map(({ type }) => type), ["join", "message"]);
});

scenario("one is there as long as one of one's tabs is", shortGrace,
  async (chat) => {
    const alice = await chat.visitor("alice");
    const bob = await chat.visitor("bob");
    const { cursor } = await bob.snapshot();
    const abort = new AbortController();
    const closed = bob.poll(cursor, { tab: "a", signal: abort.signal })
      .catch(() => {});
    const open = bob.poll(cursor, { tab: "b", wait: 4 });
    abort.abort();
    await closed;
    await open;
    const { messages } = await alice.history("lobby", { types: "leave" });
    assert.deepEqual(messages.filter(({ from }) => from === "bob"), []);
  });

scenario("everybody who is gone is gone once", {
  settings: { "chat.presence_grace_seconds": 1 }, fronts: 2,
}, async (chat) => {
  const alice = await chat.visitor("alice");
  const names = Array.from({ length: 12 }, (_, i) => `visitor ${i}`);
  await Promise.all(names.map((name) => chat.visitor(name)));
  const { events } = await alice.readUntil(alice.at.cursor, (all) =>
    all.filter(({ type }) => type === "leave").length >= names.length);
  const left = events.filter(({ type }) => type === "leave");
  assert.deepEqual(left.map(({ from }) => from).sort(), [...names].sort());
  const { rooms } = await alice.snapshot();
  assert.equal(rooms[0].member_count, 1);
});

scenario("a nick stays with its session while that is gone", shortGrace,
  async (chat) => {
    const alice = await chat.visitor("alice");
    const bob = await chat.visitor("bob");
    await alice.readUntil(alice.at.cursor, (events) =>
      events.some(about("bob", "leave", "gone")));
    const thief = await chat.client().post("session", { nick: "bob" });
    assert.equal(thief.status, 409);
    assert.equal((await bob.snapshot()).nick, "bob");
  });

scenario("in a big room joins and leaves are only counted", {
  settings: { "chat.presence_events_max": 3 },
}, async (chat) => {
  const alice = await chat.visitor("alice");
  const others = [];
  for (let i = 0; i < 8; i++) others.push(await chat.visitor(`other ${i}`));

  // A signal carries the count, and never moves a cursor by itself.
  let { cursor } = alice.at;
  let count = 0;
  while (count !== 9) {
    const { json } = await alice.poll(cursor, { wait: 10 });
    for (const signal of json.signals) {
      assert.deepEqual(Object.keys(signal).sort(),
        ["member_count", "room", "type"]);
      assert.deepEqual([signal.type, signal.room], ["members", "lobby"]);
      count = signal.member_count;
    }
    for (const event of json.events) assert.equal(event.type, "join");
    cursor = json.next;
  }
  const { messages } = await alice.history("lobby", { types: "join" });
  assert.ok(messages.length <= 3, `${messages.length} joins are events`);

  const { rooms } = await alice.snapshot();
  assert.equal(rooms[0].member_count, 9);
  assert.ok(rooms[0].members.length <= 3, "the list is bounded");
  const { json: list } = await alice.get("rooms");
  assert.equal(list.rooms[0].member_count, 9);

  for (const other of others) await other.delete("session");
  await waitFor("the count goes down", async () =>
    (await alice.snapshot()).rooms[0].member_count === 1);
});
