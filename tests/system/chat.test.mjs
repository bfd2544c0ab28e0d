// Messages and the long poll: what people do all day.
import assert from "node:assert/strict";

import { assertInOrder, newId } from "./client.mjs";
import { scenario, timed, waitFor } from "./harness.mjs";

const texts = (events) => events.map((event) => event.text);

scenario("two people chat", {}, async (chat) => {
  const alice = await chat.visitor("alice");
  const bob = await chat.visitor("bob");

  // Alice sees bob come, then what he says, and he sees her answer.
  const parked = alice.poll(alice.at.cursor);
  const { json: came } = await parked;
  assert.deepEqual(came.events.map(({ type, from, room }) =>
    ({ type, from, room })), [{ type: "join", from: "bob", room: "lobby" }]);

  const waiting = alice.poll(came.next);
  const said = await bob.say("lobby", "hello, alice", "first");
  const { json: heard } = await waiting;
  assert.deepEqual(heard.events, [{
    seq: said.seq, n: said.n, at: said.at, room: "lobby", type: "message",
    from: "bob", text: "hello, alice", id: "first",
  }]);
  assert.ok(Math.abs(said.at - Date.now()) < 60_000, "UTC milliseconds");

  await alice.say("lobby", "hello, bob");
  const { messages } = await bob.readMessages(bob.at.cursor, 2);
  assert.deepEqual(messages.map(({ from, text }) => [from, text]),
    [["bob", "hello, alice"], ["alice", "hello, bob"]]);
});

scenario("texts come back byte for byte", {}, async (chat) => {
  const alice = await chat.visitor("alice");
  const sent = [
    "<script>alert(1)</script> & \"quotes\" 'too'", "/me is text",
    " leading and trailing ", "two\nlines\r\n\tand a tab", "\u{1F469}‍\u{1F680}",
    "שלום עולם", "e\u0301 is not é", "\u202Eoverride", "\\u0000 \\n",
    "x".repeat(4000), "é".repeat(2000),
  ];
  for (const text of sent) await alice.say("lobby", text);
  const { messages } = await alice.readMessages(alice.at.cursor, sent.length);
  assert.deepEqual(texts(messages), sent);
  const page = await alice.history("lobby", { types: "message" });
  assert.deepEqual(texts(page.messages), sent);
});

scenario("cancelling the poll to post loses nothing", {}, async (chat) => {
  const rounds = 300;
  const alice = await chat.visitor("alice");
  const bob = await chat.visitor("bob");

  // As the demo did it: cancel the parked poll, post, poll again.
  const converse = async (self, nick) => {
    const seen = [];
    let cursor = self.at.cursor;
    for (let round = 0; round < rounds; round++) {
      const abort = new AbortController();
      const poll = self.poll(cursor, { signal: abort.signal })
        .catch((error) => assert.equal(error.name, "AbortError"));
      // Some polls are cut before they arrive, some parked, some answered.
      for (let i = 0; i < round % 4; i++) await self.get("livez");
      abort.abort();
      const reply = await poll;
      if (reply) {
        seen.push(...reply.json.events);
        cursor = reply.json.next;
      }
      await self.say("lobby", `${nick} ${round}`);
    }
    const isLast = (event) => event.text?.endsWith(` ${rounds - 1}`);
    const rest = await self.readUntil(cursor, (events) =>
      [...seen, ...events].filter(isLast).length === 2);
    const events = [...seen, ...rest.events];
    assertInOrder(events);
    return texts(events.filter((event) => event.type === "message"));
  };
  const [hers, his] = await Promise.all(
    [converse(alice, "alice"), converse(bob, "bob")]);
  assert.deepEqual(hers, his, "the same order for both");
  for (const nick of ["alice", "bob"]) {
    assert.deepEqual(hers.filter((text) => text.startsWith(nick)),
      Array.from({ length: rounds }, (_, i) => `${nick} ${i}`));
  }
});

