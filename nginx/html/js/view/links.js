/*
 * Finds web addresses in a message.
 */

/* Characters that may end an address but more likely end the sentence. */
const TRAILING = /[.,;:!?'"*_~…»”’]+$/u;
/* No blanks, quotes, nor what can make an address look like another. */
const ADDRESS =
  /\bhttps?:\/\/[^\s<>"`\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]+/giu;
const PAIRS = { ")": "(", "]": "[", "}": "{" };

const countOf = (text, character) => text.split(character).length - 1;

/* "(see https://example.org/a_(b))" ends before the last bracket. */
function trim(address) {
  for (;;) {
    const rest = address.replace(TRAILING, "");
    const close = rest.at(-1);
    const open = PAIRS[close];
    if (!open || countOf(rest, open) >= countOf(rest, close)) {
      return rest;
    }
    address = rest.slice(0, -1);
  }
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

/**
 * @param {string} text
 * @returns {{text: string, href?: string}[]} the pieces of `text` in order;
 *   those with `href` (http or https) are links
 */
export function splitLinks(text) {
  const pieces = [];
  let end = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const address = trim(match[0]);
    const href = target(address);
    if (href) {
      if (match.index > end) {
        pieces.push({ text: text.slice(end, match.index) });
      }
      pieces.push({ text: address, href });
      end = match.index + address.length;
    }
  }
  if (end < text.length) {
    pieces.push({ text: text.slice(end) });
  }
  return pieces;
}
