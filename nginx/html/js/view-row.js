/*
 * One row of the message list, as rows.js describes it, as an element.
 */

import { avatar, clockTime, dayTime, el, marginTime, nickElement }
  from "./dom.js";
import { splitLinks } from "./links.js";
import { explain } from "./wording.js";

/* Names that one quiet line spells out. */
const NAMES_MAX = 6;

function link({ text, href }) {
  return href
    ? el("a", { href, target: "_blank", rel: "noopener noreferrer nofollow" },
      text)
    : text;
}

function textOf(item) {
  if (item.deleted) {
    return el("span", { class: "text deleted" }, "Message deleted");
  }
  return el("div", { class: "text", dir: "auto" },
    ...splitLinks(item.text ?? "").map(link),
    item.edited ? el("span", { class: "edited" }, " (edited)") : null);
}

function failure(row, actions) {
  if (row.state !== "failed") {
    return null;
  }
  const { id } = row.item;
  return el("div", { class: "failure", role: "alert" },
    `Not sent. ${explain({ code: row.item.code })}`,
    el("button", { type: "button", class: "plain", "data-do": "retry",
      onclick: () => actions.retry(id) }, "Retry"),
    el("button", { type: "button", class: "plain", "data-do": "discard",
      onclick: () => actions.discard(id) }, "Discard"));
}

function line(side, ...body) {
  return el("div", { class: "line" },
    el("div", { class: "side" }, side),
    el("div", { class: "body" }, ...body));
}

function message(row, actions) {
  const { at } = row.item;
  const head = el("div", { class: "head" },
    nickElement(row.author), clockTime(at));
  return row.first
    ? line(avatar(row.author), head, textOf(row.item), failure(row, actions))
    : line(marginTime(at), textOf(row.item), failure(row, actions));
}

function action(row, actions) {
  const text = textOf(row.item);
  text.prepend(nickElement(row.author), " ");
  return line(marginTime(row.item.at), text, failure(row, actions));
}

/* "alice, bob and 3 others" as nodes. */
function names(nicks) {
  const shown = nicks.length > NAMES_MAX
    ? nicks.slice(0, NAMES_MAX - 1) : nicks;
  const rest = nicks.length - shown.length;
  const nodes = shown.map((nick) => el("bdi", { class: "nick" }, nick));
  if (rest > 0) {
    nodes.push(`${rest} others`);
  }
  return nodes.flatMap((node, i) =>
    i === 0 ? [node] : [i === nodes.length - 1 ? " and " : ", ", node]);
}

function presence(row) {
  const byWhat = new Map();
  for (const [nick, what] of row.changes) {
    byWhat.set(what, [...byWhat.get(what) ?? [], nick]);
  }
  const parts = [...byWhat].flatMap(([what, nicks], i) =>
    [i > 0 ? " · " : "", ...names(nicks), ` ${what}`]);
  return line(marginTime(row.item.at), el("div", { class: "text" }, ...parts));
}

/* What a notice says after the nick of the one who did it. */
const notices = {
  nick: (event) => ["is now known as ", el("bdi", {}, event.to)],
  room: () => ["made this room"],
  topic: (event) =>
    ["changed the topic: ", el("bdi", {}, event.topic ?? event.text ?? "")],
};

function notice(row) {
  const who = row.author
    ? el("bdi", { class: "nick" }, row.author) : "The site";
  const what = notices[row.item.type](row.item);
  return line(marginTime(row.item.at),
    el("div", { class: "text" }, who, " ", ...what));
}

const kinds = { message, action, presence, notice };

/**
 * @param {object} row see rows.js
 * @param {{retry, discard}} actions take the id of a failed message
 */
export function rowElement(row, actions) {
  const { item } = row;
  const classes = ["row", row.kind, row.first && "first", row.own && "own",
    row.state !== "done" && row.state];
  return el("li", {
    class: classes.filter(Boolean).join(" "),
    "data-type": item.type,
    "data-state": row.state,
    "data-seq": item.seq,
    "data-id": item.id,
    "data-from": row.author,
  },
  row.day === null ? null
    : el("div", { class: "day", role: "separator" }, dayTime(row.day)),
  kinds[row.kind](row, actions));
}
