/*
 * What was typed: a message, or a command of the page. Commands begin with a
 * slash and a word; "//" stands for a slash that is text. Whom a command is
 * about is a nick with or without "@", in quotes if it has blanks.
 */

const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 };

const hint = (text) => ({ kind: "hint", text });
const call = (name, ...args) => ({ kind: "call", name, args });

const roomOf = (word) => word.replace(/^#/, "");

/* The first word, or what is in quotes, and the rest. */
function takeNick(rest) {
  const match = /^\s*@?(?:"([^"]*)"|(\S+))\s*([^]*)$/.exec(rest);
  return match
    ? { nick: match[1] ?? match[2], rest: match[3].trim() } : { nick: "" };
}

/* "10m because": for ten minutes. Without a time: for ever. */
function takeTime(rest) {
  const match = /^(\d{1,9})([smhd])(?:\s+([^]*))?$/i.exec(rest);
  return match
    ? { seconds: match[1] * SECONDS[match[2].toLowerCase()],
      reason: match[3] || undefined }
    : { seconds: undefined, reason: rest || undefined };
}

/* Those that do something to somebody: null if it is not said to whom. */
const about = (run) => (text) => {
  const { nick, rest } = takeNick(text);
  return nick ? run(nick, rest) : null;
};

const timed = (name) => about((nick, rest) => {
  const { seconds, reason } = takeTime(rest);
  return call(name, nick, seconds, reason);
});

/*
 * By name: how it is written, what it does, and `parse`, which makes of what
 * follows the name an input as parseInput() gives it, or null: something is
 * missing.
 */
const commands = {
  me: { usage: "/me waves", does: "says what you do",
    parse: (rest) => rest.trim()
      ? { kind: "say", type: "action", text: rest } : null },
  msg: { usage: "/msg nick hello", does: "says something to one person alone",
    parse: about((nick, text) => call("message", nick, text)) },
  nick: { usage: "/nick name", does: "changes your name",
    parse: (rest) => rest.trim() ? call("changeNick", rest.trim()) : null },
  join: { usage: "/join room", does: "enters a room, or makes it; a " +
    "passphrase may follow",
  parse: (rest) => {
    const [room, ...phrase] = rest.trim().split(/\s+/);
    return room ? call("joinRoom", roomOf(room),
      { passphrase: phrase.join(" ") || undefined }) : null;
  } },
  leave: { usage: "/leave", does: "leaves this room",
    parse: () => call("leaveRoom") },
  topic: { usage: "/topic text", does: "says what the room is about",
    parse: (rest) => rest.trim() ? call("setTopic", rest.trim()) : null },
  invite: { usage: "/invite nick", does: "lets somebody into this room",
    parse: about((nick) => call("invite", nick)) },
  kick: { usage: "/kick nick reason", does: "puts somebody out of this room",
    parse: about((nick, rest) => call("kick", nick, rest || undefined)) },
  mute: { usage: "/mute nick 10m reason", does: "lets somebody only read",
    parse: timed("mute") },
  unmute: { usage: "/unmute nick", does: "lets them write again",
    parse: about((nick) => call("unmute", nick)) },
  ban: { usage: "/ban nick 2h reason", does: "keeps somebody out of this room",
    parse: timed("ban") },
  unban: { usage: "/unban nick", does: "lets them in again",
    parse: about((nick) => call("unban", nick)) },
  search: { usage: "/search words", does: "finds what was said",
    parse: (rest) => ({ kind: "search", text: rest.trim() }) },
  help: { usage: "/help command", does: "tells what a command does",
    parse: (rest) =>
      ({ ...hint(help(rest.trim().replace(/^\//, ""))), done: true }) },
};

const find = (name) => Object.hasOwn(commands, name) ? commands[name] : null;

/** What there is, or what one command does. */
function help(name) {
  const command = find(name.toLowerCase());
  return command
    ? `${command.usage} — ${command.does}.`
    : `Commands: /${Object.keys(commands).join(" /")}. ` +
      "/help kick tells of one; // begins with a slash.";
}

/**
 * @param {string} input
 * @returns one of {kind: "nothing"}, {kind: "say", type, text},
 *   {kind: "call", name, args} (a function of the chat), {kind: "search",
 *   text}, {kind: "hint", text, done} (`done`: there is nothing to correct)
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
  const command = find(match[1].toLowerCase());
  return command
    ? command.parse(match[2] ?? "") ?? hint(help(match[1]))
    : hint(`There is no command /${match[1]}. ${help("")}`);
}

const encoder = new TextEncoder();

/** The size of a text as the server counts it: bytes of UTF-8. */
export function textBytes(text) {
  return encoder.encode(text).length;
}
