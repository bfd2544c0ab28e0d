import assert from "node:assert/strict";
import { test } from "node:test";
import { createTimeline, TIMELINE_MAX } from "../../nginx/html/js/chat/timeline.js";
import { event } from "./fakes.mjs";

const seqs = (line) => line.entries.map((entry) => entry.seq);
const range = (from, to) =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);
const page = (from, to, more = true) =>
  ({ messages: range(from, to).map((seq) => event(seq)), more });

function lineAt(from, to) {
  const line = createTimeline();
  line.newest(page(from, to));
  return line;
}

test("history joins what the poll brought first, without repeats", () => {
  const line = createTimeline();
  [8, 9, 10].forEach((seq) => line.append(event(seq), true));
  line.newest(page(5, 9));
  assert.deepEqual(seqs(line), range(5, 10));
});

test("an event that comes twice is there once", () => {
  const line = lineAt(1, 3);
  line.append(event(3), true);
  assert.deepEqual(seqs(line), [1, 2, 3]);
});

test("events that are not shown have no place", () => {
  const line = lineAt(1, 2);
  line.append(event(3, { type: "poll_opened" }), true);
  assert.deepEqual(seqs(line), [1, 2]);
});

test("a reader at the end loses the oldest", () => {
  const line = lineAt(1, TIMELINE_MAX);
  line.append(event(TIMELINE_MAX + 1), true);
  assert.deepEqual(seqs(line), range(2, TIMELINE_MAX + 1));
  assert.equal(line.older, true);
});

test("a reader further up loses nothing, and finds all later", () => {
  const line = lineAt(1, TIMELINE_MAX);
  const last = TIMELINE_MAX + 3;
  range(TIMELINE_MAX + 1, last).forEach((s) => line.append(event(s), false));
  assert.deepEqual(seqs(line), range(1, TIMELINE_MAX));
  assert.equal(line.live, false);
  // The page was read before the last event came.
  line.after(page(TIMELINE_MAX + 1, last - 1, false), TIMELINE_MAX);
  assert.equal(line.live, true);
  assert.deepEqual(seqs(line), range(4, last));
});

test("going back in time lets go of the newest", () => {
  const line = lineAt(101, 100 + TIMELINE_MAX);
  line.before(page(51, 100), 101);
  assert.deepEqual(seqs(line), range(51, 50 + TIMELINE_MAX));
  assert.equal(line.live, false);
  line.newest(page(401, 100 + TIMELINE_MAX));
  assert.deepEqual(seqs(line), range(401, 100 + TIMELINE_MAX));
  assert.equal(line.live, true);
});

test("a page for another place than asked is not taken", () => {
  const line = lineAt(10, 20);
  line.before(page(1, 4), 5);
  assert.deepEqual(seqs(line), range(10, 20));
});

test("comings and goings are forgotten before messages are", () => {
  const line = lineAt(1, TIMELINE_MAX - 1);
  range(1000, 1100).forEach((seq) =>
    line.append(event(seq, { type: "join" }), true));
  line.append(event(2000), true);
  const messages = line.entries.filter((e) => e.type === "message");
  assert.equal(messages.length, TIMELINE_MAX);
});

test("reactions are counted with their message, and taken back", () => {
  const line = lineAt(1, 3);
  const react = (seq, from, on) => line.append(event(seq,
    { type: "reaction", target: 2, from, emoji: "👍", on }), true);
  react(10, "bob", true);
  react(11, "carol", true);
  assert.deepEqual(line.entries[1].reactions,
    [{ emoji: "👍", nicks: ["bob", "carol"], count: 2 }]);
  react(12, "bob", false);
  react(13, "carol", false);
  assert.deepEqual(line.entries[1].reactions, []);
});

test("who is put out is told of once", () => {
  const line = lineAt(1, 3);
  line.append(event(10, { type: "kick", to: "bob" }), true);
  line.append(event(11, { type: "leave", reason: "kicked" }), true);
  assert.deepEqual(line.entries.slice(3).map(({ type }) => type), ["kick"]);
});

test("edits and deletes change their message, also one out of sight", () => {
  const line = lineAt(1, TIMELINE_MAX);
  line.append(event(900), false);
  line.append(event(901, { type: "edit", target: 2, text: "new" }), false);
  line.append(event(902, { type: "delete", target: 900 }), false);
  assert.equal(line.entries[1].text, "new");
  assert.equal(line.entries[1].edited, event(901).at);
  line.after({ messages: [], more: false }, TIMELINE_MAX);
  assert.equal(line.entries.at(-1).deleted, true);
});

test("what is replied to and not held is asked for once, and kept up", () => {
  const line = lineAt(11, 20);
  line.append(event(21, { reply_to: 3 }), true);
  line.append(event(22, { reply_to: 12 }), true);
  assert.equal(line.unknownQuote(), 3);
  line.quote(3, event(3));
  assert.equal(line.unknownQuote(), undefined);
  line.append(event(23, { type: "edit", target: 3, text: "new" }), true);
  assert.equal(line.quotes.get(3).text, "new");
  line.quote(4, null);
  line.append(event(24, { type: "delete", target: 4 }), true);
  assert.equal(line.quotes.get(4), null, "which was gone already");
  range(1000, 1000 + 2 * TIMELINE_MAX).forEach((seq) => line.quote(seq, null));
  assert.ok(line.quotes.size <= TIMELINE_MAX + 1);
});
