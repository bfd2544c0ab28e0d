/* What people write, as nodes: code, emphasis, links, mentions. */

import { el } from "./dom.js";

const FENCE = /\n?```(?:([\w+#.-]*)\n)?([^]*?)\n?```\n?/g;
const TOKEN = new RegExp("`[^`]+`|\\*+|_+|@|" +
  "\\bhttps?://[^\\s<>\"`\\p{Cc}\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069]+",
"giu");
/* May end an address, but more likely ends the sentence. */
const TRAILING = ".,;:!?'\"*_~…»”’";
const BRACKETS = { "(": ")", "[": "]", "{": "}" };
const CLOSING = Object.values(BRACKETS);
const WORD = /[\p{LC}\p{N}]/u;
/* What stands before a mark that opens nothing: 2*3, snake_case, ^_^ */
const NO_OPENING = /[\p{LC}\p{N}.^<>@-]/u;

const strong = (...children) => el("strong", {}, ...children);
const em = (...children) => el("em", {}, ...children);
const EMPHASIS = { "**": strong, "*": em, _: em,
  "***": (...children) => strong(em(...children)) };

/* "(see https://example.org/a_(b))" ends before the last bracket. */
function trim(address) {
  const open = [];
  let end = 0;
  for (let i = 0; i < address.length; i++) {
    const character = address[i];
    const isExtra = CLOSING.includes(character) && open.pop() !== character;
    if (BRACKETS[character]) {
      open.push(BRACKETS[character]);
    }
    if (!isExtra && !TRAILING.includes(character)) {
      end = i + 1;
    }
  }
  return address.slice(0, end);
}

function link(token) {
  const address = trim(token);
  try {
    const { href, hostname, username, password } = new URL(address);
    // "https://bank.example@evil.example/" is no link.
    return hostname && !username && !password
      ? [el("a", { href, target: "_blank",
        rel: "noopener noreferrer nofollow" }, address), address.length]
      : [token, token.length];
  } catch {
    return [token, token.length];
  }
}

function mention(sign, line, index, { nick, names }) {
  const rest = line.slice(index + 1);
  const name = !WORD.test(line[index - 1] ?? "") && names.find((n) =>
    rest.slice(0, n.length).toLowerCase() === n.toLowerCase() &&
    !WORD.test(rest[n.length] ?? ""));
  return name ? [el("bdi", { class: name === nick ? "mention me" : "mention" },
    sign + rest.slice(0, name.length)), 1 + name.length] : [sign, 1];
}

/* By how a token begins: what becomes of how many characters. */
const TOKENS = {
  "`": (token) => [el("code", {}, token.slice(1, -1)), token.length],
  h: link,
  "@": mention,
};

/* Each open mark has a frame: its sign, and what is in it so far. */
function renderLine(line, people) {
  const frames = [[""]];
  const put = (piece) => piece && frames.at(-1).push(piece);
  const abandon = (i) => frames[i - 1].push(...frames.splice(i, 1)[0]);

  function abandonFrom(i) {
    while (frames.length > i) {
      abandon(frames.length - 1);
    }
  }

  function mark(sign, before, after) {
    const i = frames.findIndex(([open]) => open === sign);
    if (i > 0 && frames[i].length > 1 && before.trim() && !WORD.test(after)) {
      abandonFrom(i + 1);
      put(EMPHASIS[sign](...frames.pop().slice(1)));
    } else if (EMPHASIS[sign] && after.trim() && !NO_OPENING.test(before)) {
      if (i > 0) {
        abandon(i);
      }
      frames.push([sign]);
    } else {
      put(sign);
    }
  }

  const pattern = new RegExp(TOKEN);
  let end = 0;
  for (let match; (match = pattern.exec(line)); pattern.lastIndex = end) {
    const { index, 0: token } = match;
    put(line.slice(end, index));
    end = index + token.length;
    const take = TOKENS[token[0].toLowerCase()];
    if (take) {
      const [piece, length] = take(token, line, index, people);
      put(piece);
      end = index + length;
    } else {
      mark(token, line[index - 1] ?? " ", line[end] ?? " ");
    }
  }
  put(line.slice(end));
  abandonFrom(1);
  return frames[0];
}

/** @returns {(string|Node)[]} for a reader `nick`; see PAGE.md */
export function renderText(text, { nick, mentions = [] } = {}) {
  const names = [nick, ...mentions].filter(Boolean)
    .sort((a, b) => b.length - a.length);
  const pieces = [];
  const put = (plain) => plain.split("\n").forEach((line, i) =>
    pieces.push(i ? "\n" : "", ...renderLine(line, { nick, names })));
  let end = 0;
  for (const { index, 0: { length }, 1: language, 2: code }
    of text.matchAll(FENCE)) {
    if (code.trim()) {
      put(text.slice(end, index));
      pieces.push(el("pre", { "data-language": language, tabindex: "0" },
        el("code", {}, code)));
      end = index + length;
    }
  }
  put(text.slice(end));
  return pieces.filter(Boolean);
}
