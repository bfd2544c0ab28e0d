// Rooms and their history.
import assert from "node:assert/strict";

import { assertProblem } from "./client.mjs";
import { scenario } from "./harness.mjs";

scenario("rooms are made, listed, joined and left", {}, async (chat) => {
  const alice = await chat.visitor("alice");
  const bob = await chat.visitor("bob");

  const made = await alice.post("rooms", { room: "Dev", topic: "code" });
  assert.equal(made.status, 201, made.text);
  const { cursor, ...room } = made.json;
  assert.match(cursor, /^[a-z0-9]+\.[0-9]+$/);
  const { settings, ...rest } = room;
  assert.equal(settings.access, "public");
  assert.deepEqual(rest, { room: "dev", topic: "code", n: room.n,
    members: [{ nick: "alice", role: "guest", rank: "owner" }],
    member_count: 1, rank: "owner" });
  assertProblem(await bob.post("rooms", { room: "dev" }), 409, "room_exists");

  const { json: list } = await bob.get("rooms");
  assert.deepEqual(list.rooms.find((entry) => entry.room === "dev"),
    { room: "dev", topic: "code", member_count: 1 });

  const joined = await bob.post("rooms/dev/join");
  assert.equal(joined.status, 200);
  assert.deepEqual(joined.json.members.map(({ nick }) => nick).sort(),
    ["alice", "bob"]);
  // Once more: the same, and nobody is told.
  const again = await bob.post("rooms/dev/join");
  assert.equal(again.status, 200);
  assert.equal(again.json.n, joined.json.n);

  await bob.say("dev", "hello, dev");
  const { messages } = await alice.readMessages(cursor, 1);
  assert.equal(messages[0].n, joined.json.n + 1);

  for (let i = 0; i < 2; i++) {
    assert.equal((await bob.post("rooms/dev/leave")).status, 204);
  }
  const { events } = await alice.readUntil(cursor,
    (all) => all.some(({ type }) => type === "leave"));
  assert.deepEqual(
    events.map(({ type, from, reason }) => [type, from, reason]),
    [["join", "bob", undefined], ["message", "bob", undefined],
      ["leave", "bob", "left"]]);
});

scenario("what one is not in one neither reads nor writes", {},
  async (chat) => {
    const alice = await chat.visitor("alice", { rooms: ["dev"] });
    const bob = await chat.visitor("bob");
    await alice.say("dev", "among ourselves");
    const post = (room) => bob.post(`rooms/${room}/messages`,
      { id: "m1", text: "let me in" });
    assertProblem(await post("dev"), 403, "not_member");
    assertProblem(await bob.get("rooms/dev/messages"), 403, "not_member");
    assertProblem(await post("nowhere"), 404, "no_room");
    assertProblem(await bob.get("rooms/nowhere/messages"), 404, "no_room");
    assertProblem(await bob.post("rooms/nowhere/join"), 404, "no_room");
    assertProblem(await bob.post("rooms/nowhere/leave"), 404, "no_room");

    await bob.post("rooms/dev/join");
    assert.equal((await post("dev")).status, 201);
    await bob.post("rooms/dev/leave");
    assertProblem(await bob.get("rooms/dev/messages"), 403, "not_member");
  });

scenario("a room's name works in every script and case", {}, async (chat) => {
  const alice = await chat.visitor("alice");
  const names = [["Küche", "küche"], ["ДОМ", "дом"], ["部屋", "部屋"],
    ["a.b-c_9", "a.b-c_9"], ["CAFE\u0301", "café"]];
  for (const [name, folded] of names) {
    const made = await alice.post("rooms", { room: name });
    assert.equal(made.status, 201, `${name}: ${made.text}`);
    assert.equal(made.json.room, folded);
    const said = await alice.say(name, `in ${folded}`);
    const { messages } = await alice.history(folded, { types: "message" });
    assert.deepEqual(messages.map(({ seq, room }) => [seq, room]),
      [[said.seq, folded]]);
  }
});

