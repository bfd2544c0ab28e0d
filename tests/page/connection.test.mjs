import assert from "node:assert/strict";
import { test } from "node:test";
import { createApi } from "../../nginx/html/js/net/api.js";
import { createConnection } from "../../nginx/html/js/net/connection.js";
import { event, fakeFetch, settle, snapshot, stopClock } from "./fakes.mjs";

function setUp(t, apply = () => true) {
  const advance = stopClock(t);
  const { fetch, requests } = fakeFetch();
  const api = createApi({ fetch });
  const seen = { statuses: [], replies: [], adopted: 0, signedOut: 0 };
  let tabs = 0;
  const connection = createConnection({
    poll: api.poll,
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
  const last = () => requests.at(-1);
  return { connection, requests, seen, advance, last };
}

const empty = (next) => ({ next, events: [], signals: [], more: false });
const parameter = (request, name) =>
  new URL(request.path, "http://x").searchParams.get(name);

test("each poll goes on where the reply before ended", async (t) => {
  const { connection, last, seen } = setUp(t);
  connection.start("e.1");
  await settle();
  assert.equal(last().path, "events?since=e.1&wait=25&tab=t0");
  last().reply(200, { next: "e.2", events: [event(2)], more: true });
  await settle();
  assert.equal(parameter(last(), "since"), "e.2");
  assert.equal(seen.replies.length, 1);
});

test("without a cursor it begins with a snapshot", async (t) => {
  const { connection, last, seen } = setUp(t);
  connection.start();
  await settle();
  assert.equal(last().path, "session?optional=1");
  last().reply(200, snapshot());
  await settle();
  assert.equal(seen.adopted, 1);
  assert.equal(parameter(last(), "since"), "e.10");
});

test("after trouble it probes, with growing pauses", async (t) => {
  const { connection, requests, last, seen, advance } = setUp(t);
  connection.start("e.1");
  await settle();
  last().fail();
  await settle();
  assert.deepEqual(seen.statuses, ["down"]);
  await advance(499);
  assert.equal(requests.length, 1);
  await advance(1);
  assert.equal(parameter(last(), "wait"), "0");
  last().reply(503, { code: "unavailable" }, { "Retry-After": "3" });
  await advance(2999);
  assert.equal(requests.length, 2);
  await advance(501);
  assert.equal(requests.length, 3);
  last().reply(200, empty("e.1"));
  await settle();
  assert.equal(seen.statuses.at(-1), "up");
  assert.equal(parameter(last(), "wait"), "25");
});

test("a pause ends when the network is back", async (t) => {
  const { connection, requests, last } = setUp(t);
  connection.start("e.1");
  await settle();
  last().fail();
  await settle();
  connection.probe();
  await settle();
  assert.equal(requests.length, 2);
});

test("a poll without an answer is given up in the end", async (t) => {
  const { connection, requests, seen, advance } = setUp(t);
  connection.start("e.1");
  await advance(39_999);
  assert.equal(requests[0].aborted, false);
  await advance(1);
  assert.equal(requests[0].aborted, true);
  assert.deepEqual(seen.statuses, ["down"]);
});

test("a probe asks at once and from the same cursor", async (t) => {
  const { connection, requests, last } = setUp(t);
  connection.start("e.1");
  await settle();
  connection.probe();
  await settle();
  assert.equal(requests[0].aborted, true);
  assert.equal(last().path, "events?since=e.1&wait=0&tab=t0");
});

test("a superseded poll takes another tab and its time", async (t) => {
  const { connection, requests, last, advance } = setUp(t);
  connection.start("e.1");
  await settle();
  last().reply(200, { ...empty("e.1"), superseded: true });
  await advance(999);
  assert.equal(requests.length, 1);
  await advance(1);
  assert.equal(last().path, "events?since=e.1&wait=25&tab=t1");
});

test("an unknown cursor starts over, never in a storm", async (t) => {
  const { connection, requests, last, advance } = setUp(t);
  connection.start("e.1");
  await settle();
  last().reply(410, { code: "cursor_unknown" });
  await advance(500);
  assert.equal(last().path, "session?optional=1");
  last().reply(200, snapshot());
  await settle();
  last().reply(410, { code: "cursor_unknown" });
  await settle();
  assert.equal(requests.length, 3);
});

test("state that is lost starts over", async (t) => {
  const { connection, last, advance } = setUp(t, () => false);
  connection.start("e.1");
  await settle();
  last().reply(200, { next: "e.5", events: [{ type: "gap" }], more: false });
  await advance(500);
  assert.equal(last().path, "session?optional=1");
});

test("empty replies that come too soon are not repeated in a hurry",
  async (t) => {
    const { connection, requests, last, advance } = setUp(t);
    connection.start("e.1");
    await settle();
    last().reply(200, empty("e.1"));
    await advance(499);
    assert.equal(requests.length, 1);
    await advance(1);
    assert.equal(requests.length, 2);
  });

test("the end of the session ends the loop", async (t) => {
  const { connection, requests, last, seen, advance } = setUp(t);
  connection.start("e.1");
  await settle();
  last().reply(401, { code: "session_required" });
  await advance(60_000);
  assert.equal(seen.signedOut, 1);
  assert.equal(requests.length, 1);
});

test("aside runs alone: poll cancelled, request, poll again", async (t) => {
  const { connection, requests, last } = setUp(t);
  connection.start("e.1");
  await settle();
  const ends = [];
  const runs = [1, 2].map(() => connection.aside(() =>
    new Promise((end) => ends.push(end))));
  await settle();
  assert.equal(requests[0].aborted, true);
  assert.equal(ends.length, 1);
  ends[0]();
  await settle();
  assert.equal(ends.length, 2);
  assert.equal(requests.length, 1);
  ends[1]();
  await Promise.all(runs);
  await settle();
  assert.equal(requests.length, 2);
  assert.equal(parameter(last(), "since"), "e.1");
});
