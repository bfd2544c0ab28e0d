/* One row of the message list as an element. */

import { avatar, clockTime, dayTime, el, fullTime, marginTime, nickElement }
  from "./dom.js";
import { listParts, parts, t } from "../i18n.js";
import { renderText } from "./markup.js";
import { explain } from "./wording.js";

/* Names that one quiet line spells out. */
const NAMES_MAX = 6;
const QUICK_REACTIONS = ["👍", "❤️", "😄"];

function textOf(item, nick) {
  if (item.deleted) {
    return el("span", { class: "text deleted" }, t("log.deleted"));
  }
  return el("div", { class: "text", dir: "auto" },
    ...renderText(item.text ?? "", { nick, mentions: item.mentions }),
    item.edited ? el("span", { class: "edited" }, ` ${t("log.edited")}`) : null);
}

function failure(row, actions) {
  const { id } = row.item;
  if (row.state === "held") {
    return el("div", { class: "held-note" },
      t("log.held"),
      el("button", { type: "button", class: "plain", "data-do": "discard",
        onclick: () => actions.discard(id) }, t("log.hide")));
  }
  if (row.state !== "failed") {
    return null;
  }
  return el("div", { class: "failure", role: "alert" },
    `${t("log.failed")} ${explain({ code: row.item.code })}`,
    el("button", { type: "button", class: "plain", "data-do": "retry",
      onclick: () => actions.retry(id) }, t("log.retry")),
    el("button", { type: "button", class: "plain", "data-do": "discard",
      onclick: () => actions.discard(id) }, t("log.discard")));
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
    row.own ? tool("edit", t("log.edit"), () => actions.edit(item)) : null,
    row.own ? tool("delete", t("log.delete"), () => actions.remove(item.seq)) : null);
}

const below = (row, actions) =>
  [failure(row, actions), reactions(row, actions), tools(row, actions)];

function message(row, actions) {
  const { at } = row.item;
  const head = el("div", { class: "head" }, nickElement(row.author),
    row.item.hook ? el("bdi", { class: "tag" },
      [t("log.program"), row.item.by].filter(Boolean).join(": ")) : null,
    clockTime(at));
  return row.first
    ? line(avatar(row.author), head, textOf(row.item, actions.nick()), ...below(row, actions))
    : line(marginTime(at), textOf(row.item, actions.nick()), ...below(row, actions));
}

function action(row, actions) {
  const text = textOf(row.item, actions.nick());
  text.prepend(nickElement(row.author), " ");
  return line(marginTime(row.item.at), text, ...below(row, actions));
}

const named = (nick) => el("bdi", { class: "nick" }, nick ?? "");

/* "alice, bob and 3 others" as children of an element. */
function names(nicks) {
  const shown = nicks.length > NAMES_MAX
    ? nicks.slice(0, NAMES_MAX - 1) : nicks;
  const rest = nicks.length - shown.length;
  return listParts([...shown.map(named),
    ...rest > 0 ? [t("presence.others", { count: rest })] : []]);
}

function presence(row) {
  const byWhat = new Map();
  for (const [nick, what] of row.changes) {
    byWhat.set(what, [...byWhat.get(what) ?? [], nick]);
  }
  const said = [...byWhat].flatMap(([what, nicks], i) => [i > 0 ? " · " : "",
    ...parts(`presence.${what}`, { who: names(nicks), count: nicks.length })]);
  return line(marginTime(row.item.at), el("div", { class: "text" }, ...said));
}

/* Which sentence tells of the event. */
function noticeKey({ type, on, rank }) {
  return type === "invite" && on === false ? "uninvite"
    : type === "held_end" ? `held_${on ? "in" : "out"}`
      : type === "rank" ? `rank_${rank || "none"}` : type;
}

/** What an event that is no message tells, as children for el(). */
export function noticeWords(item) {
  const { from, reason, until } = item;
  const said = parts(`notice.${noticeKey(item)}`, {
    who: from ? named(from) : t("site.name"),
    to: named(item.to),
    topic: el("bdi", { dir: "auto" }, item.topic ?? item.text ?? ""),
  });
  return [...said,
    ...until ? [" ", ...parts("notice.until", { time: fullTime(until) })] : [],
    reason ? el("bdi", { dir: "auto" }, ` (${reason})`) : null];
}

const notice = ({ item }) => line(marginTime(item.at),
  el("div", { class: "text" }, ...noticeWords(item)));

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
