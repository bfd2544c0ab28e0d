// Rooms with owners, private rooms, rooms of two.
import assert from "node:assert/strict";

import { assertProblem } from "./client.mjs";
import { scenario } from "./harness.mjs";

const patch = (client, path, body) =>
  client.request("PATCH", path, { body });

const types = ({ json }) => json.events.map(({ type }) => type);

/** A private room of alice's, "den". */
async function makeDen(alice, more = {}) {
  const made = await alice.post("rooms",
    { room: "den", settings: { access: "private" }, ...more });
  assert.equal(made.status, 201, made.text);
  return made.json;
}

/** Polls until a signal of `type` comes. */
async function readSignal(client, since, type) {
  let cursor = since;
  for (;;) {
    const { status, text, json } = await client.poll(cursor);
    assert.equal(status, 200, text);
    const signal = json.signals.find((each) => each.type === type);
    if (signal) return signal;
    cursor = json.next;
  }
}

scenario("an owner changes a room, and everybody sees it", {},
  async (chat) => {
    const alice = await chat.visitor("alice");
    const bob = await chat.visitor("bob");
    await alice.post("rooms", { room: "dev" });
    await bob.post("rooms/dev/join");
    const { cursor } = await bob.snapshot();
    const parked = bob.poll(cursor);

    const changed = await patch(alice, "rooms/dev",
      { topic: "code", settings: { archived: true }, room: "ops" });
    assert.equal(changed.status, 200, changed.text);
    assert.equal(changed.json.room, "ops");
    assert.equal(changed.json.topic, "code");
    assert.equal(changed.json.settings.archived, true);
    assert.deepEqual(types(await parked), ["topic", "settings", "rename"]);
    assertProblem(await bob.get("rooms/dev"), 404, "no_room");
    assertProblem(await bob.post("rooms/ops/messages", { id: "1", text: "a" }),
      403, "forbidden");
    assertProblem(await patch(bob, "rooms/ops", { topic: "mine" }),
      403, "forbidden");
    assertProblem(await patch(alice, "rooms/ops", { room: "lobby" }),
      409, "room_exists");
    assertProblem(await patch(alice, "rooms/ops",
      { settings: { colour: "red" } }), 400, "bad_request");
    // After a restart it is as it was.
    await chat.stop();
    await chat.start();
    const { json } = await alice.get("rooms/ops");
    assert.equal(json.topic, "code");
    assert.equal(json.settings.archived, true);
  });

scenario("a deleted room is gone, and who was in it is told", {},
  async (chat) => {
    const alice = await chat.visitor("alice");
    const bob = await chat.visitor("bob");
    await alice.post("rooms", { room: "dev" });
    await bob.post("rooms/dev/join");
    const { cursor } = await bob.snapshot();
    const told = readSignal(bob, cursor, "closed");
    assertProblem(await bob.delete("rooms/dev"), 403, "forbidden");
    assert.equal((await alice.delete("rooms/dev")).status, 204);
    assert.deepEqual(await told,
      { type: "closed", room: "dev", from: "alice" });
    assertProblem(await bob.get("rooms/dev"), 404, "no_room");
    assertProblem(await alice.delete("rooms/dev"), 404, "no_room");
    const { rooms } = await bob.snapshot();
    assert.deepEqual(rooms.map(({ room }) => room), ["lobby"]);
    assert.equal((await bob.post("rooms", { room: "dev" })).status, 201);
  });

scenario("a room that does not last ends with its last member", {},
  async (chat) => {
    const alice = await chat.visitor("alice");
    const bob = await chat.visitor("bob");
    await alice.post("rooms",
      { room: "dev", settings: { lasting: false } });
    await alice.post("rooms/dev/leave");
    assertProblem(await bob.post("rooms/dev/join"), 404, "no_room");
  });

