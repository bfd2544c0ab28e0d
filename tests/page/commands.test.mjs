import assert from "node:assert/strict";
import { test } from "node:test";
import { parseInput, textBytes } from "../../nginx/html/js/commands.js";

test("text is said as it is", () => {
  for (const text of ["hello", " two  blanks ", "a\nb", "/usr/bin", "/ x"]) {
    assert.deepEqual(parseInput(text), { kind: "say", type: "message", text });
  }
});

test("blanks alone are nothing", () => {
  assert.deepEqual(parseInput(" \n\t"), { kind: "nothing" });
});

test("/me says an action", () => {
  assert.deepEqual(parseInput("/me waves"),
    { kind: "say", type: "action", text: "waves" });
  assert.equal(parseInput("/me").kind, "hint");
});

test("two slashes say one", () => {
  assert.deepEqual(parseInput("//me waves"),
    { kind: "say", type: "message", text: "/me waves" });
});

test("rooms are joined with or without their sign", () => {
  assert.deepEqual(parseInput("/join #dev"), { kind: "join", room: "dev" });
  assert.deepEqual(parseInput("/JOIN dev "), { kind: "join", room: "dev" });
  assert.equal(parseInput("/join").kind, "hint");
});

test("unknown commands give a hint, also those that objects have", () => {
  for (const text of ["/nick bob", "/constructor", "/toString x"]) {
    assert.equal(parseInput(text).kind, "hint", text);
  }
});

test("bytes are counted as UTF-8", () => {
  assert.equal(textBytes("aé€😀"), 10);
});
