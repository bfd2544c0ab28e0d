import assert from "node:assert/strict";
import { test } from "node:test";
import { splitLinks } from "../../nginx/html/js/view/links.js";

const hrefs = (text) =>
  splitLinks(text).filter((p) => p.href).map((p) => p.href);
const joined = (text) => splitLinks(text).map((p) => p.text).join("");

test("text without addresses is one piece", () => {
  assert.deepEqual(splitLinks("just words"), [{ text: "just words" }]);
  assert.deepEqual(splitLinks(""), []);
});

test("addresses become links and the pieces are the text", () => {
  const text = "see https://a.example/x, http://b.example and more";
  assert.deepEqual(hrefs(text), ["https://a.example/x", "http://b.example/"]);
  assert.equal(joined(text), text);
});

test("the end of a sentence is not part of an address", () => {
  for (const end of [".", ",", "?!", "…", ")", "\"", "*", ")."]) {
    assert.deepEqual(hrefs(`https://a.example/x${end}`),
      ["https://a.example/x"], end);
  }
});

test("brackets that belong to an address stay in it", () => {
  assert.deepEqual(hrefs("(https://a.example/b_(c))"),
    ["https://a.example/b_(c)"]);
});

test("only http and https are links", () => {
  for (const text of ["javascript:alert(1)", "data:text/html,x",
    "ftp://a.example", "xhttps://a.example", "https://", "http:/a"]) {
    assert.deepEqual(hrefs(text), [], text);
  }
});

test("an address that pretends to be another is no link", () => {
  assert.deepEqual(hrefs("https://bank.example@evil.example/"), []);
  assert.deepEqual(hrefs("https://a.example/\u202egpj.exe"),
    ["https://a.example/"]);
});

test("a long text of brackets takes no long time", () => {
  const text = `https://a.example/${")".repeat(4000)}`;
  assert.deepEqual(hrefs(text), ["https://a.example/"]);
});
