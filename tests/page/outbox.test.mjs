import assert from "node:assert/strict";
import { test } from "node:test";
import { createOutbox, DRAFTS_MAX, OUTBOX_MAX }
  from "../../nginx/html/js/chat/outbox.js";
import { fakeStorage, refusal, settle, stopClock } from "./fakes.mjs";

/* An outbox whose posts the test answers, in the order they were made. */
function setUp(storage = fakeStorage()) {
  const posts = [];
  const calls = { signedOut: 0, trouble: 0 };
  const outbox = createOutbox({
    storage,
    post: (room, item) => new Promise((accept, refuse) => {
      posts.push({ room, item, accept, refuse });
    }),
    changed: () => {},
    trouble: () => {
      calls.trouble += 1;
    },
    signedOut: () => {
      calls.signedOut += 1;
    },
  });
  outbox.open();
  const states = () => outbox.forRoom("lobby").map((item) => item.state);
  return { outbox, posts, calls, storage, states };
}

test("messages of a room go one at a time, in order", async () => {
  const { outbox, posts } = setUp();
  ["a", "b"].forEach((text) => outbox.add("lobby", "message", text));
  outbox.add("dev", "message", "c");
  await settle();
  assert.deepEqual(posts.map((p) => p.item.text), ["a", "c"]);
  posts[0].accept({ n: 1 });
  await settle();
  assert.deepEqual(posts.map((p) => p.item.text), ["a", "c", "b"]);
});

test("the answer first, then the event: shown until the event", async () => {
  const { outbox, posts, states } = setUp();
  outbox.add("lobby", "message", "a");
  await settle();
  posts[0].accept({ n: 7 });
  await settle();
  assert.deepEqual(states(), ["sent"]);
  outbox.confirm(posts[0].item.id);
  assert.deepEqual(states(), []);
});

test("what is held is shown until its event, or until it is hidden", async () => {
  const { outbox, posts, states, storage } = setUp();
  for (const text of ["a", "b"]) {
    outbox.add("lobby", "message", text);
    await settle();
    posts.at(-1).accept({ held: 7 });
    await settle();
  }
  assert.deepEqual(states(), ["held", "held"]);
  assert.deepEqual(storage.get("outbox"), [], "the server has them");
  outbox.settle("lobby", 99);
  outbox.confirm(posts[0].item.id);
  assert.deepEqual(states(), ["held"]);
  outbox.discard(posts[1].item.id);
  assert.deepEqual(states(), []);
});

test("the event first, then the answer: it does not come back", async () => {
  const { outbox, posts, states } = setUp();
  outbox.add("lobby", "message", "a");
  await settle();
  outbox.confirm(posts[0].item.id);
  posts[0].accept({ n: 7 });
  await settle();
  assert.deepEqual(states(), []);
});

test("what was sent is settled when the log is known that far", async () => {
  const { outbox, posts, states } = setUp();
  outbox.add("lobby", "message", "a");
  await settle();
  posts[0].accept({ n: 7 });
  await settle();
  outbox.settle("lobby", 6);
  assert.deepEqual(states(), ["sent"]);
  outbox.settle("lobby", 7);
  assert.deepEqual(states(), []);
});

test("a lost answer is asked for again with the same id", async (t) => {
  const advance = stopClock(t);
  const { outbox, posts, calls } = setUp();
  outbox.add("lobby", "message", "a");
  await settle();
  posts[0].refuse(Object.assign(new Error(), { kind: "network" }));
  await settle();
  assert.equal(outbox.isStuck(), true);
  assert.equal(calls.trouble, 1);
  await advance(1000);
  assert.equal(posts.length, 2);
  assert.equal(posts[1].item.id, posts[0].item.id);
  posts[1].accept({ n: 1 });
  await settle();
  assert.equal(outbox.isStuck(), false);
});

test("Retry-After is honoured", async (t) => {
  const advance = stopClock(t);
  const { outbox, posts } = setUp();
  outbox.add("lobby", "message", "a");
  await settle();
  posts[0].refuse(refusal(429, "rate_limited", 5000));
  await advance(4999);
  assert.equal(posts.length, 1);
  assert.equal(outbox.isSlowed(), true);
  assert.equal(outbox.isStuck(), false);
  await advance(501);
  assert.equal(posts.length, 2);
});

