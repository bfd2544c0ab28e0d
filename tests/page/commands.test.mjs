import assert from "node:assert/strict";
import fs from "node:fs";
import { test } from "node:test";
import { commandNames, parseInput }
  from "../../nginx/html/js/chat/commands.js";
import { useCatalogue } from "../../nginx/html/js/i18n.js";

const ENGLISH = new URL("../../nginx/html/lang/en.more.json", import.meta.url);
useCatalogue(JSON.parse(fs.readFileSync(ENGLISH, "utf8")), "en");

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
  const dev = { kind: "call", name: "joinRoom",
    args: ["dev", { passphrase: undefined }] };
  assert.deepEqual(parseInput("/join #dev"), dev);
  assert.deepEqual(parseInput("/JOIN dev "), dev);
  assert.equal(parseInput("/join").kind, "hint");
  assert.deepEqual(parseInput("/join dev open sesame").args[1],
    { passphrase: "open sesame" });
});

test("people are named plainly, with an @, or in quotes", () => {
  for (const who of ["bob", "@bob", "\"bob\"", "@\"bob\""]) {
    assert.deepEqual(parseInput(`/msg ${who} hi  there`),
      { kind: "call", name: "message", args: ["bob", "hi  there"] }, who);
  }
  assert.deepEqual(parseInput("/kick \"Bob Smith\" rude").args,
    ["Bob Smith", "rude"]);
  assert.match(parseInput("/kick").text, /^\/kick nick/);
});

test("mutes and bans are for a time, or for ever", () => {
  const args = (text) => parseInput(text).args;
  assert.deepEqual(args("/mute bob 10m too loud"), ["bob", 600, "too loud"]);
  assert.deepEqual(args("/ban bob 2H"), ["bob", 7200, undefined]);
  assert.deepEqual(args("/ban bob"), ["bob", undefined, undefined]);
  assert.deepEqual(args("/ban bob 10 reasons"),
    ["bob", undefined, "10 reasons"]);
});

test("every command tells what it is for", () => {
  const names = parseInput("/help").text.match(/\/[a-z]+/g);
  assert.ok(names.length > 12);
  for (const name of names.filter((n) => n !== "/help")) {
    assert.match(parseInput(`/help ${name}`).text, new RegExp(`^${name}\\b`));
  }
});

test("what was said is undone back to a time, which must be said", () => {
  assert.deepEqual(parseInput("/undo bob 10m spam").args,
    ["bob", 600, { reason: "spam" }]);
  assert.match(parseInput("/undo bob").text, /^\/undo nick/);
});

test("one is offered what one may use", () => {
  assert.ok(commandNames().includes("me"));
  assert.ok(!commandNames().includes("kick"));
  const rights = { moderate: true };
  assert.ok(commandNames(rights).includes("kick"));
  assert.ok(!commandNames(rights).includes("mod"));
});

test("unknown commands give a hint, also those that objects have", () => {
  for (const text of ["/fly", "/constructor", "/toString x"]) {
    assert.match(parseInput(text).text, /^There is no command/, text);
  }
});
