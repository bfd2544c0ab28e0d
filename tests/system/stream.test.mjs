// Server-Sent Events: the long poll's content as one reply that goes on.
import assert from "node:assert/strict";

import { assertInOrder, assertProblem, newId } from "./client.mjs";
import { scenario, timed, waitFor } from "./harness.mjs";
import { EventStream, follow, textsOf } from "./stream-client.mjs";

// A front end that went away with streams in it, or is not back yet.
const frontGone = [/connect\(\) to unix:\S+ failed/];
const SUPERSEDED = ({ superseded }) => superseded === true;

scenario("two people hear each other over streams", {}, async (chat) => {
  const alice = await chat.visitor("alice");
  const bob = await chat.visitor("bob");
  const since = alice.at.cursor;
  const { value: streams, elapsed_ms } = await timed((async () => {
    const opened = await Promise.all([alice, bob].map((client) =>
      EventStream.open(client, { since, tab: "t" })));
    await Promise.all(opened.map((stream) =>
      stream.message("the first", () => true)));
    return opened;
  })());
  assert.ok(elapsed_ms < 5000, `the first messages took ${elapsed_ms} ms`);
  for (const { headers, messages } of streams) {
    assert.equal(headers["content-type"], "text/event-stream");
    assert.equal(headers["cache-control"], "no-store");
    assert.equal(headers["x-content-type-options"], "nosniff");
    assert.equal(headers["x-accel-buffering"], "no");
    assert.equal(headers["content-length"], undefined);
    assert.equal(headers["content-encoding"], undefined);
    assert.equal(messages[0].since, since);
  }
  for (let i = 0; i < 10; i++) {
    await [alice, bob][i % 2].say("lobby", `message ${i}`);
    await Promise.all(streams.map((stream) =>
      waitFor("both have it", () => stream.texts.at(-1) === `message ${i}`)));
  }
  for (const stream of streams) {
    assert.equal(stream.texts.length, 10);
    assertInOrder(stream.events);
    assert.ok(!stream.ended);
  }
  // What a poll says of the same is the same.
  const { json } = await alice.poll(since, { wait: 0 });
  assert.deepEqual(streams[0].events, json.events);
});

scenario("a stream that resumes goes on where it was", {}, async (chat) => {
  const alice = await chat.visitor("alice");
  const first = await EventStream.open(alice, { since: alice.at.cursor });
  await alice.say("lobby", "one");
  await waitFor("it has one", () => first.texts.length === 1);
  first.close();
  await alice.say("lobby", "two");
  // What the page was opened with counts no more.
  const second = await EventStream.open(alice,
    { since: alice.at.cursor, lastId: first.lastId });
  await waitFor("it has two", () => second.texts.length > 0);
  assert.deepEqual(second.texts, ["two"]);
  assert.equal(second.messages[0].since, first.lastId);
});

scenario("what cannot begin is a problem document", {}, async (chat) => {
  const alice = await chat.visitor("alice");
  const { cursor } = alice.at;
  const nobody = chat.client();
  assertProblem(await nobody.get(`stream?since=${cursor}`), 401,
    "session_required");
  assertProblem(await alice.get("stream"), 400, "bad_request");
  assertProblem(await alice.get("stream?since=x.1"), 410, "cursor_unknown");
  assertProblem(await alice.get(`stream?since=${cursor}`,
    { headers: { "Last-Event-ID": `${cursor}00` } }), 410, "cursor_unknown");
  const post = await alice.post("stream", {});
  assertProblem(post, 405, "method_not_allowed");
  assert.equal(post.headers.allow, "GET");
  await chat.kill("broker");
  assertProblem(await alice.get(`stream?since=${cursor}00`), 503,
    "unavailable");
});

scenario("streams stay open and silent for no more than 20 s", {},
  async (chat) => {
    const alice = await chat.visitor("alice");
    const stream = await EventStream.open(alice, { since: alice.at.cursor });
    const { elapsed_ms } = await timed(waitFor("a heartbeat", () =>
      stream.comments.length > 0 && stream.messages.length > 1));
    assert.ok(elapsed_ms > 10_000 && elapsed_ms < 25_000, `${elapsed_ms} ms`);
    assert.deepEqual(stream.messages.at(-1).events, []);
    assert.ok(!stream.ended);
  });

scenario("logging out ends the session's streams", {}, async (chat) => {
  const alice = await chat.visitor("alice");
  const bob = await chat.visitor("bob");
  const since = bob.at.cursor;
  const streams = await Promise.all(["a", "b"].map((tab) =>
    EventStream.open(alice, { since, tab })));
  const other = await EventStream.open(bob, { since });
  const { cookie } = alice;
  assert.equal((await alice.delete("session")).status, 204);
  await waitFor("they have ended", () => streams.every(({ ended }) => ended));
  await waitFor("others see the leave", () => other.events.some((event) =>
    event.type === "leave" && event.reason === "logout"));
  assert.ok(!other.ended);
  alice.cookie = cookie;
  assertProblem(await alice.get(`stream?since=${since}`), 401,
    "session_required");
});

