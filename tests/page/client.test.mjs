import assert from "node:assert/strict";
import { test } from "node:test";
import { createClient } from "../../nginx/html/js/chat/client.js";
import { event, fakeBrowser, fakeFetch, fakeStorage, settle, snapshot,
  stopClock } from "./fakes.mjs";

function setUp(t, { storage = fakeStorage(), ...options } = {}) {
  const advance = stopClock(t);
  const { fetch, requests } = fakeFetch();
  const chat = createClient(
    { storage, fetch, changed: () => {}, ...options });
  const open = (part) => requests.filter((r) => !r.done && !r.aborted &&
    `${r.method} ${r.path}`.startsWith(part));
  /* Answers the one request that begins like this. */
  const answer = async (part, status, body, headers) => {
    await settle();
    const [request, ...others] = open(part);
    assert.ok(request && !others.length, `one open request ${part}`);
    request.done = true;
    request.reply(status, body, headers);
    await settle();
    return request;
  };
  const texts = () => chat.store.room(chat.store.state.current)
    .timeline.entries.map((entry) => entry.text);
  return { chat, requests, open, answer, advance, storage, texts };
}

const HISTORY = "GET rooms/lobby/messages";
const page = (...messages) => ({ messages, more: false });

async function boot(scene, ...messages) {
  scene.chat.boot();
  await scene.answer("GET session", 200, snapshot());
  await scene.answer(HISTORY, 200, page(...messages));
}

/* What a tab is told by others, but for what the leader tells. */
function listen({ channel }) {
  const all = [];
  channel.onmessage = ({ data }) => all.push(data);
  const messages = () => all.filter(({ type }) =>
    !["reply", "status", "ping"].includes(type));
  return { messages, told: () => messages().map(({ type }) => type) };
}

test("a reload comes back to the session and reads history", async (t) => {
  const scene = setUp(t);
  await boot(scene, event(9), event(10));
  assert.equal(scene.chat.phase, "chat");
  assert.deepEqual(scene.texts(), ["text 9", "text 10"]);
  assert.equal(scene.open("GET events?since=e.10").length, 1);
});

test("without a session it asks for a nick", async (t) => {
  const { chat, answer } = setUp(t);
  chat.boot();
  await answer("GET session", 401, { code: "session_required" });
  assert.equal(chat.phase, "join");
  assert.equal(chat.ended, false);
  const joining = chat.join("alice");
  await answer("POST session", 200, snapshot());
  await joining;
  assert.equal(chat.phase, "chat");
});

test("a message is there once when answer and event have come", async (t) => {
  const scene = setUp(t);
  await boot(scene);
  scene.chat.say("message", "hello");
  const post = await scene.answer("POST rooms/lobby/messages", 201, { n: 11 });
  const own = event(11, { from: "alice", text: "hello", id: post.body.id });
  await scene.answer("GET events", 200, { next: "e.11", events: [own] });
  assert.deepEqual(scene.texts(), ["hello"]);
  assert.equal(scene.chat.outbox.count(), 0);
});

test("what an earlier page could not send is sent with its id", async (t) => {
  const item = { id: "abc", room: "lobby", type: "message", text: "late",
    state: "pending", at: 1 };
  const scene = setUp(t, { storage: fakeStorage({ outbox: [item] }) });
  await boot(scene);
  assert.equal(scene.open("POST rooms/lobby")[0].body.id, "abc");
});

test("what history shows as posted is not sent again", async (t) => {
  const item = { id: "abc", room: "lobby", type: "message", text: "late",
    state: "pending", at: 1 };
  const scene = setUp(t, { storage: fakeStorage({ outbox: [item] }) });
  await boot(scene, event(10, { from: "alice", id: "abc" }));
  assert.equal(scene.open("POST").length, 0);
  assert.equal(scene.chat.outbox.count(), 0);
});

