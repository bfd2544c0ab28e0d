/*
 * One row of the message list, as rows.js describes it, as an element.
 */

import { avatar, clockTime, dayTime, el, fullTime, marginTime, nickElement }
  from "./dom.js";
import { splitLinks } from "./links.js";
import { explain } from "./wording.js";

/* Names that one quiet line spells out. */
const NAMES_MAX = 6;
const QUICK_REACTIONS = ["👍", "❤️", "😄"];
const RANKS = { owner: "an owner", moderator: "a moderator" };

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
  const { id } = row.item;
  if (row.state === "held") {
    return el("div", { class: "held-note" },
      "A moderator looks at it before the others see it.",
      el("button", { type: "button", class: "plain", "data-do": "discard",
        onclick: () => actions.discard(id) }, "Hide"));
  }
  if (row.state !== "failed") {
    return null;
  }
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

/* What others felt about it; a click joins them, another takes it back. */
function reactions({ item }, actions) {
  if (!item.reactions?.length) {
    return null;
  }
  return el("div", { class: "reactions" }, ...item.reactions.map(
    ({ emoji, nicks, count }) => {
      const isOurs = nicks.includes(actions.nick());
      return el("button", { type: "button", "aria-pressed": String(isOurs),
        title: nicks.join(", "),
        onclick: () => actions.react(item.seq, emoji, !isOurs) },
      `${emoji} ${count}`);
    }));
}

function tool(name, label, onclick) {
  return el("button", { type: "button", class: "tool", "data-do": name,
    onclick }, label);
}

/* What can be done with a message; shown where it is pointed at. */
function tools(row, actions) {
  const { item } = row;
  if (row.state !== "done" || item.deleted) {
    return null;
  }
  return el("div", { class: "tools" },
    ...QUICK_REACTIONS.map((emoji) =>
      tool("react", emoji, () => actions.react(item.seq, emoji, true))),
    row.own ? tool("edit", "Edit", () => actions.edit(item)) : null,
    row.own ? tool("delete", "Delete", () => actions.remove(item.seq)) : null);
}

const below = (row, actions) =>
  [failure(row, actions), reactions(row, actions), tools(row, actions)];

function message(row, actions) {
  const { at } = row.item;
  const head = el("div", { class: "head" }, nickElement(row.author),
    row.item.hook ? el("bdi", { class: "tag" },
      ["program", row.item.by].filter(Boolean).join(": ")) : null,
    clockTime(at));
  return row.first
    ? line(avatar(row.author), head, textOf(row.item), ...below(row, actions))
    : line(marginTime(at), textOf(row.item), ...below(row, actions));
}

function action(row, actions) {
  const text = textOf(row.item);
  text.prepend(nickElement(row.author), " ");
  return line(marginTime(row.item.at), text, ...below(row, actions));
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

const named = (nick) => el("bdi", { class: "nick" }, nick ?? "");

const because = ({ reason }) =>
  reason ? [": ", el("bdi", { dir: "auto" }, reason)] : [];

const until = ({ until: end }) =>
  end ? [" until ", fullTime(end)] : [];

/* What a notice says after the nick of the one who did it. */
const notices = {
  nick: (event) => ["is now known as ", named(event.to)],
  room: () => ["made this room"],
  topic: (event) =>
    ["changed the topic: ", el("bdi", {}, event.topic ?? event.text ?? "")],
  rename: (event) => ["renamed this room: ", el("bdi", {}, event.to)],
  settings: () => ["changed the room's settings"],
  invite: (event) => event.on === false
    ? ["took back the invitation of ", named(event.to)]
    : ["invited ", named(event.to)],
  rank: (event) => event.rank
    ? ["made ", named(event.to), ` ${RANKS[event.rank] ?? event.rank}`]
    : ["took the rank of ", named(event.to)],
  kick: (event) => ["put out ", named(event.to), ...because(event)],
  mute: (event) =>
    ["muted ", named(event.to), ...until(event), ...because(event)],
  unmute: (event) => ["lets ", named(event.to), " write again"],
  ban: (event) =>
    ["banned ", named(event.to), ...until(event), ...because(event)],
  unban: (event) => ["lets ", named(event.to), " in again"],
};

function notice(row) {
  const who = row.author ? named(row.author) : "The site";
  const what = notices[row.item.type](row.item);
  return line(marginTime(row.item.at),
    el("div", { class: "text" }, who, " ", ...what));
}

const kinds = { message, action, presence, notice };

/**
 * @param {object} row see rows.js
 * @param {{retry, discard, edit, remove, react, nick}} actions what can be
 *   done with a message: the first two take the id of a failed one
 */
export function rowElement(row, actions) {
  const { item } = row;
  const classes = ["row", row.kind, row.first && "first", row.own && "own",
    item.mentions?.includes(actions.nick()) && "mentioned",
    row.state !== "done" && row.state];
  return el("li", {
    class: classes.filter(Boolean).join(" "),
    "data-type": item.type,
    "data-state": row.state,
    "data-seq": item.seq,
    "data-id": item.id,
    "data-from": row.author,
    tabindex: row.own || row.kind === "message" ? "-1" : null,
  },
  row.day === null ? null
    : el("div", { class: "day", role: "separator" }, dayTime(row.day)),
  kinds[row.kind](row, actions));
}
