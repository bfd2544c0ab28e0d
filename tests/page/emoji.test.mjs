import assert from "node:assert/strict";
import { test } from "node:test";
import { findEmoji, loadEmoji, withEmoji }
  from "../../nginx/html/js/view/emoji.js";
import { TABLE } from "../../nginx/html/js/view/emoji-table.js";

test("names are text until the emoji are loaded", async () => {
  assert.equal(withEmoji(":tea:"), ":tea:");
  await loadEmoji();
  assert.equal(withEmoji(":tea:"), "🍵");
});

test("names become emoji, unless they are something else", () => {
  for (const [text, expected] of Object.entries({
    "a :tea: b": "a 🍵 b",
    "(:tea:)": "(🍵)",
    ":tea::tea:": ":tea::tea:",
    ":+1: :-1: :100:": "👍 👎 💯",
    ":nothing: :constructor:": ":nothing: :constructor:",
    "std::x::y 10:30:45": "std::x::y 10:30:45",
    "`:tea:` ```\n:tea:\n```": "`:tea:` ```\n:tea:\n```",
    "https://a.example/:tea:": "https://a.example/:tea:",
  })) {
    assert.equal(withEmoji(text), expected);
  }
});

test("emoji are found by a part of their names, the beginning first", () => {
  const names = findEmoji("sm").map(([name]) => name);
  assert.ok(names.includes("smile") && names.includes("sweat_smile"));
  assert.ok(names.indexOf("smile") < names.indexOf("sweat_smile"));
  assert.deepEqual(findEmoji("qqq"), []);
  assert.ok(findEmoji("").length > 140);
});

test("each has one name, and is one character for the server", () => {
  const entries = [...TABLE.matchAll(/(\S+) (\S+)/g)];
  assert.equal(new Set(entries.map(([, emoji]) => emoji)).size, entries.length);
  assert.equal(new Set(entries.map(([, , name]) => name)).size, entries.length);
  const segmenter = new Intl.Segmenter();
  for (const [, emoji, name] of entries) {
    assert.equal([...segmenter.segment(emoji)].length, 1, emoji);
    assert.match(name, /^[\w+-]+$/);
  }
});