scenario("a session has at most 8 streams, and one of each tab", {},
  async (chat) => {
    const alice = await chat.visitor("alice");
    const since = alice.at.cursor;
    const open = (tab) => EventStream.open(alice, { since, tab });
    const streams = [];
    for (let i = 0; i < 9; i++) streams.push(await open(`tab-${i}`));
    await streams[0].message("the oldest gives way", SUPERSEDED);
    await waitFor("it has ended", () => streams[0].ended);
    const again = await open("tab-5");
    await streams[5].message("the newer of a tab wins", SUPERSEDED);
    await waitFor("it has ended", () => streams[5].ended);
    // A poll is of the same tab.
    const { json } = await alice.poll(since, { wait: 0, tab: "tab-6" });
    assert.ok(json.next);
    await streams[6].message("a poll takes its place", SUPERSEDED);
    await alice.say("lobby", "who is left?");
    const left = [again, ...streams.filter((_, i) => ![0, 5, 6].includes(i))];
    await waitFor("all others have it", () =>
      left.every(({ texts }) => texts.length === 1));
    assert.ok(left.every(({ ended }) => !ended));
  });

scenario("a thousand streams all have a message", {
  settings: { "limits.rate_limits": "off" },
}, async (chat) => {
  const people = [];
  for (let i = 0; i < 125; i++) people.push(await chat.visitor(`reader ${i}`));
  const { cursor } = await people[0].snapshot();
  const streams = [];
  for (const person of people) {
    streams.push(...await Promise.all(Array.from({ length: 8 }, (_, tab) =>
      EventStream.open(person, { since: cursor, tab: `t${tab}` }))));
  }
  assert.equal(streams.length, 1000);
  const said = await people[0].say("lobby", "hello, all of you");
  await waitFor("all have it", () =>
    streams.every(({ texts }) => texts.length === 1));
  for (const stream of streams) {
    assert.ok(!stream.ended);
    assert.equal(stream.events.filter(({ seq }) => seq === said.seq).length, 1);
  }
});

scenario("nothing is lost when broker and front end are restarted", {
  settings: { "limits.rate_limits": "off" },
  expectedErrors: frontGone,
}, async (chat) => {
  const alice = await chat.visitor("alice");
  const bob = await chat.visitor("bob");
  const count = 120;
  let read = 0;
  const reading = follow(bob, alice.at.cursor, (events) => {
    read = textsOf(events).length;
    return read >= count;
  });
  const restarts = new Map([
    [20, () => chat.kill("broker")],
    [50, async () => {
      chat.signal("fcgi", "SIGTERM");
      await chat.ended("fcgi");
    }],
    [80, () => chat.kill("fcgi")],
  ]);
  const texts = [];
  for (let i = 0; i < count; i++) {
    if (restarts.has(i)) {
      await waitFor("who reads has a stream, and all", () => read === i);
      await restarts.get(i)();
      await chat.start();
    }
    const id = newId();
    texts.push(`message ${i}`);
    await waitFor("it is taken", async () => [200, 201].includes(
      (await alice.post("rooms/lobby/messages", { id, text: texts[i] }))
        .status));
  }
  const { events, streams } = await reading;
  assert.deepEqual(textsOf(events), texts);
  // The broker's end is not noticed by who reads.
  assert.equal(streams, 3);
});

// 12 MB: the kernel's buffers on the way take less.
scenario("a reader that sleeps is closed, and loses nothing", {
  settings: { "limits.rate_limits": "off", "front.window_events": 64 },
}, async (chat) => {
  const count = 3000;
  const alice = await chat.visitor("alice");
  const bob = await chat.visitor("bob");
  const since = alice.at.cursor;
  const stream = await EventStream.open(bob, { since });
  await stream.message("the first", () => true);
  stream.pause();
  const post = async (writer) => {
    for (let i = writer; i < count; i += 20) {
      await alice.say("lobby", `${i} `.padEnd(4000, "x"));
    }
  };
  await Promise.all(Array.from({ length: 20 }, (_, writer) => post(writer)));
  stream.resume();
  await waitFor("it has ended", () => stream.ended);
  const early = stream.events;
  assert.ok(textsOf(early).length < count);
  assert.ok(textsOf(early).length > 0);
  const { events } = await follow(bob, stream.lastId, (all) =>
    textsOf(all).length + textsOf(early).length >= count);
  assertInOrder([...early, ...events]);
  const numbers = textsOf([...early, ...events]).map((text) =>
    Number.parseInt(text, 10)).sort((a, b) => a - b);
  assert.deepEqual(numbers, Array.from({ length: count }, (_, i) => i));
});
