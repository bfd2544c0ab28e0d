// What people do just now: writing, reading, nothing.
import assert from "node:assert/strict";

import { assertProblem, readSignal } from "./client.mjs";
import { scenario } from "./harness.mjs";

const isTyping = ({ type }) => type === "typing";
const isPresence = ({ type }) => type === "presence";

scenario("who is writing is told to the room", {}, async (chat) => {
  const alice = await chat.visitor("alice");
  const bob = await chat.visitor("bob");
  const told = readSignal(bob, bob.at.cursor, isTyping);
  assert.equal((await alice.post("rooms/lobby/typing")).status, 204);
  assert.deepEqual(await told,
    { type: "typing", room: "lobby", nicks: ["alice"] });
  await alice.post("rooms/lobby/leave");
  assertProblem(await alice.post("rooms/lobby/typing"), 403, "not_member");
});

scenario("in a large room nobody is told who is writing", {
  settings: { "chat.typing_members_max": 1 },
}, async (chat) => {
  const alice = await chat.visitor("alice");
  const bob = await chat.visitor("bob");
  await alice.post("rooms/lobby/typing");
  const { json } = await bob.poll(bob.at.cursor, { wait: 2 });
  assert.deepEqual(json.signals, []);
});

scenario("who says so is idle until they do something", {}, async (chat) => {
  const alice = await chat.visitor("alice");
  const bob = await chat.visitor("bob");
  let told = readSignal(bob, bob.at.cursor, isPresence);
  assert.equal((await alice.post("presence", { idle: true })).status, 204);
  assert.deepEqual(await told,
    { type: "presence", room: "lobby", idle: ["alice"] });
  const { rooms } = await bob.snapshot();
  assert.deepEqual(rooms[0].members, [
    { nick: "alice", role: "guest", idle: true },
    { nick: "bob", role: "guest" }]);
  const { cursor } = await bob.snapshot();
  told = readSignal(bob, cursor, isPresence);
  await alice.say("lobby", "back");
  assert.deepEqual((await told).idle, []);
  assertProblem(await alice.post("presence", { idle: 1 }),
    400, "bad_request");
});

scenario("who only polls is idle after a while", {
  settings: { "chat.idle_seconds": 10 },
}, async (chat) => {
  const alice = await chat.visitor("alice");
  const bob = await chat.visitor("bob");
  const abort = new AbortController();
  const polling = alice.poll(alice.at.cursor,
    { wait: 50, signal: abort.signal }).catch(() => null);
  const signal = await readSignal(bob, bob.at.cursor,
    (each) => isPresence(each) && each.idle.includes("alice"));
  assert.equal(signal.room, "lobby");
  abort.abort();
  await polling;
});

scenario("a guest's reading is accepted and not kept", {}, async (chat) => {
  const alice = await chat.visitor("alice");
  const bob = await chat.visitor("bob");
  const { seq } = await bob.say("lobby", "hello");
  assert.equal((await alice.post("rooms/lobby/read", { seq })).status, 204);
  const { rooms } = await alice.snapshot();
  assert.equal(rooms[0].read, undefined);
  assert.equal(rooms[0].unread, undefined);
  assertProblem(await alice.post("rooms/lobby/read", { seq: 0 }),
    400, "bad_request");
  assertProblem(await alice.post("rooms/nowhere/read", { seq }),
    404, "no_room");
});

scenario("what an account has read counts in all its sessions", {},
  async (chat) => {
    const passphrase = "correct horse";
    const laptop = await chat.visitor("alice");
    const made = await laptop.post("account", { passphrase });
    assert.equal(made.status, 201, made.text);
    const phone = chat.client();
    const { cursor } = await phone.login("alice", { passphrase });
    const bob = await chat.visitor("bob");
    await bob.say("lobby", "is anybody here?");
    const { seq } = await bob.say("lobby", "hello @alice");
    const lobby = async () => (await phone.snapshot()).rooms[0];
    const before = await lobby();
    assert.deepEqual([before.unread, before.mentions], [2, 1]);

    const told = readSignal(phone, cursor, ({ type }) => type === "read");
    assert.equal((await laptop.post("rooms/lobby/read", { seq })).status, 204);
    assert.deepEqual(await told,
      { type: "read", room: "lobby", read: seq });
    const after = await lobby();
    assert.deepEqual([after.read, after.unread, after.mentions], [seq, 0, 0]);

    // Who answers has read.
    await bob.say("lobby", "@alice: there you are");
    await laptop.say("lobby", "here I am");
    assert.deepEqual([(await lobby()).unread, (await lobby()).mentions],
      [0, 0]);
    await chat.stop();
    await chat.start();
    assert.equal((await lobby()).unread, 0, "after a restart too");
  });

scenario("a person is idle when all their sessions are", {},
  async (chat) => {
    const passphrase = "correct horse";
    const laptop = await chat.visitor("alice");
    await laptop.post("account", { passphrase });
    const phone = chat.client();
    await phone.login("alice", { passphrase });
    const bob = await chat.visitor("bob");
    await laptop.post("presence", { idle: true });
    const none = await bob.poll(bob.at.cursor, { wait: 2 });
    assert.deepEqual(none.json.signals, []);
    const told = readSignal(bob, none.json.next, isPresence);
    await phone.post("presence", { idle: true });
    assert.deepEqual((await told).idle, ["alice"]);
  });