test("after the session's end: same rooms, and nothing lost", async (t) => {
  const scene = setUp(t);
  await boot(scene);
  scene.chat.say("message", "kept");
  await scene.answer("POST rooms", 401, { code: "session_required" });
  assert.equal(scene.chat.phase, "join");
  assert.equal(scene.chat.ended, true);
  assert.equal(scene.chat.savedNick(), "alice");
  const joining = scene.chat.join("alice");
  const login = await scene.answer("POST session", 200, snapshot());
  await joining;
  assert.deepEqual(login.body.rooms, ["lobby"]);
  await scene.answer(HISTORY, 200, page());
  assert.equal(scene.open("POST rooms/lobby")[0].body.text, "kept");
});

test("a room joined elsewhere appears", async (t) => {
  const scene = setUp(t);
  await boot(scene);
  const joined = event(11, { type: "join", from: "alice", room: "dev" });
  await scene.answer("GET events", 200, { next: "e.11", events: [joined] });
  await scene.answer("GET session", 200, snapshot(["lobby", "dev"]));
  assert.ok(scene.chat.store.room("dev"));
  assert.equal(scene.open("GET events?since=e.11").length, 1);
});

test("a gap reads session and history again", async (t) => {
  const scene = setUp(t);
  await boot(scene, event(9));
  await scene.answer("GET events", 200,
    { next: "e.90", events: [{ type: "gap" }] });
  await scene.advance(500);
  await scene.answer("GET session", 200, snapshot(["lobby"],
    { cursor: "e.95" }));
  await scene.answer(HISTORY, 200, page(event(94)));
  assert.deepEqual(scene.texts(), ["text 94"]);
  assert.equal(scene.open("GET events?since=e.95").length, 1);
});

test("a room that is there is joined", async (t) => {
  const scene = setUp(t);
  await boot(scene);
  const joining = scene.chat.joinRoom("Dev");
  await scene.answer("GET rooms", 200, { rooms: [{ room: "dev" }] });
  await scene.answer("POST rooms/Dev/join", 200, snapshot(["dev"]).rooms[0]);
  await joining;
  assert.equal(scene.chat.store.state.current, "dev");
});

test("a room that somebody else has made meanwhile is joined", async (t) => {
  const scene = setUp(t);
  await boot(scene);
  const joining = scene.chat.joinRoom("dev");
  await scene.answer("GET rooms", 200, { rooms: [] });
  await scene.answer("POST rooms", 409, { code: "room_exists" });
  await scene.answer("POST rooms/dev/join", 200, snapshot(["dev"]).rooms[0]);
  await joining;
  assert.equal(scene.chat.store.state.current, "dev");
});

test("a message to one person goes to the room of the two", async (t) => {
  const scene = setUp(t);
  await boot(scene);
  const sending = scene.chat.message("bob", "psst");
  const [room] = snapshot(["~7"]).rooms;
  await scene.answer("POST direct", 200,
    { ...room, direct: true, with: "bob" });
  await sending;
  assert.equal(scene.chat.store.room("~7").with, "bob");
  const post = await scene.answer("POST rooms/~7/messages", 201, { n: 11 });
  assert.equal(post.body.text, "psst");
});

test("what was read is told to the server, for members", async (t) => {
  const scene = setUp(t);
  scene.chat.boot();
  await scene.answer("GET session", 200,
    snapshot(["lobby"], { kind: "registered" }));
  await scene.answer(HISTORY, 200, page(event(9)));
  await scene.answer("GET events", 200, { next: "e.11", events: [event(11)] });
  await scene.advance(4000);
  const told = await scene.answer("POST rooms/lobby/read", 204);
  assert.equal(told.body.seq, 11);
  await scene.answer("GET events", 200, { next: "e.12", events: [] });
  await scene.advance(10_000);
  assert.equal(scene.open("POST rooms/lobby/read").length, 0);
});

