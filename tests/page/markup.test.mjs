import assert from "node:assert/strict";
import { test } from "node:test";
import { renderText, textOf } from "./document.mjs";

/* As HTML, but easier to read: <em>x</em>, <mention me>@x</mention me>. */
function shown(text, people) {
  const show = (piece) => {
    if (typeof piece === "string") return piece;
    const name = piece.attributes.class ?? piece.tag;
    return `<${name}>${piece.children.map(show).join("")}</${name}>`;
  };
  return renderText(text, people).map(show).join("");
}

function linksOf(pieces) {
  return pieces.flatMap((piece) => typeof piece === "string" ? []
    : piece.tag === "a" ? [piece.attributes.href] : linksOf(piece.children));
}
const hrefs = (text) => linksOf(renderText(text));

/** Each text and what is shown of it. */
function shows(cases, people) {
  for (const [text, expected] of Object.entries(cases)) {
    assert.equal(shown(text, people), expected);
  }
}

test("plain text is one piece", () => {
  assert.deepEqual(renderText("just words"), ["just words"]);
  assert.deepEqual(renderText(""), []);
});

test("text is made bold and italic", () => {
  shows({
    "a **b** c": "a <strong>b</strong> c",
    "*a* _b_": "<em>a</em> <em>b</em>",
    "***a***": "<strong><em>a</em></strong>",
    "**a *b* c**": "<strong>a <em>b</em> c</strong>",
    "(*a*) “_b_” **c**!": "(<em>a</em>) “<em>b</em>” <strong>c</strong>!",
    "这是**粗体**文字": "这是<strong>粗体</strong>文字",
  });
});

test("what only looks like a mark is text", () => {
  for (const text of ["snake_case_name", "2*3*4", "__init__", "* a\n* b",
    "**a\nb**", "a * b * c", "^_^ and ^_^", "T_T T_T", "****", "*", "**a* b_",
    "*** *** ***", "f**k s**t", ".*\\.js .*"]) {
    assert.equal(shown(text), text);
  }
});

test("marks that are not closed are text", () => {
  shows({
    "*a and *b*": "*a and <em>b</em>",
    "*a **b* c**": "<em>a **b</em> c**",
    "_a *b c_": "<em>a *b c</em>",
  });
});

test("code is shown as it is", () => {
  shows({
    "`*a* <b>`": "<code>*a* <b></code>",
    "a ` b": "a ` b",
    "`` a": "`` a",
    "`a\nb`": "`a\nb`",
  });
});

test("blocks of code keep their lines, and stand alone", () => {
  shows({
    "a\n```\nb  *c*\n\n d\n```\ne":
      "a<pre><code>b  *c*\n\n d</code></pre>e",
    "```x```": "<pre><code>x</code></pre>",
    "```not closed *a*": "```not closed <em>a</em>",
    "``````": "``````",
  });
  const [block] = renderText("```js\nlet a;\n```");
  assert.equal(block.attributes["data-language"], "js");
  assert.equal(textOf([block]), "let a;");
});

test("those who are mentioned stand out, the reader more", () => {
  shows({
    "@alice: hi": "<mention me>@alice</mention me>: hi",
    "@ALICE": "<mention me>@ALICE</mention me>",
    "(@Bob B. C)": "(<mention>@Bob B.</mention> C)",
    "*@bob*": "<em><mention>@bob</mention></em>",
    "me@alice @alicia @": "me@alice @alicia @",
  }, { nick: "alice", mentions: ["Bob", "Bob B.", "alice"] });
});

test("addresses become links and the rest is kept", () => {
  const text = "see https://a.example/x, http://b.example and more";
  assert.deepEqual(hrefs(text), ["https://a.example/x", "http://b.example/"]);
  assert.equal(textOf(renderText(text)), text);
});

test("marks within addresses are theirs, those around are not", () => {
  shows({
    "https://a.example/_b_/c": "<a>https://a.example/_b_/c</a>",
    "**https://a.example/b**": "<strong><a>https://a.example/b</a></strong>",
  });
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

/* ---- anything at all ---- */

const ALPHABET = ["*", "**", "***", "_", "__", "`", "```", "\n", " ", "@",
  "@al", "a", "b", "1", ".", "(", ")", "[", "<", ">", "\"", "https://a.b/",
  "http://", "\u0000", "\u202e", "\ud83d", "😀", "é", "中", "&amp;", "\\", "-"];

/* The same numbers in each run. */
function randomNumbers(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor(state / 2 ** 32 * below);
  };
}

function randomText(random) {
  return Array.from({ length: random(60) },
    () => ALPHABET[random(ALPHABET.length)]).join("");
}

function depthOf(pieces) {
  return Math.max(0, ...pieces.map((piece) =>
    typeof piece === "string" ? 0 : 1 + depthOf(piece.children)));
}

/* What a text may lose: marks, and at blocks line ends and a language. */
function assertKept(text, pieces) {
  let at = 0;
  for (const character of textOf(pieces)) {
    const next = text.indexOf(character, at);
    assert.ok(next >= 0, JSON.stringify(text));
    const lost = text.slice(at, next).replace(/```[\w+#.-]*\n/g, "");
    assert.match(lost, /^[*_`\n]*$/, JSON.stringify(text));
    at = next + character.length;
  }
  assert.match(text.slice(at), /^[*_`\n]*$/, JSON.stringify(text));
}

test("whatever is written is shown, whatever the marks in it", () => {
  const random = randomNumbers(7);
  for (let i = 0; i < 20_000; i++) {
    const text = randomText(random);
    const pieces = renderText(text, { nick: "al", mentions: ["a"] });
    assertKept(text, pieces);
    assert.ok(depthOf(pieces) <= 5, JSON.stringify(text));
  }
});

/* How many characters are looked at by the expressions that parse `text`. */
function countSteps(text) {
  const { exec } = RegExp.prototype;
  let steps = 0;
  RegExp.prototype.exec = function count(input) {
    const from = this.lastIndex;
    const match = exec.call(this, input);
    steps += (match ? match.index + match[0].length : input.length) - from;
    return match;
  };
  try {
    renderText(text, { nick: "a" });
  } finally {
    RegExp.prototype.exec = exec;
  }
  return steps;
}

test("hostile texts cost no more than their length", () => {
  const hostile = ["*", "**", "***a", "*a ", " *a", "_a ", "`", "``", "`\n",
    "````", "```a\n", "@a", "@", ")", "https://a.b/)", "https://a.b/((",
    "http://", "_*", "a_", "**a *b ", "*a _b "];
  for (const part of hostile) {
    const cost = (count) => countSteps(part.repeat(count));
    assert.ok(cost(4000) <= 9 * Math.max(cost(500), 500), part);
  }
});
