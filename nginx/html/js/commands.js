/*
 * What was typed: a message, or a command of the page. Commands begin with a
 * slash and a word; "//" stands for a slash that is text.
 */

export const HELP =
  "Commands: /me waves · /join room · /leave · /help. // begins with a slash.";

const needs = (name, what) =>
  ({ kind: "hint", text: `/${name} needs ${what}` });

const commands = {
  me: (rest) => rest.trim()
    ? { kind: "say", type: "action", text: rest }
    : needs("me", "something to do: /me waves"),
  join: (rest) => rest.trim()
    ? { kind: "join", room: rest.trim().replace(/^#/, "") }
    : needs("join", "a room: /join dev"),
  leave: () => ({ kind: "leave" }),
  help: () => ({ kind: "hint", text: HELP }),
};

/**
 * @param {string} input
 * @returns one of {kind: "nothing"}, {kind: "say", type, text},
 *   {kind: "join", room}, {kind: "leave"}, {kind: "hint", text}
 */
export function parseInput(input) {
  if (!input.trim()) {
    return { kind: "nothing" };
  }
  if (input.startsWith("//")) {
    return { kind: "say", type: "message", text: input.slice(1) };
  }
  const match = /^\/([a-z]+)(?:\s([^]*))?$/i.exec(input);
  if (!match) {
    return { kind: "say", type: "message", text: input };
  }
  const name = match[1].toLowerCase();
  return Object.hasOwn(commands, name)
    ? commands[name](match[2] ?? "")
    : { kind: "hint", text: `There is no command /${name}. ${HELP}` };
}

const encoder = new TextEncoder();

/** The size of a text as the server counts it: bytes of UTF-8. */
export function textBytes(text) {
  return encoder.encode(text).length;
}
