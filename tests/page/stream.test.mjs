import assert from "node:assert/strict";
import { test } from "node:test";
import { createApi, readStream } from "../../nginx/html/js/net/api.js";
import { createConnection, createTransport }
  from "../../nginx/html/js/net/connection.js";
import { event, fakeEventSources, fakeFetch, fakeStorage, settle, snapshot,
  stopClock } from "./fakes.mjs";

const DAY_MS = 24 * 60 * 60 * 1000;

const empty = (next) => ({ next, events: [], signals: [], more: false });
const message = (seq) => ({ ...empty(`e.${seq}`), events: [event(seq)] });

/* ---- one stream ---- */

function read(t, take = () => true) {
  const advance = stopClock(t);
  const { open, opened } = fakeEventSources();
  const abort = new AbortController();
  const scene = { advance, abort, taken: [], how: null, error: null };
  readStream("v1/stream", {
    open,
    signal: abort.signal,
    take: (reply) => {
      scene.taken.push(reply);
      return take(reply);
    },
  }).then((how) => {
    scene.how = how;
  }, (error) => {
    scene.error = error;
  });
  [scene.source] = opened;
  return scene;
}

test("a stream ends with its first trouble, after what it brought",
  async (t) => {
    const scene = read(t);
    scene.source.say(message(2));
    scene.source.say(message(3));
    scene.source.fail();
    await settle();
    assert.equal(scene.how, "ended");
    assert.equal(scene.taken.length, 2);
    assert.ok(scene.source.closed);
  });

test("a stream that brings nothing has failed, or is held back", async (t) => {
  const failed = read(t);
  failed.source.fail();
  await settle();
  assert.equal(failed.how, "failed");

  const silent = read(t);
  await silent.advance(4999);
  assert.equal(silent.how, null);
  await silent.advance(1);
  assert.equal(silent.how, "silent");
  assert.ok(silent.source.closed);
});

test("a stream that falls silent has ended", async (t) => {
  const scene = read(t);
  scene.source.say(empty("e.1"));
  await scene.advance(44_999);
  scene.source.say(empty("e.1"));
  await scene.advance(44_999);
  assert.equal(scene.how, null);
  await scene.advance(1);
  assert.equal(scene.how, "ended");
});

test("a stream can be stopped from both sides", async (t) => {
  const aborted = read(t);
  aborted.abort.abort();
  await settle();
  assert.equal(aborted.how, "stopped");
  assert.ok(aborted.source.closed);

  const enough = read(t, () => false);
  enough.source.say(message(2));
  await settle();
  assert.equal(enough.how, "stopped");
  assert.ok(enough.source.closed);
});

test("what cannot be taken, or is no JSON, rejects", async (t) => {
  const bug = read(t, () => {
    throw new Error("a bug");
  });
  bug.source.say(message(2));
  await settle();
  assert.equal(bug.error.message, "a bug");
  assert.ok(bug.source.closed);

  const garbled = read(t);
  garbled.source.onmessage({ data: "<html>" });
  await settle();
  assert.ok(garbled.error instanceof SyntaxError);
});

/* ---- which to use ---- */

function choose(t) {
  const advance = stopClock(t);
  const storage = fakeStorage();
  return { advance, transport: createTransport({ storage }),
    again: () => createTransport({ storage }) };
}

test("without streams it polls", () => {
  assert.ok(!createTransport(null).streams());
  createTransport(null).pollWorks();
});

test("streams that are held back are given up for a day", async (t) => {
  const { advance, transport, again } = choose(t);
  transport.streamEnded("silent", 5000);
  assert.ok(transport.streams(), "it may have been the network");
  transport.pollWorks();
  assert.ok(!transport.streams());
  assert.ok(!again().streams(), "after a reload as well");
  await advance(DAY_MS - 1);
  assert.ok(!again().streams());
  await advance(1);
  assert.ok(transport.streams());
});

test("two failures in a row give streams up, while polls work", (t) => {
  const { transport } = choose(t);
  const fail = (poll) => {
    transport.streamEnded("failed", 100);
    transport[poll]();
  };
  fail("pollWorks");
  fail("pollFailed");
  transport.pollWorks(); // says nothing about streams
  assert.ok(transport.streams());
  transport.streamEnded("ended", 60_000);
  fail("pollWorks");
  assert.ok(transport.streams());
  transport.streamEnded("ended", 4999); // cut off at once
  transport.pollWorks();
  assert.ok(!transport.streams());
});

test("a time from the future is not believed", (t) => {
  stopClock(t);
  const storage = fakeStorage({ pollsSince: 1 });
  assert.ok(createTransport({ storage }).streams());
});

/* ---- the loop ---- */

function setUp(t, apply = () => true) {
  const advance = stopClock(t);
  const { fetch, requests } = fakeFetch();
  const { open, opened } = fakeEventSources();
  const api = createApi({ fetch, openStream: open });
  const seen = { statuses: [], replies: [], adopted: 0, signedOut: 0 };
  const streams = { storage: fakeStorage() };
  let tabs = 0;
  const connection = createConnection({
    poll: api.poll,
    stream: api.stream,
    streams,
    snapshot: api.session,
    adopt: () => {
      seen.adopted += 1;
    },
    apply: (reply) => {
      seen.replies.push(reply);
      return apply(reply);
    },
    signedOut: () => {
      seen.signedOut += 1;
    },
    status: (status) => seen.statuses.push(status),
    freshTab: () => `t${tabs++}`,
  });
  t.after(() => connection.stop());
  return { connection, requests, opened, seen, advance, streams,
    poll: () => requests.at(-1), source: () => opened.at(-1) };
}