scenario("a private room is not there for others", {}, async (chat) => {
  const alice = await chat.visitor("alice");
  const bob = await chat.visitor("bob");
  await makeDen(alice);
  const refused = await Promise.all([
    bob.get("rooms/den"), bob.post("rooms/den/join"),
    bob.get("rooms/den/messages"), bob.get("rooms/den/members"),
    bob.post("rooms/den/messages", { id: "1", text: "hello" }),
    bob.post("rooms/den/typing"), patch(bob, "rooms/den", { topic: "t" }),
    bob.post("rooms/den/invites", { nick: "bob" }), bob.delete("rooms/den"),
    bob.post("rooms/den/leave"),
  ]);
  for (const reply of refused) assertProblem(reply, 404, "no_room");
  const { json } = await bob.get("rooms");
  assert.deepEqual(json.rooms.map(({ room }) => room), ["lobby"]);
  assertProblem(await chat.client().post("session",
    { nick: "eve", rooms: ["den"] }), 404, "no_room");
});

scenario("who is invited is told, and comes in", {}, async (chat) => {
  const alice = await chat.visitor("alice");
  const bob = await chat.visitor("bob");
  await makeDen(alice);
  const told = readSignal(bob, bob.at.cursor, "invite");
  const invited = await alice.post("rooms/den/invites", { nick: "Bob" });
  assert.equal(invited.status, 201, invited.text);
  assert.deepEqual(await told,
    { type: "invite", room: "den", from: "alice" });
  assert.deepEqual((await bob.snapshot()).invites, ["den"]);
  const seen = await bob.get("rooms/den");
  assert.equal(seen.status, 200);
  assert.deepEqual(seen.json.members, [], "not who is in it");
  assertProblem(await bob.get("rooms/den/messages"), 403, "not_member");
  assert.equal((await bob.post("rooms/den/join")).status, 200);
  assert.equal((await bob.snapshot()).invites, undefined);
  assertProblem(await bob.post("rooms/den/invites", { nick: "alice" }),
    403, "forbidden");
  assertProblem(await alice.post("rooms/den/invites", { nick: "nobody" }),
    404, "not_found");

  await alice.post("rooms/den/invites", { nick: "bob" });
  assert.equal((await bob.post("rooms/den/leave")).status, 204);
  assertProblem(await bob.post("rooms/den/join"), 404, "no_room");
  await alice.post("rooms/den/invites", { nick: "bob" });
  assert.equal((await alice.delete("rooms/den/invites/bob")).status, 204);
  assertProblem(await bob.post("rooms/den/join"), 404, "no_room");
});

scenario("ranks are given, kept and taken", {}, async (chat) => {
  const alice = await chat.visitor("alice");
  const bob = await chat.visitor("bob");
  await alice.post("rooms", { room: "dev" });
  const setRank = (rank) =>
    patch(alice, "rooms/dev/members/bob", { rank });
  assertProblem(await setRank("moderator"), 404, "not_found");
  await bob.post("rooms/dev/join");
  const given = await setRank("moderator");
  assert.deepEqual([given.status, given.json],
    [200, { nick: "bob", rank: "moderator" }]);
  assert.equal((await patch(bob, "rooms/dev", { topic: "t" })).status, 200);
  assertProblem(await patch(bob, "rooms/dev/members/alice", { rank: "" }),
    403, "forbidden");
  const { json } = await bob.get("rooms/dev/members");
  assert.deepEqual(json, { more: false, members: [
    { nick: "alice", role: "guest", rank: "owner", here: true },
    { nick: "bob", role: "guest", rank: "moderator", here: true }] });
  await setRank("");
  assertProblem(await patch(bob, "rooms/dev", { topic: "u" }),
    403, "forbidden");
  assertProblem(await setRank("king"), 400, "bad_request");
});

