/* What people write, as nodes: code, emphasis, links, mentions. */

import { el } from "./dom.js";

const FENCE = /\n?```(?:([\w+#.-]*)\n)?([^]*?)\n?```\n?/g;
/* An address has no blanks or quotes, nor what makes it look like another. */
const TOKEN = new RegExp("`[^`]+`|\\*+|_+|@|" +
  "\\bhttps?://[^\\s<>\"`\\p{Cc}\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069]+",
"giu");
const TAGS = { "**": "strong", "*": "em", _: "em" };
/* What stands before a mark that opens nothing: 2*3, snake_case, ^_^ */
const NO_OPENING = /[\p{LC}\p{N}.^<>@-]/u;
const WORD = /[\p{LC}\p{N}]/u;
/* May end an address but more likely ends the sentence. */
const TRAILING = /[.,;:!?'"*_~…»”’]/;
const PAIRS = { ")": "(", "]": "[", "}": "{" };

/* "(see https://example.org/a_(b))" ends before the last bracket. */
function trim(address) {
  const counts = {};
  for (const character of address) {
    counts[character] = (counts[character] ?? 0) + 1;
  }
  let end = address.length;
  for (; end > 0; end--) {
    const last = address[end - 1];
    const isExtra = counts[last] > (counts[PAIRS[last]] ?? 0);
    if (PAIRS[last] && isExtra) {
      counts[last] -= 1;
    } else if (!TRAILING.test(last)) {
      break;
    }
  }
  return address.slice(0, end);
}

/* The address as the browser understands it; null if it should be no link. */
function target(address) {
  try {
    const url = new URL(address);
    // "https://bank.example@evil.example/" is no link.
    return url.hostname && !url.username && !url.password ? url.href : null;
  } catch {
    return null;
  }
}

/* The emphasis of one line: a frame for each mark that has been opened. */
function createFrames() {
  const frames = [{ sign: "", pieces: [] }];
  const put = (piece) => piece && frames.at(-1).pieces.push(piece);

  /* It was not closed: its sign is text. */
  function abandon(i) {
    const [{ sign, pieces }] = frames.splice(i, 1);
    frames[i - 1].pieces.push(sign, ...pieces);
  }

  function abandonFrom(i) {
    while (frames.length > i) {
      abandon(frames.length - 1);
    }
  }

  function close(i) {
    abandonFrom(i + 1);
    const { sign, pieces } = frames.pop();
    put({ tag: TAGS[sign], children: pieces });
  }

  function mark(sign, canOpen, canClose) {
    const i = frames.findIndex((frame) => frame.sign === sign);
    if (i > 0 && canClose && frames[i].pieces.length > 0) {
      close(i);
    } else if (canOpen) {
      if (i > 0) {
        abandon(i);
      }
      frames.push({ sign, pieces: [] });
    } else {
      put(sign);
    }
  }

  return {
    put,
    marks(run, before, after) {
      const canOpen = /\S/.test(after) && !NO_OPENING.test(before);
      const canClose = /\S/.test(before) && !WORD.test(after);
      if (run === "***") {
        const signs = canClose && frames.at(-1).sign === "*"
          ? ["*", "**"] : ["**", "*"];
        signs.forEach((sign) => mark(sign, canOpen, canClose));
      } else if (Object.hasOwn(TAGS, run)) {
        mark(run, canOpen, canClose);
      } else {
        put(run);
      }
    },
    end() {
      abandonFrom(1);
      return frames[0].pieces;
    },
  };
}

/* What each token is, by how it begins: its piece, and how long that is. */
const takers = {
  "`": ([token]) => [{ tag: "code", children: [token.slice(1, -1)] }, token],
  h: ([token]) => {
    const address = trim(token);
    const href = target(address);
    return href ? [{ tag: "a", children: [address], attributes: {
      href, target: "_blank", rel: "noopener noreferrer nofollow" } }, address]
      : [token, token];
  },
  "@": ({ index, input }, { nick, names }) => {
    const begins = index === 0 || !WORD.test(input[index - 1]);
    const name = begins && names.find((n) =>
      input.substr(index + 1, n.length).toLowerCase() === n.toLowerCase() &&
      !WORD.test(input[index + 1 + n.length] ?? ""));
    const text = input.substr(index, 1 + (name ? name.length : 0));
    return [name ? { tag: "bdi", children: [text],
      attributes: { class: name === nick ? "mention me" : "mention" } }
      : text, text];
  },
};

function parseLine(line, people) {
  const frames = createFrames();
  const token = new RegExp(TOKEN);
  let end = 0;
  for (let match; (match = token.exec(line)); token.lastIndex = end) {
    const { index, 0: found } = match;
    frames.put(line.slice(end, index));
    const take = takers[found[0].toLowerCase()];
    if (take) {
      const [piece, text] = take(match, people);
      frames.put(piece);
      end = index + text.length;
    } else {
      end = index + found.length;
      frames.marks(found, line[index - 1] ?? " ", line[end] ?? " ");
    }
  }
  frames.put(line.slice(end));
  return frames.end();
}

const parseLines = (text, people) => text.split("\n").flatMap((line, i) =>
  i === 0 ? parseLine(line, people) : ["\n", ...parseLine(line, people)]);

const block = (language, code) => ({ tag: "pre",
  attributes: { "data-language": language, tabindex: "0" },
  children: [{ tag: "code", children: [code] }] });

/**
 * @returns {(string|{tag, attributes, children})[]} the pieces of a text: see
 *   renderText(), which makes nodes of them
 */
export function parseText(text, { nick, mentions = [] } = {}) {
  const names = [...new Set([nick, ...mentions])].filter(Boolean)
    .sort((a, b) => b.length - a.length);
  const pieces = [];
  let end = 0;
  const put = (plain) => plain &&
    pieces.push(...parseLines(plain, { nick, names }));
  for (const { index, 0: { length }, 1: language, 2: code }
    of text.matchAll(FENCE)) {
    if (code.trim()) {
      put(text.slice(end, index));
      pieces.push(block(language, code));
      end = index + length;
    }
  }
  put(text.slice(end));
  return pieces;
}

const toNode = (piece) => typeof piece === "string" ? piece
  : el(piece.tag, piece.attributes, ...piece.children.map(toNode));

/**
 * The children of an element for a message's text.
 * @param {string} text
 * @param {{nick?: string, mentions?: string[]}} [people] who reads it, and
 *   whom the message mentions
 */
export function renderText(text, people) {
  return parseText(text, people).map(toNode);
}