test("after its end a stream goes on where its last message was",
  async (t) => {
    const { connection, requests, opened, poll, source, seen, advance } =
      setUp(t);
    connection.start("e.1");
    await settle();
    assert.equal(source().path, "stream?since=e.1&tab=t0");
    source().say(message(2));
    source().say(message(3));
    await advance(6000);
    assert.deepEqual(seen.statuses, ["up", "up"]);
    source().fail();
    await advance(500);
    assert.equal(poll().path, "events?since=e.3&wait=0&tab=t0");
    poll().reply(200, message(4));
    await settle();
    assert.equal(opened.length, 2);
    assert.equal(source().path, "stream?since=e.4&tab=t0");
    assert.equal(requests.length, 1);
    assert.ok(!seen.statuses.includes("down"));
    assert.deepEqual(seen.replies.map(({ next }) => next),
      ["e.2", "e.3", "e.4"]);
  });

test("the poll after a stream tells what is wrong", async (t) => {
  const { connection, opened, poll, source, seen, advance } = setUp(t);
  connection.start("e.1");
  await settle();
  source().fail();
  await advance(500);
  poll().reply(503, { code: "unavailable" });
  await settle();
  assert.deepEqual(seen.statuses, ["down"]);
  await advance(1000);
  poll().reply(410, { code: "cursor_unknown" });
  await advance(2000);
  assert.equal(poll().path, "session?optional=1");
  poll().reply(200, snapshot());
  await settle();
  assert.equal(seen.adopted, 1);
  assert.equal(source().path, "stream?since=e.10&tab=t0");
  source().fail();
  await advance(10_000);
  poll().reply(401, { code: "session_required" });
  await advance(60_000);
  assert.equal(seen.signedOut, 1);
  assert.equal(opened.length, 2);
});

test("where streams are held back it polls, and remembers", async (t) => {
  const { connection, opened, poll, seen, advance, streams } = setUp(t);
  connection.start("e.1");
  await advance(5000);
  assert.ok(opened[0].closed);
  await advance(500);
  poll().reply(200, empty("e.1"));
  await settle();
  assert.equal(poll().path, "events?since=e.1&wait=25&tab=t0");
  assert.equal(streams.storage.get("pollsSince"), 5500);
  poll().reply(200, message(2));
  await settle();
  assert.equal(poll().path, "events?since=e.2&wait=25&tab=t0");
  assert.equal(opened.length, 1);
  assert.ok(!seen.statuses.includes("down"));
});

test("streams that are cut off become polls", async (t) => {
  const { connection, opened, poll, source, advance } = setUp(t);
  connection.start("e.1");
  for (let i = 0; i < 2; i++) {
    await settle();
    source().say(empty("e.1"));
    source().fail();
    await advance(500);
    poll().reply(200, empty("e.1"));
  }
  await settle();
  assert.equal(poll().path, "events?since=e.1&wait=25&tab=t0");
  assert.equal(opened.length, 2);
});

test("a probe closes the stream, polls, and streams again", async (t) => {
  const { connection, opened, poll, source } = setUp(t);
  connection.start("e.1");
  await settle();
  source().say(message(2));
  connection.probe();
  await settle();
  assert.ok(opened[0].closed);
  assert.equal(poll().path, "events?since=e.2&wait=0&tab=t0");
  poll().reply(200, empty("e.2"));
  await settle();
  assert.equal(opened.length, 2);
});

test("after sleep a stream is not trusted, awake it is", async (t) => {
  const { connection, requests, opened, source, advance } = setUp(t);
  connection.start("e.1");
  await settle();
  source().say(empty("e.1"));
  await advance(44_000);
  connection.wake();
  await settle();
  assert.equal(requests.length, 0);
  const { now } = Date;
  Date.now = () => now() + 60_000; // while timers stood still
  connection.wake();
  await settle();
  assert.ok(opened[0].closed);
  assert.match(requests[0].path, /wait=0/);
  Date.now = now;
});

test("a superseded stream takes another tab and its time", async (t) => {
  const { connection, requests, opened, source, advance } = setUp(t);
  connection.start("e.1");
  await settle();
  source().say({ ...empty("e.1"), superseded: true });
  await advance(999);
  assert.equal(opened.length, 1);
  await advance(1);
  assert.equal(source().path, "stream?since=e.1&tab=t1");
  assert.equal(requests.length, 0);
});

test("state that is lost in a stream starts over", async (t) => {
  const { connection, poll, opened, source, advance } = setUp(t, () => false);
  connection.start("e.1");
  await settle();
  source().say({ ...empty("e.5"), events: [{ type: "gap" }] });
  await advance(500);
  assert.ok(opened[0].closed);
  assert.equal(poll().path, "session?optional=1");
});

test("stopping closes the stream for good", async (t) => {
  const { connection, requests, opened, advance } = setUp(t);
  connection.start("e.1");
  await settle();
  connection.stop();
  await advance(60_000);
  assert.ok(opened[0].closed);
  assert.equal(opened.length, 1);
  assert.equal(requests.length, 0);
});