test("a refused message waits for its author, the next goes on", async () => {
  const { outbox, posts, states } = setUp();
  ["a", "b"].forEach((text) => outbox.add("lobby", "message", text));
  await settle();
  posts[0].refuse(refusal(422, "bad_text"));
  await settle();
  assert.deepEqual(states(), ["failed", "pending"]);
  posts[1].accept({ n: 1 });
  await settle();
  outbox.retry(posts[0].item.id);
  await settle();
  assert.equal(posts[2].item.id, posts[0].item.id);
  posts[2].refuse(refusal(422, "id_reused"));
  await settle();
  outbox.retry(posts[0].item.id);
  await settle();
  assert.notEqual(posts[3].item.id, posts[0].item.id);
  posts[3].refuse(refusal(422, "bad_text"));
  await settle();
  outbox.discard(posts[3].item.id);
  assert.deepEqual(states(), ["sent"]);
});

test("pending and failed messages outlive the page", async () => {
  const { outbox, posts, storage } = setUp();
  ["a", "b", "c"].forEach((text) => outbox.add("lobby", "message", text));
  await settle();
  posts[0].accept({ n: 1 });
  await settle();
  posts[1].refuse(refusal(403, "muted"));
  await settle();
  const next = setUp(storage);
  await settle();
  assert.deepEqual(next.states(), ["failed", "pending"]);
  assert.equal(next.posts[0].item.id, posts[2].item.id);
});

test("a reply is the same one each time it is sent", async (t) => {
  const advance = stopClock(t);
  const { outbox, posts, storage } = setUp();
  outbox.add("lobby", "message", "a", 7);
  await settle();
  posts[0].refuse(Object.assign(new Error(), { kind: "network" }));
  await advance(1000);
  assert.equal(posts[1].item.replyTo, 7);
  const next = setUp(storage);
  await settle();
  assert.deepEqual([next.posts[0].item.id, next.posts[0].item.replyTo],
    [posts[0].item.id, 7]);
});

test("a reply to what is gone is tried again as no reply", async () => {
  const { outbox, posts } = setUp();
  outbox.add("lobby", "message", "a", 7);
  await settle();
  posts[0].refuse(refusal(404, "no_message"));
  await settle();
  outbox.retry(posts[0].item.id);
  await settle();
  assert.equal(posts[1].item.replyTo, undefined);
  assert.notEqual(posts[1].item.id, posts[0].item.id);
});

test("drafts are kept for the next page, of the last rooms", () => {
  const { outbox, storage } = setUp();
  for (let i = 0; i <= DRAFTS_MAX; i++) {
    outbox.setDraft(`room${i}`, { text: `text ${i}` });
  }
  outbox.setDraft("room7", null);
  const next = setUp(storage).outbox;
  assert.equal(next.draft("room0"), undefined, "one too many");
  assert.equal(next.draft("room7"), undefined, "finished");
  assert.deepEqual(next.draft("room1"), { text: "text 1" });
  next.clear();
  assert.equal(setUp(storage).outbox.draft("room1"), undefined);
});

test("storage that holds anything else is no harm", () => {
  const item = { id: "a", room: "lobby", text: "b", state: "failed", at: 1 };
  const draft = ["lobby", { text: "c", reply: { from: "ann" } }];
  assert.deepEqual(setUp(fakeStorage({ outbox: [item] })).states(), ["failed"]);
  assert.ok(setUp(fakeStorage({ drafts: [draft] })).outbox.draft("lobby"));
  for (const kept of ["x", 7, {}, [null, 3, { id: "a" }], [["lobby", 5]],
    [{ ...item, text: {} }], [{ ...item, at: "now" }], [{ ...item, at: 1e99 }],
    [["lobby", { text: {} }]], [["lobby", { text: "c", reply: { from: 5 } }]],
  ]) {
    const { outbox, states } = setUp(fakeStorage(
      { outbox: kept, drafts: kept }));
    assert.deepEqual(states(), [], JSON.stringify(kept));
    assert.equal(outbox.draft("lobby"), undefined, JSON.stringify(kept));
  }
});

test("without a session nothing is sent and nothing is lost", async () => {
  const { outbox, posts, calls, states } = setUp();
  outbox.add("lobby", "message", "a");
  await settle();
  posts[0].refuse(refusal(401, "session_required"));
  await settle();
  assert.equal(calls.signedOut, 1);
  assert.deepEqual(states(), ["pending"]);
  outbox.open();
  await settle();
  assert.equal(posts.length, 2);
});

test("no more than the bound may wait", () => {
  const { outbox, states } = setUp();
  for (let i = 0; i < OUTBOX_MAX; i++) {
    assert.equal(outbox.add("lobby", "message", "x"), true);
  }
  assert.equal(outbox.add("lobby", "message", "x"), false);
  assert.equal(states().length, OUTBOX_MAX);
});
