/*
 * What was typed: a message, or a command: a slash and a word. Two slashes are
 * one that is text. Nicks are with or without "@", in quotes if they have
 * blanks.
 */

import { t } from "../i18n.js";

const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 };

const hint = (text) => ({ kind: "hint", text });
const call = (name, ...args) => ({ kind: "call", name, args });

/** How a command is written, and what it does. */
export const usageOf = (name) => t(`command.${name}`);

/* For what is about somebody: null if it is not said about whom. */
const about = (run) => (text) => {
  const match = /^\s*@?(?:"([^"]+)"|(\S+))\s*([^]*)$/.exec(text);
  return match && run(match[1] ?? match[2], match[3].trim());
};

/* "10m because": for ten minutes. Without a time: for ever. */
function takeTime(rest) {
  const match = /^(\d{1,9})([smhd])(?:\s+([^]*))?$/i.exec(rest);
  return match
    ? [match[1] * SECONDS[match[2].toLowerCase()], match[3] || undefined]
    : [undefined, rest || undefined];
}

const timed = (name) =>
  about((nick, rest) => call(name, nick, ...takeTime(rest)));

const ranked = (rank) => about((nick) => call("rank", nick, rank));

/*
 * By name: what makes of the text behind it an input as parseInput() gives it,
 * or nothing if something is missing; and the right it takes, see rights.js.
 */
const COMMANDS = {
  me: [(rest) => rest.trim() && { kind: "say", type: "action", text: rest }],
  msg: [about((nick, text) => call("message", nick, text))],
  nick: [(rest) => rest.trim() && call("changeNick", rest.trim())],
  join: [(rest) => {
    const [room, ...phrase] = rest.trim().split(/\s+/);
    return room && call("joinRoom", room.replace(/^#/, ""),
      { passphrase: phrase.join(" ") || undefined });
  }],
  leave: [() => call("leaveRoom")],
  whois: [about((nick) => ({ kind: "person", text: nick }))],
  search: [(rest) => ({ kind: "search", text: rest.trim() })],
  block: [about((nick) => call("block", nick, true))],
  unblock: [about((nick) => call("block", nick, false))],
  topic: [(rest) => rest.trim() && call("setTopic", rest.trim()), "moderate"],
  invite: [about((nick) => call("invite", nick)), "invite"],
  kick: [about((nick, why) => call("kick", nick, why || undefined)),
    "moderate"],
  mute: [timed("mute"), "moderate"],
  unmute: [about((nick) => call("unmute", nick)), "moderate"],
  ban: [timed("ban"), "moderate"],
  unban: [about((nick) => call("unban", nick)), "moderate"],
  undo: [about((nick, rest) => {
    const [seconds, reason] = takeTime(rest);
    return seconds && call("undo", nick, seconds, { reason });
  }), "moderate"],
  mod: [ranked("moderator"), "own"],
  unmod: [ranked(""), "own"],
  help: [(rest) =>
    ({ ...hint(help(rest.trim().replace(/^\//, ""))), done: true })],
};

/** The names of what somebody with these rights (rights.js) may use. */
export const commandNames = (rights = {}) => Object.keys(COMMANDS)
  .filter((name) => !COMMANDS[name][1] || rights[COMMANDS[name][1]]);

function help(name) {
  return Object.hasOwn(COMMANDS, name) ? usageOf(name)
    : t("commands.all", { names: `/${Object.keys(COMMANDS).join(" /")}` });
}

/**
 * @param {string} input
 * @returns one of {kind: "nothing"}, {kind: "say", type, text},
 *   {kind: "call", name, args} (a function of the chat), {kind: "search" or
 *   "person", text}, {kind: "hint", text, done} (`done`: nothing to correct)
 */
export function parseInput(input) {
  if (!input.trim()) {
    return { kind: "nothing" };
  }
  const [, word, rest = ""] = /^\/([a-z]+)(?:\s([^]*))?$/i.exec(input) ?? [];
  const name = word?.toLowerCase();
  if (!name) {
    return { kind: "say", type: "message", text: input.replace(/^\/\//, "/") };
  }
  return Object.hasOwn(COMMANDS, name)
    ? COMMANDS[name][0](rest) || hint(help(name))
    : hint(`${t("commands.unknown", { name: `/${name}` })} ${help("")}`);
}