test("a ban is looked for in all pages of them", async (t) => {
  const scene = setUp(t);
  await boot(scene);
  const ending = scene.chat.unban("Eve");
  await scene.answer("GET rooms/lobby/bans", 200,
    { bans: [{ id: 7, nick: "bob" }], more: true });
  await scene.answer("GET rooms/lobby/bans?after=7", 200,
    { bans: [{ id: 9, nick: "eve" }], more: false });
  await scene.answer("DELETE rooms/lobby/bans/9", 204);
  await ending;
  const failing = assert.rejects(scene.chat.unban("zoe"), /no ban/);
  await scene.answer("GET rooms/lobby/bans", 200, { bans: [], more: false });
  await failing;
});

test("a message found is shown with what is around it", async (t) => {
  const scene = setUp(t);
  await boot(scene, event(9), event(10));
  const showing = scene.chat.showMessage("lobby", 3);
  await scene.answer(`${HISTORY}?around=3`, 200, page(event(2), event(3)));
  await showing;
  assert.deepEqual(scene.texts(), ["text 2", "text 3"]);
  scene.chat.showLatest();
  await scene.answer(HISTORY, 200, page(event(9), event(10)));
  assert.deepEqual(scene.texts(), ["text 9", "text 10"]);
});

test("a room that does not exist yet is made", async (t) => {
  const scene = setUp(t);
  await boot(scene);
  const joining = scene.chat.joinRoom("a b/c");
  await scene.answer("GET rooms", 200, { rooms: [{ room: "lobby" }] });
  const [room] = snapshot(["a b/c"]).rooms;
  await scene.answer("POST rooms", 201, room);
  await joining;
  assert.equal(scene.chat.store.state.current, "a b/c");
});

test("what one tab does shows in the others", async (t) => {
  const { tab } = fakeBrowser();
  const scene = setUp(t, { sharing: tab() });
  await boot(scene);
  const { told } = listen(tab());
  const leaving = scene.chat.leaveRoom("lobby");
  await scene.answer("POST rooms/lobby/leave", 204);
  await leaving;
  assert.equal(scene.chat.store.state.current, null);
  const ending = scene.chat.logout();
  await scene.answer("DELETE session", 204);
  await ending;
  assert.deepEqual(told(), ["refresh", "session"]);
});

test("a tab looks again when another one has left a room", async (t) => {
  const { tab } = fakeBrowser();
  const scene = setUp(t, { sharing: tab() });
  await boot(scene);
  const { channel } = tab();
  channel.postMessage({ type: "refresh" });
  await scene.answer("GET session", 200, snapshot(["dev"]));
  assert.equal(scene.chat.store.state.current, "dev");
});

test("what is read in one tab is read in all", async (t) => {
  const { tab } = fakeBrowser();
  const scene = setUp(t, { sharing: tab() });
  await boot(scene, event(9));
  const { messages } = listen(tab());
  const { channel } = tab();
  scene.chat.look({ attentive: false });
  await scene.answer("GET events", 200, { next: "e.11", events: [event(11)] });
  const room = scene.chat.store.room("lobby");
  assert.equal(room.unread, 1);
  channel.postMessage({ type: "read", room: "lobby", read: 11 });
  await settle();
  assert.equal(room.unread, 0);
  await scene.answer("GET events", 200, { next: "e.12", events: [event(12)] });
  scene.chat.look({ attentive: true });
  await settle();
  assert.deepEqual(messages().at(-1),
    { type: "read", room: "lobby", read: 12 });
});

test("somebody comes and goes in another tab", async (t) => {
  const { tab } = fakeBrowser();
  const scene = setUp(t, { sharing: tab() });
  scene.chat.boot();
  await scene.answer("GET session", 204);
  assert.equal(scene.chat.phase, "join");
  const { channel } = tab();
  channel.postMessage({ type: "session" });
  await scene.answer("GET session", 200, snapshot());
  assert.equal(scene.chat.phase, "chat");
  channel.postMessage({ type: "session" });
  await scene.answer("GET session", 204);
  assert.equal(scene.chat.phase, "join");
});