scenario("a thousand parked polls all get a message", {
  settings: { "chat.presence_events_max": 0 },
}, async (chat) => {
  const count = 1000;
  const writer = await chat.visitor("writer");
  const readers = [];
  for (let i = 0; i < count; i += 50) {
    const logins = Array.from({ length: 50 }, (_, k) =>
      chat.visitor(`reader ${i + k}`));
    readers.push(...await Promise.all(logins));
  }
  const { cursor } = await writer.snapshot();
  const polls = readers.map((reader) =>
    reader.readMessages(cursor, 1, { wait: 50 }));
  await waitFor("all are parked", () => chat.connections("fcgi") >= count);
  const said = await writer.say("lobby", "hello, everybody");
  for (const { messages } of await Promise.all(polls)) {
    assert.deepEqual(messages.map((event) => event.seq), [said.seq]);
  }
});

scenario("a newer poll of the same tab completes the older one", {},
  async (chat) => {
    const alice = await chat.visitor("alice");
    let { cursor } = await alice.snapshot();
    for (const tab of [undefined, "tab-1"]) {
      // Which of the two is the newer one is for them to settle.
      const polls = [alice.poll(cursor, { tab }), alice.poll(cursor, { tab })];
      const other = alice.poll(cursor, { tab: "other" });
      const { json: older } = await Promise.race(polls);
      assert.deepEqual(older, { since: cursor, next: cursor, events: [],
        signals: [], more: false, superseded: true });
      // The other one goes on, and so does one of another tab.
      const said = await alice.say("lobby", "still there?");
      const replies = await Promise.all([...polls, other]);
      const going = replies.filter(({ json }) => !json.superseded);
      assert.deepEqual(going.map(({ json }) => json.events[0].seq),
        [said.seq, said.seq]);
      cursor = going[0].json.next;
    }
  });

scenario("a quiet poll ends at its time, empty", {}, async (chat) => {
  const alice = await chat.visitor("alice");
  const { value: none, elapsed_ms: at_once } =
    await timed(alice.poll(alice.at.cursor, { wait: 0 }));
  assert.deepEqual(none.json.events, []);
  assert.equal(none.json.more, false);
  assert.ok(at_once < 5000);
  const { value: quiet, elapsed_ms } =
    await timed(alice.poll(none.json.next, { wait: 2 }));
  assert.deepEqual(quiet.json.events, []);
  assert.ok(elapsed_ms > 1600, `85 % of 2 s, but was ${elapsed_ms} ms`);
  // Out of range is clamped, not refused.
  const below = await alice.poll(none.json.next, { wait: -5 });
  assert.equal(below.status, 200);
});

scenario("what is more than a reply holds comes in pages", {},
  async (chat) => {
    const alice = await chat.visitor("alice");
    const bob = await chat.visitor("bob");
    const { cursor } = await alice.snapshot();
    for (let i = 0; i < 450; i++) await bob.say("lobby", `line ${i}`);

    const pages = [];
    for (let since = cursor; ;) {
      const { json } = await alice.poll(since, { wait: 0 });
      assert.ok(json.events.length <= 200);
      pages.push(json);
      since = json.next;
      if (!json.more) break;
    }
    assert.deepEqual(pages.map(({ more }) => more).slice(0, 2), [true, true]);
    const events = pages.flatMap((page) => page.events);
    assertInOrder(events);
    assert.deepEqual(texts(events),
      Array.from({ length: 450 }, (_, i) => `line ${i}`));
  });

scenario("a reply is bounded in bytes as well", {}, async (chat) => {
  const alice = await chat.visitor("alice");
  const { cursor } = await alice.snapshot();
  const long = "0123456789".repeat(400);
  for (let i = 0; i < 80; i++) await alice.say("lobby", long);
  const { json, raw } = await alice.poll(cursor, { wait: 0 });
  assert.equal(json.more, true);
  assert.ok(raw.length <= 256 * 1024 + 4096, `${raw.length} bytes`);
  const { messages } = await alice.readMessages(cursor, 80);
  assert.equal(messages.length, 80);
});

