// Several tabs of one browser, each with its connection's loop.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createApi } from "../../nginx/html/js/net/api.js";
import { createConnection } from "../../nginx/html/js/net/connection.js";
import { event, fakeBrowser, fakeFetch, settle, snapshot, stopClock }
  from "./fakes.mjs";

function setUp(t, locks) {
  const advance = stopClock(t);
  const browser = fakeBrowser(locks);

  /* A tab that begins at a cursor, or with a snapshot. */
  async function openTab(from = "e.10") {
    const sharing = browser.tab();
    const { fetch, requests } = fakeFetch();
    const api = createApi({ fetch });
    const seen = { seqs: [], status: null, adopted: 0, signedOut: 0, told: [] };
    const connection = createConnection({
      poll: api.poll,
      snapshot: api.session,
      sharing,
      adopt: () => {
        seen.adopted += 1;
      },
      apply: ({ events }) => {
        seen.seqs.push(...events.map(({ seq }) => seq));
        return !events.some(({ type }) => type === "gap");
      },
      signedOut: () => {
        seen.signedOut += 1;
      },
      status: (status) => {
        seen.status = status;
      },
      told: ({ type }) => seen.told.push(type),
      freshTab: () => `t${browser.tabs.length}`,
    });
    t.after(() => connection.stop());
    connection.start(from);
    await settle();
    const open = () => requests.filter((r) => !r.done && !r.aborted);
    /* Answers the one request that is out, whose path begins like this. */
    const answer = async (path, status, body) => {
      const [request, ...others] = open();
      assert.ok(request && !others.length, "one request is out");
      assert.ok(request.path.startsWith(path), request.path);
      request.done = true;
      request.reply(status, body);
      await settle();
    };
    const fail = async () => {
      const [request] = open();
      request.done = true;
      request.fail();
      await settle();
    };
    return { connection, sharing, seen, open, answer, fail,
      close: () => connection.stop() };
  }

  /* In steps, so that what the tabs say to each other arrives in time. */
  async function pass(ms) {
    for (let left = ms; left > 0; left -= 500) {
      await advance(Math.min(left, 500));
    }
  }

  return { pass, openTab };
}

const reply = (next, ...seqs) => ({ next: `e.${next}`,
  events: seqs.map((seq) => event(seq)), signals: [], more: false });

test("one tab asks, all hear", async (t) => {
  const { openTab } = setUp(t);
  const tabs = [await openTab(), await openTab(), await openTab()];
  assert.deepEqual(tabs.map(({ open }) => open().length), [1, 0, 0]);
  assert.deepEqual(tabs.map(({ connection }) => connection.leads()),
    [true, false, false]);
  await tabs[0].answer("events?since=e.10", 200, reply(12, 11, 12));
  tabs.forEach(({ seen }) => assert.deepEqual(seen.seqs, [11, 12]));
});

test("what comes while a tab reads its snapshot is not lost", async (t) => {
  const { openTab } = setUp(t);
  const leader = await openTab();
  const follower = await openTab(null);
  await leader.answer("events?since=e.10", 200, reply(11, 11));
  await leader.answer("events?since=e.11", 200, reply(13, 12, 13));
  await leader.answer("events?since=e.13", 200, reply(14, 14));
  await follower.answer("session", 200, snapshot(["lobby"],
    { cursor: "e.12" }));
  // The second reply has 12 again: the store knows events by their `n`.
  assert.deepEqual(follower.seen.seqs, [12, 13, 14]);
  await leader.answer("events?since=e.14", 200, reply(15, 15));
  assert.deepEqual(follower.seen.seqs, [12, 13, 14, 15]);
});

test("when the leader is closed the next goes on from its own cursor",
  async (t) => {
    const { openTab } = setUp(t);
    const [first, second, third] =
      [await openTab(), await openTab(), await openTab()];
    await first.answer("events?since=e.10", 200, reply(11, 11));
    first.close();
    await settle();
    await second.answer("events?since=e.11", 200, reply(12, 12));
    assert.deepEqual(third.seen.seqs, [11, 12]);
    assert.equal(first.open().length, 0);
  });

test("a reply that the leader did not live to tell is asked for again",
  async (t) => {
    const { openTab } = setUp(t);
    const [first, second] = [await openTab(), await openTab()];
    first.sharing.channel.postMessage = () => {}; // it dies in between
    await first.answer("events?since=e.10", 200, reply(11, 11));
    first.close();
    await settle();
    await second.answer("events?since=e.10", 200, reply(11, 11));
    assert.deepEqual(second.seen.seqs, [11]);
  });

test("a leader behind the others repeats, and they go on", async (t) => {
  const { openTab } = setUp(t);
  const first = await openTab();
  const second = await openTab("e.10");
  const third = await openTab("e.12");
  first.close();
  await settle();
  await second.answer("events?since=e.10", 200, reply(11, 11));
  await second.answer("events?since=e.11", 200, reply(13, 12, 13));
  assert.deepEqual(third.seen.seqs, [12, 13]);
});

