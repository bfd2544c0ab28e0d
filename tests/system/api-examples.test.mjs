// The examples and tables of fcgi/API.md against the programs: whoever changes
// the interface is told here that its document is behind.
//
// An example is a block of shell commands, `sh`, followed by a block with the
// status and body of its (last) reply, `text`. They are run in the order of
// the document on a fresh instance. What differs each time (the log's name,
// tokens) is learned from the first reply that has it, and so are positions in
// the log: the numbers shown may have gaps, but one is always the same event's,
// so that an example can come in between without all others being renumbered.
// The time of day is not compared. "…" stands for what is not shown again.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import fs from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { scenario } from "./harness.mjs";

const runFile = promisify(execFile);

const read = (name) => fs.readFileSync(
  fileURLToPath(new URL(`../../${name}`, import.meta.url)), "utf8");

const document = read("fcgi/API.md");

const examples = [...document.matchAll(
  /^```sh\n([^]*?)^```$[^`]*^```text\n(\d+)\n([^]*?)^```$/gm)]
  .map(([, commands, status, body]) => ({ commands, status, body }));

/** Runs commands as their reader would: the last request's reply. */
async function runCommands(commands, chat) {
  const separator = "\x1e";
  const curl = `curl() {
    printf '${separator}'
    command curl -s -w '\\n%{http_code}' "$@"
  }`;
  const { stdout } = await runFile("bash", ["-c", `${curl}\n${commands}`], {
    cwd: chat.dir,
    env: { ...process.env, CHAT: `http://127.0.0.1:${chat.port}/chat/v1` },
  });
  const reply = stdout.split(separator).at(-1);
  const end = reply.lastIndexOf("\n");
  return { status: reply.slice(end + 1), body: reply.slice(0, end) };
}

/** Fields whose number is a position in the log. */
const positions = new Set(["seq", "target", "reply_to"]);

/** What is in the document -> what this instance has in its place. */
class Substitutes {
  #pairs = new Map();
  #cursors = new Map();
  #seqs = new Map();

  /** Walks both, as far as they are alike. */
  learn(shown, got) {
    for (const [key, value] of Object.entries(shown ?? {})) {
      const other = got?.[key];
      if (typeof value === "object") this.learn(value, other);
      else if (key === "cursor" || key === "next") this.#cursor(value, other);
      else if (key === "token") this.#pairs.set(value, other);
      else if (positions.has(key)) this.#seq(value, other);
    }
  }

  /** The newest moment shown with a number is what it stands for. */
  #cursor(shown, got) {
    this.#cursors.set(shown, got);
    this.#pairs.set(shown.split(".")[0], `${got}`.split(".")[0]);
  }

  #seq(shown, got) {
    if (!this.#seqs.has(shown) && Number.isInteger(got)) {
      this.#seqs.set(shown, got);
    }
  }

  /** In a command, positions are known by what stands before them. */
  apply(text) {
    let result = text.replace(/\b[a-z0-9]{10}\.\d+\b/g,
      (cursor) => this.#cursors.get(cursor) ?? cursor);
    for (const [shown, got] of this.#pairs) {
      result = result.replaceAll(shown, got);
    }
    return result.replace(
      /(messages\/|before=|after=|around=|"reply_to":)(\d+)/g,
      (_, name, seq) => `${name}${this.#seqs.get(Number(seq)) ?? seq}`);
  }

  /** As apply(), for a reply. */
  value(shown) {
    return JSON.parse(this.apply(JSON.stringify(shown)), (key, item) =>
      (positions.has(key) ? this.#seqs.get(item) ?? item : item));
  }
}

/** Takes out of `value` what `shown` has "…" for, at any depth. */
function prune(value, shown) {
  for (const key of Object.keys(shown)) {
    if (shown[key] === "…") delete value[key];
    else if (shown[key] && typeof shown[key] === "object" && value[key]) {
      prune(value[key], shown[key]);
    }
  }
  return value;
}

/** `value` without what `shown` leaves out, times, and places in rooms. */
function comparable(value, shown) {
  return prune(JSON.parse(JSON.stringify(value), (key, item) =>
    (/^(at|edited|until|n)$/.test(key) ? typeof item : item)), shown);
}

function assertBody(body, example, substitutes) {
  if (example.body === "") {
    assert.equal(body.trim(), "", example.commands);
    return;
  }
  const shown = JSON.parse(example.body);
  const got = JSON.parse(body);
  substitutes.learn(shown, got);
  assert.deepEqual(comparable(got, shown),
    comparable(substitutes.value(shown), shown), example.commands);
}

// Nobody goes while the examples run, however long that takes.
scenario("the document's examples are what the programs answer", {
  settings: { "chat.presence_grace_seconds": 3600 },
}, async (chat) => {
  assert.ok(examples.length >= 15, `${examples.length} examples`);
  assert.equal(examples.length, document.match(/^```sh$/gm).length,
    "each example has its reply");
  const substitutes = new Substitutes();
  for (const example of examples) {
    const commands = substitutes.apply(example.commands);
    const { status, body } = await runCommands(commands, chat);
    assert.equal(status, example.status, `${commands}${body}`);
    assertBody(body, example, substitutes);
  }
});

const collect = (text, pattern, name) =>
  [...text.matchAll(pattern)].map(name).sort();

test("the document has every route", () => {
  const route = ([, method, path]) => `${method} /${path}`;
  // HEAD is said beside GET.
  const served = collect(read("fcgi/routes.c"),
    /\{HTTP_(?!HEAD)([A-Z]+), "([^"]+)"/g, route);
  // A heading's, or the first column of the table of health.
  const described = collect(document,
    /^(?:### .*|\| )`([A-Z]+) \/([^` ]+)`(?:$| \| 200 `)/gm, route);
  assert.deepEqual(described, served);
});

test("the document has every error with its status", () => {
  const words = new Map([...read("common/result.h").matchAll(
    /X\(([A-Z_]+), "([a-z_]+)"\)/g)].map(([, name, word]) => [name, word]));
  // Those without a title are told as another.
  const given = collect(read("fcgi/reply.c"),
    /\[CHAT_([A-Z_]+)\] = \{([45]\d\d), "/g,
    ([, name, status]) => `${status} ${words.get(name)}`);
  const described = collect(document, /^\| ([45]\d\d) \| `([a-z_]+)` \|/gm,
    ([, status, word]) => `${status} ${word}`);
  assert.deepEqual(described, given);
});

test("the document has every type of event and every reason", () => {
  const [, section] = document.match(/^### Types of events\n([^]*?)^### /m);
  const header = read("common/event.h");
  // Those that have no n are shown to nobody.
  const types = collect(header,
    /X\([A-Z_]+, "([a-z_]+)", true\) *\/\*(?!.*no n).*\*\//g,
    ([, word]) => word);
  const describedTypes = collect(section, /^\| `([a-z_]+)` \|/gm,
    ([, word]) => word);
  assert.deepEqual([...new Set(describedTypes)], types);
  // Who expires is gone already, so nobody is shown that.
  const reasons = collect(header, /X\([A-Z_]+, "([a-z_]+)"\)/g,
    ([, word]) => word).filter((word) => word !== "expired");
  const describedReasons = collect(section,
    /^\|(?: `[a-z]+`)? \| `([a-z_]+)` \|/gm, ([, word]) => word);
  assert.deepEqual(describedReasons, reasons);
});
