import assert from "node:assert/strict";
import { test } from "node:test";
import { HIDDEN, isSameRow, layOut as layOutFor } from "../../nginx/html/js/chat/timeline.js";
import { event } from "./fakes.mjs";

const NOBODY = new Set();
const layOut = (entries, waiting, nick, reader = {}, quotes = new Map()) =>
  layOutFor({ entries, quotes }, waiting,
    { nick, muted: NOBODY, opened: NOBODY, newAfter: null, ...reader });

const MINUTE = 60_000;
const NOON = new Date(2026, 0, 5, 12).getTime();
const at = (minutes, seq, fields) =>
  event(seq, { at: NOON + minutes * MINUTE, ...fields });

test("an author's messages are one group for a while", () => {
  const rows = layOut(
    [at(0, 1), at(1, 2), at(2, 3, { from: "carol" }), at(3, 4), at(9, 5)],
    [], "alice");
  assert.deepEqual(rows.map((r) => r.first), [true, false, true, true, true]);
});

test("a program is nobody, whatever it calls itself", () => {
  const rows = layOut([at(0, 1, { from: "alice" }),
    at(1, 2, { from: "alice", hook: true })], [], "alice");
  assert.deepEqual(rows.map((r) => r.own), [true, false]);
  assert.deepEqual(rows.map((r) => r.first), [true, true]);
});

test("each day begins once", () => {
  const rows = layOut([at(0, 1), at(1, 2), at(24 * 60, 3)], [], "alice");
  assert.deepEqual(rows.map((r) => r.day !== null), [true, false, true]);
});

test("comings and goings share one row, and cancel each other out", () => {
  const by = (type, from) => ({ type, from });
  const rows = layOut([
    at(0, 1, by("join", "bob")), at(1, 2, by("join", "carol")),
    at(2, 3, by("leave", "bob")), at(3, 4, by("leave", "dan")),
    at(4, 5, by("join", "dan")), at(5, 6),
  ], [], "alice");
  assert.equal(rows.length, 2);
  assert.deepEqual([...rows[0].changes], [["bob", "visited"],
    ["carol", "joined"], ["dan", "returned"]]);
});

test("what waits to be sent comes last and is our own", () => {
  const waiting = [{ id: "x", at: NOON, type: "message", text: "hi",
    state: "pending" }];
  const rows = layOut([at(0, 1)], waiting, "alice");
  assert.equal(rows[1].own, true);
  assert.equal(rows[1].state, "pending");
  assert.equal(rows[0].own, false);
});

test("keys are unique, whatever ids people choose", () => {
  const same = { id: "1", from: "alice" };
  const rows = layOut([at(0, 1, same), at(1, 2, same)],
    [{ ...same, at: NOON, type: "message", text: "x", state: "pending" }],
    "alice");
  assert.equal(new Set(rows.map((row) => row.key)).size, 3);
});

test("a row is drawn anew only if it changed", () => {
  const events = [at(0, 1), at(1, 2)];
  const [before] = layOut(events, [], "alice");
  assert.ok(isSameRow(before, layOut(events, [], "alice")[0]));
  const edited = [{ ...events[0], text: "new" }, events[1]];
  assert.ok(!isSameRow(before, layOut(edited, [], "alice")[0]));
});

test("what comes after what one has read begins with a line, once", () => {
  const events = [at(0, 1), at(1, 2, { from: "alice" }), at(2, 3), at(3, 4)];
  const lines = (newAfter) =>
    layOut(events, [], "alice", { newAfter }).map((row) => row.isNew);
  assert.deepEqual(lines(1), [false, false, true, false], "not at our own");
  assert.deepEqual(lines(null), [false, false, false, false]);
  assert.equal(layOut(events, [], "bob", { newAfter: 1 })[1].first, true);
});

test("a reply has what it is about, from wherever it is held", () => {
  const reply = (seq, target) => at(seq, seq, { reply_to: target });
  const far = event(1);
  const quotes = new Map([[1, far], [2, null]]);
  const rows = layOut([at(0, 5), reply(6, 5), reply(7, 1), reply(8, 2),
    reply(9, 3)], [], "alice", {}, quotes);
  assert.deepEqual(rows.map(({ quote }) => quote),
    [undefined, rows[0].item, far, null, undefined]);
});

test("what somebody muted says is hidden until it is opened", () => {
  const events = [at(0, 1), at(1, 2, { hook: 4 }), at(2, 3)];
  const hidden = (opened) => layOut(events, [], "alice",
    { muted: new Set(["bob"]), opened: new Set(opened) })
    .map(({ isMuted, isThere }) => isMuted && !isThere);
  assert.deepEqual(hidden([]), [true, false, true], "but not a program's");
  assert.deepEqual(hidden(["e3"]), [true, false, false]);
  const [, reply] = layOut([at(0, 1), at(1, 2, { from: "carol", reply_to: 1 })],
    [], "alice", { muted: new Set(["bob"]) });
  assert.equal(reply.quote, HIDDEN, "nor is it quoted");
});