scenario("one reads one's own writes", { fronts: 2 }, async (chat) => {
  const alice = await chat.visitor("alice");
  let { cursor } = await alice.snapshot();
  for (let i = 0; i < 100; i++) {
    const said = await alice.say("lobby", `round ${i}`);
    const { json } = await alice.poll(cursor, { wait: 0 });
    assert.equal(json.events.at(-1)?.seq, said.seq, `poll, round ${i}`);
    cursor = json.next;
    const { messages } = await alice.history("lobby", { limit: 1 });
    assert.equal(messages[0].seq, said.seq, `history, round ${i}`);
  }
});

scenario("a message posted again is posted once", {}, async (chat) => {
  const alice = await chat.visitor("alice");
  const bob = await chat.visitor("bob");
  const post = (client, body, room = "lobby") =>
    client.post(`rooms/${room}/messages`, body);
  const id = newId();
  const first = await post(alice, { id, text: "once" });
  const again = await post(alice, { id, text: "once" });
  assert.deepEqual([first.status, again.status], [201, 200]);
  assert.deepEqual(again.json, first.json);

  // Ten at the same time are one message, too.
  const tenfold = { id: newId(), text: "ten times" };
  const replies = await Promise.all(
    Array.from({ length: 10 }, () => post(alice, tenfold)));
  assert.equal(replies.filter(({ status }) => status === 201).length, 1);
  assert.equal(new Set(replies.map(({ json }) => json.seq)).size, 1);

  // Another session's ids are its own.
  assert.equal((await post(bob, { id, text: "once" })).status, 201);

  await alice.post("rooms", { room: "dev" });
  for (const [body, room] of [
    [{ id, text: "twice" }, "lobby"],
    [{ id, text: "once", type: "action" }, "lobby"],
    [{ id, text: "once", reply_to: first.json.seq }, "lobby"],
    [{ id, text: "once" }, "dev"],
  ]) {
    const reply = await post(alice, body, room);
    assert.deepEqual([reply.status, reply.json.code], [422, "id_reused"]);
  }
  const { messages } = await alice.history("lobby", { types: "message" });
  assert.deepEqual(texts(messages), ["once", "ten times", "once"]);
});

scenario("a poll covers rooms joined and left while it is parked", {},
  async (chat) => {
    const alice = await chat.visitor("alice");
    const bob = await chat.visitor("bob", { rooms: ["dev"] });
    const { cursor } = await alice.snapshot();
    await bob.say("dev", "before alice came");
    const parked = alice.readUntil(cursor, (events) =>
      events.some((event) => event.text === "welcome"));
    assert.equal((await alice.post("rooms/dev/join")).status, 200);
    await bob.say("dev", "welcome");
    const { events, cursor: next } = await parked;
    assert.deepEqual(events.map(({ type, room }) => [type, room]),
      [["join", "dev"], ["message", "dev"]]);

    assert.equal((await alice.post("rooms/dev/leave")).status, 204);
    await bob.say("dev", "after alice left");
    await alice.say("lobby", "end");
    const rest = await alice.readUntil(next, (all) =>
      all.some((event) => event.text === "end"));
    assert.ok(!rest.events.some((event) => event.text?.startsWith("after")));
  });

scenario("a cancelled poll frees its place", {}, async (chat) => {
  const alice = await chat.visitor("alice");
  const { cursor } = await alice.snapshot();
  const park = (name, signal) => Array.from({ length: 8 }, (_, i) =>
    alice.poll(cursor, { tab: `${name}-${i}`, signal }));

  // Eight may wait at once; those of closed tabs don't count.
  const abort = new AbortController();
  const closed = Promise.allSettled(park("closed", abort.signal));
  await waitFor("they are parked", () => chat.connections("fcgi") >= 8);
  abort.abort();
  await closed;
  await waitFor("there is room for eight more", async () => {
    const replies = Promise.all(park("open"));
    await alice.say("lobby", "wake up");
    return (await replies).every(({ status }) => status === 200);
  });
});
