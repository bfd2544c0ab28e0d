/* A row of the message list. */

import { HIDDEN } from "../chat/timeline.js";
import { list, listParts, number, parts, t } from "../i18n.js";
import { avatar, clockTime, dayTime, el, fullTime, icon, marginTime,
  nickElement } from "./dom.js";
import { renderText } from "./markup.js";
import { explain } from "./wording.js";

const NAMES_MAX = 6; // that one quiet line spells out
const QUOTE_CHARACTERS = 200;
const QUICK_REACTIONS = ["👍", "❤️", "😄"];
const LONG_CHARACTERS = 1800; // what is longer is folded
const LONG_LINES = 24;

const isLong = (text) => text.length > LONG_CHARACTERS ||
  text.split("\n", LONG_LINES + 1).length > LONG_LINES;

const button = (name, content, attributes) => el("button",
  { type: "button", class: "plain", "data-do": name, ...attributes },
  ...[content].flat());

function quoteOf({ target, quote }) {
  const text = quote === HIDDEN ? t("log.muted")
    : el("p", {}, ...renderText(quote?.text?.slice(0, QUOTE_CHARACTERS) ?? ""))
      .textContent;
  return target && button("jump", [
    el("span", { class: "sr" }, t("log.reply")),
    quote?.from ? nickElement(quote.from) : "", " ",
    el("span", { dir: "auto" }, text ||
      t(quote === undefined ? "log.loading" : "log.deleted"))],
  { class: "quote" });
}

function textOf({ item, isOpened, author, kind }, nick) {
  const text = item.text ?? "";
  const isFolded = isLong(text) && !isOpened;
  return [el("div", { class: isFolded ? "text folded" : "text", dir: "auto" },
    ...kind === "action" ? [nickElement(author), " "] : [],
    ...renderText(text, { nick, mentions: item.mentions }),
    item.edited ? el("span", { class: "edited" }, ` ${t("log.edited")}`)
      : null),
  isFolded ? button("open", t("log.more")) : null];
}

const trouble = {
  held: () => el("div", { class: "held-note" }, t("log.held"),
    button("discard", t("log.hide"))),
  failed: ({ code }) => el("div", { class: "failure", role: "alert" },
    `${t("log.failed")} ${explain({ code })}`,
    button("retry", t("log.retry")), button("discard", t("log.discard"))),
};

const reaction = ({ emoji, nicks, count }, nick) =>
  button("react", [el("span", { class: "sign" }, emoji), ` ${number(count)}`],
    { class: "reaction", "aria-pressed": String(nicks.includes(nick)),
      title: list(nicks), "data-emoji": emoji });

const tools = () => el("div", { class: "tools" },
  ...QUICK_REACTIONS.map((emoji) =>
    button("react", emoji, { class: "icon quick", "data-emoji": emoji })),
  ...["emoji", "reply", "more"].map((name) => button(name, icon(name),
    { class: "icon", "aria-label": t(`deed.${name}`) })));

function bodyOf(row, nick) {
  const { item, state } = row;
  if (item.deleted || row.isMuted) {
    return [el("span", { class: "text deleted" },
      t(row.isMuted ? "log.muted" : "log.deleted")),
    row.isMuted ? button("open", t("log.show")) : null];
  }
  return [quoteOf(row), ...textOf(row, nick), trouble[state]?.(item),
    item.reactions?.length ? el("div", { class: "reactions" },
      ...item.reactions.map((each) => reaction(each, nick))) : null,
    row.isThere ? tools() : null];
}

const line = (side, ...body) => el("div", { class: "line" },
  el("div", { class: "side" }, side), el("div", { class: "body" }, ...body));

function head({ author, item }) {
  const nick = nickElement(author);
  if (!item.hook) {
    nick.dataset.do = "person";
  }
  return el("div", { class: "head" }, nick,
    item.hook ? el("bdi", { class: "tag" },
      [t("log.program"), item.by].filter(Boolean).join(": ")) : null,
    clockTime(item.at));
}

function spoken(row, nick) {
  const { author, item } = row;
  return row.first && row.kind === "message"
    ? line(avatar(author), head(row), ...bodyOf(row, nick))
    : line(marginTime(item.at), ...bodyOf(row, nick));
}

const named = (nick) => el("bdi", { class: "nick" }, nick ?? "");

/* "alice, bob and 3 others" */
function names(nicks) {
  const shown = nicks.length > NAMES_MAX
    ? nicks.slice(0, NAMES_MAX - 1) : nicks;
  const rest = nicks.length - shown.length;
  return listParts([...shown.map(named),
    ...rest > 0 ? [t("presence.others", { count: rest })] : []]);
}

const told = (item, ...content) =>
  line(marginTime(item.at), el("div", { class: "text" }, ...content));

function presence({ changes, item }) {
  const byWhat = new Map();
  for (const [nick, what] of changes) {
    byWhat.set(what, [...byWhat.get(what) ?? [], nick]);
  }
  return told(item, ...[...byWhat].flatMap(([what, nicks], i) =>
    [i > 0 ? " · " : "", ...parts(`presence.${what}`,
      { who: names(nicks), count: nicks.length })]));
}

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
    topic: el("bdi", { dir: "auto" }, item.topic ?? ""),
  });
  return [...said,
    ...until ? [" ", ...parts("notice.until", { time: fullTime(until) })] : [],
    reason ? el("bdi", { dir: "auto" }, ` (${reason})`) : null];
}

const notice = ({ item }) => told(item, ...noticeWords(item));

const kinds = { message: spoken, action: spoken, presence, notice };

const divider = (name, content) =>
  el("div", { class: name, role: "separator" }, content);

/** `nick`: the reader's. */
export function rowElement(row, nick) {
  const { item, state, kind } = row;
  const classes = ["row", kind, row.first && "first", row.own && "own",
    item.mentions?.includes(nick) && "mentioned", state];
  return el("li", {
    class: classes.filter(Boolean).join(" "),
    "data-type": item.type,
    "data-state": state,
    "data-seq": item.seq,
    "data-id": item.id,
    "data-from": row.author,
  },
  row.day === null ? null : divider("day", dayTime(row.day)),
  row.isNew ? divider("new", t("log.new")) : null,
  kinds[kind](row, nick));
}