scenario("history is read before, after and around", {}, async (chat) => {
  const alice = await chat.visitor("alice");
  const bob = await chat.visitor("bob");
  const seqs = [];
  for (let i = 0; i < 120; i++) {
    // Another room's events lie between, as in any log.
    if (i % 10 === 0) await bob.post("rooms", { room: `r${i}` });
    seqs.push((await alice.say("lobby", `m${i}`)).seq);
  }
  const page = async (query) => {
    const { messages, more } =
      await alice.history("lobby", { types: "message", ...query });
    return [messages.map(({ seq }) => seqs.indexOf(seq)), more];
  };
  const range = (from, to) =>
    Array.from({ length: to - from }, (_, i) => from + i);

  assert.deepEqual(await page({}), [range(70, 120), true]);
  assert.deepEqual(await page({ limit: 3 }), [range(117, 120), true]);
  assert.deepEqual(await page({ limit: 1000 }), [range(0, 120), false]);
  assert.deepEqual(await page({ before: seqs[10], limit: 5 }),
    [range(5, 10), true]);
  assert.deepEqual(await page({ before: seqs[5], limit: 5 }),
    [range(0, 5), false]);
  assert.deepEqual(await page({ after: 0, limit: 5 }), [range(0, 5), true]);
  assert.deepEqual(await page({ after: seqs[114], limit: 5 }),
    [range(115, 120), false]);
  assert.deepEqual(await page({ after: seqs[119] }), [[], false]);
  const [around] = await page({ around: seqs[60], limit: 5 });
  assert.equal(around.length, 5);
  assert.ok(around.includes(60), `${around}`);
  assert.deepEqual(around, range(around[0], around[0] + 5));
});

scenario("history is read from a time or a day on", {}, async (chat) => {
  const alice = await chat.visitor("alice");
  const said = await alice.say("lobby", "one");
  const texts = async (query) => (await alice.history("lobby",
    { types: "message", ...query })).messages.map(({ text }) => text);
  const day = (at) => new Date(at).toISOString().slice(0, 10);
  assert.deepEqual(await texts({ at: said.at }), ["one"]);
  assert.deepEqual(await texts({ at: said.at + 1 }), []);
  assert.deepEqual(await texts({ date: day(said.at) }), ["one"]);
  assert.deepEqual(await texts({ date: "1970-01-01", limit: 1 }), ["one"]);
  assert.deepEqual(await texts({ date: day(said.at + 48 * 3600_000) }), []);
  for (const query of ["date=today", "date=2026-02-30", "at=x", "at=1&after=2",
    "date=2026-01-01&before=7"]) {
    assertProblem(await alice.get(`rooms/lobby/messages?${query}`),
      400, "bad_request");
  }
});

scenario("history has every type of event unless told which", {},
  async (chat) => {
    const alice = await chat.visitor("alice");
    const bob = await chat.visitor("bob");
    await alice.say("lobby", "hello");
    const waves = await alice.post("rooms/lobby/messages",
      { id: "w", text: "waves", type: "action" });
    assert.equal(waves.status, 201, waves.text);
    await bob.delete("session");
    const { json: dead } = await alice.get("rooms/lobby/messages?types=join");
    assert.deepEqual(dead.messages.map(({ from }) => from), ["alice", "bob"]);
    const types = async (query) => (await alice.history("lobby", query))
      .messages.map(({ type }) => type);
    const all = await types({});
    for (const type of ["join", "message", "action", "leave"]) {
      assert.ok(all.includes(type), `${type} in ${all}`);
    }
    assert.deepEqual(await types({ types: "message,action" }),
      ["message", "action"]);
    assert.deepEqual(await types({ types: "action", limit: 1 }), ["action"]);
  });

scenario("history has what was said before one came", {}, async (chat) => {
  const alice = await chat.visitor("alice");
  const said = await alice.say("lobby", "long ago");
  const bob = await chat.visitor("bob");
  const { messages } = await bob.history("lobby", { types: "message" });
  assert.deepEqual(messages.map(({ seq }) => seq), [said.seq]);
  const { json } = await bob.poll(bob.at.cursor, { wait: 0 });
  assert.deepEqual(json.events, [], "but no poll brings it");
});

scenario("a reply names the message that it answers", {}, async (chat) => {
  const alice = await chat.visitor("alice");
  const said = await alice.say("lobby", "who is there?");
  const answer = await alice.post("rooms/lobby/messages",
    { id: "r", text: "me", reply_to: said.seq });
  assert.equal(answer.status, 201, answer.text);
  const { messages } = await alice.readMessages(alice.at.cursor, 2);
  assert.equal(messages[1].reply_to, said.seq);
});

scenario("where visitors may not make rooms they cannot", {
  settings: { "chat.guests_make_rooms": "no" },
}, async (chat) => {
  const alice = await chat.visitor("alice");
  assertProblem(await alice.post("rooms", { room: "dev" }), 403, "forbidden");
  const bob = await chat.client().post("session",
    { nick: "bob", rooms: ["dev"] });
  assert.ok([403, 404].includes(bob.status), bob.text);
});
