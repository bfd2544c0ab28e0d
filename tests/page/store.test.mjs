import assert from "node:assert/strict";
import { test } from "node:test";
import { createStore } from "../../nginx/html/js/chat/store.js";
import { event, snapshot } from "./fakes.mjs";

function storeWith(rooms) {
  const store = createStore();
  store.load(snapshot(rooms), { keep: false });
  return store;
}
const nicks = (store, name = "lobby") =>
  [...store.room(name).members.keys()].sort();

test("people come and go", () => {
  const store = storeWith();
  store.apply(event(11, { type: "join", from: "carol" }));
  assert.deepEqual(nicks(store), ["alice", "bob", "carol"]);
  assert.equal(store.room("lobby").memberCount, 3);
  store.apply(event(12, { type: "leave", from: "bob", reason: "gone" }));
  assert.deepEqual(nicks(store), ["alice", "carol"]);
  assert.equal(store.room("lobby").memberCount, 2);
});

test("events that the snapshot includes change nothing", () => {
  const store = storeWith();
  store.apply(event(9, { type: "leave", from: "bob", reason: "left" }));
  store.apply(event(10, { type: "leave", from: "alice", reason: "left" }));
  assert.deepEqual(nicks(store), ["alice", "bob"]);
});

test("our own leave takes the room away, being gone does not", () => {
  const store = storeWith(["lobby", "dev"]);
  store.apply(event(11, { type: "leave", from: "alice", reason: "gone" }));
  assert.ok(store.room("lobby"));
  store.apply(event(12, { type: "leave", from: "alice", reason: "left" }));
  assert.equal(store.room("lobby"), undefined);
  assert.equal(store.state.current, "dev");
});

test("joining elsewhere asks for a refresh, a gap for a reload", () => {
  const store = storeWith();
  const join = { type: "join", from: "alice", room: "dev" };
  assert.equal(store.apply(event(11, join)), "refresh");
  assert.equal(store.apply(event(12, { ...join, from: "bob" })), null);
  assert.equal(store.apply({ type: "gap" }), "reload");
});

test("what comes of a room before its snapshot is not lost", () => {
  const heard = [];
  const store = createStore((room, { text }) => heard.push(text));
  store.load(snapshot(), { keep: false });
  const dev = { room: "dev", from: "bob" };
  store.apply(event(11, { ...dev, text: "of a room that we are not in" }));
  store.apply(event(12, { ...dev, type: "join", from: "alice" }));
  store.apply(event(13, { ...dev, text: "psst" }));
  store.load(snapshot(["lobby", "dev"]), { keep: true });
  assert.equal(store.room("dev").unread, 1);
  assert.equal(store.room("dev").n, 13);
  assert.deepEqual(heard, ["psst"]);
});

test("unknown types count as events and do nothing else", () => {
  const store = storeWith();
  assert.equal(store.apply(event(11, { type: "fireworks" })), null);
  assert.equal(store.room("lobby").n, 11);
  assert.equal(store.room("lobby").timeline.entries.length, 0);
});

test("the count is the server's where the list is cut", () => {
  const store = storeWith();
  store.signal({ type: "members", room: "lobby", member_count: 70 });
  assert.equal(store.room("lobby").memberCount, 70);
  store.signal({ type: "members", room: "elsewhere", member_count: 1 });
  store.signal({ type: "fireworks" });
});

test("only what others say out of sight is unread", () => {
  const store = storeWith(["lobby", "dev"]);
  const unread = () => [...store.state.rooms.values()].map((r) => r.unread);
  store.apply(event(11));
  store.apply(event(11, { room: "dev" }));
  store.apply(event(12, { room: "dev", from: "alice" }));
  store.apply(event(13, { room: "dev", type: "join" }));
  assert.deepEqual(unread(), [0, 1]);
  store.state.attentive = false;
  store.apply(event(12));
  assert.deepEqual(unread(), [1, 1]);
  store.show("dev");
  store.state.attentive = true;
  store.read();
  assert.deepEqual(unread(), [1, 0]);
});

test("what one may do in a room ends when one is put out of it", () => {
  const store = storeWith(["lobby", "dev"]);
  store.signal({ type: "kicked", room: "lobby" });
  assert.equal(store.room("lobby"), undefined);
  assert.equal(store.state.current, "dev");
});

test("an invitation stands until one has followed it", () => {
  const store = storeWith();
  store.signal({ type: "invite", room: "den", from: "bob" });
  store.signal({ type: "invite", room: "lobby", from: "bob" });
  assert.deepEqual([...store.state.invites], ["den"]);
  store.add(snapshot(["den"]).rooms[0]);
  assert.equal(store.state.invites.size, 0);
});

test("members' unread messages and mentions are the server's", () => {
  const store = createStore();
  const [room] = snapshot(["dev"]).rooms;
  const rooms = [{ ...room, unread: 3, mentions: 1, read: 5 }];
  store.load({ ...snapshot(), kind: "registered", rooms }, { keep: false });
  store.state.attentive = false;
  store.apply(event(11, { room: "dev", mentions: ["alice"] }));
  const { unread, mentions } = store.room("dev");
  assert.deepEqual([unread, mentions], [4, 2]);
  store.signal({ type: "read", room: "dev", read: 11 });
  assert.equal(store.room("dev").unread, 0);
  store.load({ ...snapshot(), rooms }, { keep: false });
  assert.equal(store.room("dev").unread, 0, "a guest has one device");
});

test("people are found under their new names", () => {
  const store = storeWith();
  store.apply(event(11, { type: "nick", from: "bob", to: "rob" }));
  store.apply(event(12, { type: "nick", from: "alice", to: "ally" }));
  assert.deepEqual(nicks(store), ["ally", "rob"]);
  assert.equal(store.state.nick, "ally");
});

test("a renamed room is looked at anew, a deleted one is gone", () => {
  const store = storeWith(["lobby", "dev"]);
  // Events have the new name: of the room from which they come it is told
  // by the snapshot alone.
  assert.equal(store.apply(event(11,
    { type: "rename", room: "hall", to: "hall" })), "refresh");
  store.load(snapshot(["dev", "hall"]), { keep: true });
  assert.equal(store.state.current, "hall");
  store.apply(event(12, { type: "room_end", room: "dev" }));
  assert.equal(store.room("dev"), undefined);
});

test("a snapshot that was overtaken by events changes nothing", () => {
  const store = storeWith();
  store.apply(event(11, { type: "join", from: "carol" }));
  store.load(snapshot(), { keep: true });
  assert.deepEqual(nicks(store), ["alice", "bob", "carol"]);
});

test("settings, and our rank, are as the last event says", () => {
  const store = storeWith();
  store.apply(event(11,
    { type: "settings", settings: { access: "private" } }));
  store.apply(event(12, { type: "settings", settings: { archived: true } }));
  store.apply(event(13, { type: "rank", to: "alice", rank: "moderator" }));
  const { settings, rank, members } = store.room("lobby");
  assert.deepEqual(settings, { access: "private", archived: true });
  assert.equal(rank, "moderator");
  assert.equal(members.get("alice").rank, "moderator");
});

test("a refresh keeps what was read, a new start does not", () => {
  const store = storeWith();
  store.apply(event(11));
  store.load(snapshot(["lobby", "dev"]), { keep: true });
  assert.equal(store.room("lobby").timeline.entries.length, 1);
  store.load(snapshot(["lobby"]), { keep: false });
  assert.equal(store.room("lobby").timeline.entries.length, 0);
});