test("the demo's way: cancel the poll, post, poll again", async (t) => {
  const scene = setUp(t, { demo: true });
  await boot(scene);
  await scene.answer("GET blocks", 200, { blocks: [] });
  const [poll] = scene.open("GET events");
  scene.chat.say("message", "hello");
  await settle();
  assert.equal(poll.aborted, true);
  assert.equal(scene.open("GET events").length, 0);
  await scene.answer("POST rooms/lobby/messages", 201, { n: 11 });
  assert.equal(scene.open("GET events?since=e.10").length, 1);
});

test("whom one does not hear is asked for once, and kept", async (t) => {
  const scene = setUp(t);
  const { state } = scene.chat.store;
  await boot(scene);
  await scene.answer("GET blocks", 200, { blocks: ["bob"] });
  assert.deepEqual([...state.blocks], ["bob"]);
  const blocking = scene.chat.block("carol", true);
  await scene.answer("POST blocks", 201, { nick: "carol" });
  await blocking;
  const ending = scene.chat.block("bob", false);
  await scene.answer("DELETE blocks/bob", 204);
  await ending;
  assert.deepEqual([...state.blocks], ["carol"]);
  await scene.answer("GET events", 200, { next: "e.11", events: [
    event(11, { type: "nick", from: "carol", to: "caro" })] });
  assert.ok(state.blocks.has("caro"));
});

test("with another rank what is seen is asked for anew", async (t) => {
  const scene = setUp(t);
  await boot(scene);
  await scene.answer("GET events", 200, { next: "e.11", events: [],
    signals: [{ type: "rank", room: "lobby", from: "bob" }] });
  const again = snapshot();
  again.rooms[0].waiting = 2;
  await scene.answer("GET session", 200, again);
  assert.equal(scene.chat.store.room("lobby").waiting, 2);
});

test("logging out forgets what waits", async (t) => {
  const scene = setUp(t);
  await boot(scene);
  scene.chat.say("message", "unsent");
  const leaving = scene.chat.logout();
  await scene.answer("DELETE session", 204);
  await leaving;
  assert.equal(scene.chat.phase, "join");
  assert.equal(scene.chat.ended, false);
  assert.equal(scene.chat.outbox.count(), 0);
});

test("without cookies the session is a token", async (t) => {
  const scene = setUp(t, { bearer: true });
  scene.chat.boot();
  await scene.answer("GET session", 204);
  const joining = scene.chat.join("alice");
  const login = await scene.answer("POST session", 200,
    { ...snapshot(), token: "secret" });
  await joining;
  assert.equal(login.body.bearer, true);
  const poll = await scene.answer("GET events", 200,
    { next: "e.11", events: [] });
  assert.equal(poll.headers.Authorization, "Bearer secret");
  const later = setUp(t, { bearer: true, storage: scene.storage });
  later.chat.boot();
  const { headers } = await later.answer("GET session", 200, snapshot());
  assert.equal(headers.Authorization, "Bearer secret");
  await later.answer(HISTORY, 200, page());
  later.chat.bye();
  const [bye] = later.open("POST bye");
  assert.equal(bye.headers.Authorization, "Bearer secret");
  const leaving = later.chat.logout();
  await later.answer("DELETE session", 204);
  await leaving;
  assert.equal(later.storage.get("token"), null, "not longer than needed");
});

test("a session whose token cannot be kept ends with the page", async (t) => {
  const storage = { get: () => null, set() {} };
  const scene = setUp(t, { bearer: true, storage });
  scene.chat.boot();
  await scene.answer("GET session", 204);
  const joining = scene.chat.join("alice");
  await scene.answer("POST session", 200, { ...snapshot(), token: "secret" });
  await joining;
  scene.chat.bye();
  const [end] = scene.open("DELETE session");
  assert.equal(end.headers.Authorization, "Bearer secret");
});

test("with cookies no token is asked for, or sent", async (t) => {
  const scene = setUp(t);
  scene.chat.boot();
  await scene.answer("GET session", 204);
  const joining = scene.chat.join("alice");
  const login = await scene.answer("POST session", 200, snapshot());
  await joining;
  assert.equal("bearer" in login.body, false);
  const { headers } = await scene.answer(HISTORY, 200, page());
  assert.equal("Authorization" in headers, false);
});