test("who was frozen asks for what was missed, then follows", async (t) => {
  const { openTab } = setUp(t);
  const [leader, follower] = [await openTab(), await openTab()];
  follower.sharing.frozen = true;
  await leader.answer("events?since=e.10", 200, reply(11, 11));
  follower.sharing.frozen = false;
  await leader.answer("events?since=e.11", 200, reply(12, 12));
  await follower.answer("events?since=e.10&wait=0", 200, reply(12, 11, 12));
  assert.equal(follower.open().length, 0);
  await leader.answer("events?since=e.12", 200, reply(13, 13));
  assert.deepEqual(follower.seen.seqs, [11, 12, 13]);
});

test("a leader that does not answer loses the lead", async (t) => {
  const { openTab, pass } = setUp(t);
  const [first, second, third] =
    [await openTab(), await openTab(), await openTab()];
  first.sharing.channel.postMessage = () => {}; // as if it were stuck
  third.sharing.isShown = false;
  await pass(6999);
  assert.equal(second.open().length, 0);
  await pass(1);
  assert.equal(second.open().length, 1);
  assert.equal(first.connection.leads(), false);
  assert.equal(first.open().length, 0);
  await second.answer("events?since=e.10", 200, reply(11, 11));
  [first, second, third].forEach(({ seen }) =>
    assert.deepEqual(seen.seqs, [11]));
});

test("a leader that answers keeps the lead", async (t) => {
  const { openTab, pass } = setUp(t);
  const [first, second] = [await openTab(), await openTab()];
  await pass(30_000);
  assert.equal(first.connection.leads(), true);
  second.connection.wake();
  await pass(2000);
  assert.equal(first.connection.leads(), true);
});

test("the leader's trouble shows in all, and its end", async (t) => {
  const { openTab, pass } = setUp(t);
  const [leader, follower] = [await openTab(), await openTab()];
  await leader.fail();
  assert.equal(follower.seen.status, "down");
  const late = await openTab();
  assert.equal(late.seen.status, "down");
  await pass(500);
  await leader.answer("events?since=e.10&wait=0", 200, reply(10));
  assert.equal(follower.seen.status, "up");
  assert.equal(late.seen.status, "up");
});

test("a follower that hears of the network has the leader look",
  async (t) => {
    const { openTab } = setUp(t);
    const [leader, follower] = [await openTab(), await openTab()];
    follower.connection.probe();
    await settle();
    assert.equal(follower.open().length, 0);
    await leader.answer("events?since=e.10&wait=0", 200, reply(10));
  });

test("in trouble a tab in view leads rather than one out of sight",
  async (t) => {
    const { openTab } = setUp(t);
    const [first, second] = [await openTab(), await openTab()];
    first.sharing.isShown = false;
    await first.fail();
    assert.equal(first.connection.leads(), false);
    assert.equal(second.connection.leads(), true);
    assert.equal(second.open().length, 1);
  });

test("a new log is read anew by all", async (t) => {
  const { openTab, pass } = setUp(t);
  const [leader, follower] = [await openTab(), await openTab()];
  await leader.answer("events?since=e.10", 410, { code: "cursor_unknown" });
  await pass(500);
  await leader.answer("session", 200, snapshot(["lobby"], { cursor: "f.1" }));
  await leader.answer("events?since=f.1", 200,
    { next: "f.2", events: [event(2)], signals: [], more: false });
  await pass(500);
  await follower.answer("session", 200, snapshot(["lobby"],
    { cursor: "f.2" }));
  assert.equal(follower.seen.adopted, 1);
  assert.deepEqual(follower.seen.seqs, []);
});

test("the end of the session is told, and each looks for itself",
  async (t) => {
    const { openTab } = setUp(t);
    const [leader, follower] = [await openTab(), await openTab()];
    await leader.answer("events", 401, { code: "session_required" });
    assert.equal(leader.seen.signedOut, 1);
    assert.deepEqual(follower.seen.told, ["session"]);
    assert.deepEqual(leader.seen.told, []);
  });

test("replies that wait are bounded; what fell off is asked for",
  async (t) => {
    const { openTab } = setUp(t);
    const leader = await openTab();
    const follower = await openTab(null);
    for (let seq = 11; seq <= 220; seq++) {
      await leader.answer("events", 200, reply(seq, seq));
    }
    await follower.answer("session", 200, snapshot());
    await follower.answer("events?since=e.10&wait=0", 200, reply(220));
    await leader.answer("events", 200, reply(221, 221));
    assert.equal(follower.seen.seqs.at(-1), 221);
  });

test("where locks are forbidden each tab asks for itself", async (t) => {
  const { openTab } = setUp(t, { request: () =>
    Promise.reject(new DOMException("storage is blocked", "SecurityError")) });
  const tab = await openTab();
  assert.equal(tab.connection.leads(), true);
  await tab.answer("events", 200, { next: "e.11", events: [event(11)] });
  assert.deepEqual(tab.seen.seqs, [11]);
  assert.equal(tab.open().length, 1);
});

test("what else the channel carries is no harm", async (t) => {
  t.mock.method(console, "error", () => {}); // the follower tells of the reply
  const { openTab, pass } = setUp(t);
  const leader = await openTab();
  const follower = await openTab();
  for (const data of [null, 5, "x", [], {}, { type: "__proto__" },
    { type: "ping" }, { type: "status" }, { type: "reply" }]) {
    leader.sharing.channel.onmessage({ data });
    follower.sharing.channel.onmessage({ data });
    await settle();
  }
  assert.equal(leader.connection.leads(), true);
  await pass(3000);
  assert.equal(follower.open().length, 1, "asks what it has missed");
});