scenario("two speak to each other, and nobody else knows", {},
  async (chat) => {
    const alice = await chat.visitor("alice");
    const bob = await chat.visitor("bob");
    const eve = await chat.visitor("eve");
    const invited = bob.readUntil(bob.at.cursor,
      (all) => all.some(({ room: where }) => where !== "lobby"));
    const begun = await alice.post("direct", { nick: "bob" });
    assert.equal(begun.status, 200, begun.text);
    const { room, direct, with: other } = begun.json;
    assert.deepEqual([direct, other], [true, "bob"]);
    assert.match(room, /^~[0-9]+$/);
    const joined = (await invited).events.filter((event) =>
      event.room === room);
    assert.deepEqual(joined.map(({ type, from }) => [type, from]),
      [["join", "bob"]]);
    const said = await alice.say(room, "between us");
    const { messages } = await bob.history(room, { types: "message" });
    assert.deepEqual(messages.map(({ seq }) => seq), [said.seq]);
    const mine = (await bob.snapshot()).rooms.find((each) =>
      each.room === room);
    assert.equal(mine.with, "alice");
    const back = await bob.post("direct", { nick: "alice" });
    assert.equal(back.json.room, room, "the same room");

    for (const reply of [await eve.get(`rooms/${room}`),
      await eve.post(`rooms/${room}/join`),
      await eve.get(`rooms/${room}/messages`)]) {
      assertProblem(reply, 404, "no_room");
    }
    const { json } = await eve.get("rooms");
    assert.deepEqual(json.rooms.map((each) => each.room), ["lobby"]);
    assertProblem(await alice.post("direct", { nick: "alice" }),
      403, "forbidden");
    assertProblem(await alice.post("direct", { nick: "nobody" }),
      404, "not_found");

    const blocked = await bob.post("blocks", { nick: "alice" });
    assert.equal(blocked.status, 201, blocked.text);
    assertProblem(await alice.post(`rooms/${room}/messages`,
      { id: "2", text: "hello?" }), 403, "forbidden");
    assert.equal((await bob.post("blocks", { nick: "eve" })).status, 201);
    assertProblem(await eve.post("direct", { nick: "bob" }),
      403, "forbidden");
  });

scenario("in a slow room one waits, says when, and moderators do not", {},
  async (chat) => {
    const alice = await chat.visitor("alice");
    const bob = await chat.visitor("bob");
    await alice.post("rooms",
      { room: "dev", settings: { slow_seconds: 600 } });
    await bob.post("rooms/dev/join");
    const early = await bob.post("rooms/dev/messages",
      { id: "1", text: "hello" });
    assertProblem(early, 429, "rate_limited");
    const wait_seconds = Number(early.headers["retry-after"]);
    assert.ok(wait_seconds > 590 && wait_seconds <= 600, `${wait_seconds}`);
    await alice.say("dev", "one");
    await alice.say("dev", "two");
  });

scenario("who knows a private room's passphrase comes in", {},
  async (chat) => {
    const alice = await chat.visitor("alice");
    const bob = await chat.visitor("bob");
    await makeDen(alice, { passphrase: "open sesame" });
    const join = (body) => bob.post("rooms/den/join", body);
    assertProblem(await join(), 403, "forbidden");
    assertProblem(await join({ passphrase: "open barley" }),
      403, "forbidden");
    assertProblem(await join({ passphrase: 7 }), 400, "bad_request");
    assertProblem(await bob.get("rooms/den"), 404, "no_room");
    const joined = await join({ passphrase: "open sesame" });
    assert.equal(joined.status, 200, joined.text);
    await bob.post("rooms/den/leave");
    assertProblem(await bob.post("rooms/nowhere/join",
      { passphrase: "open sesame" }), 404, "no_room");

    assertProblem(await patch(alice, "rooms/den", { passphrase: "short" }),
      422, "bad_text");
    await patch(alice, "rooms/den", { passphrase: "open barley" });
    assertProblem(await join({ passphrase: "open sesame" }),
      403, "forbidden");
    assert.equal((await join({ passphrase: "open barley" })).status, 200);
    await bob.post("rooms/den/leave");
    await patch(alice, "rooms/den", { passphrase: "" });
    assertProblem(await join({ passphrase: "open barley" }),
      404, "no_room");
  });
