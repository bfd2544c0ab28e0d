/* A message in the list: its row, and what can be done with it. */

import { rightsIn } from "../chat/rights.js";
import { list, listParts, number, parts, t } from "../i18n.js";
import { field, form, openDialog } from "./dialog.js";
import { avatar, clockTime, dayTime, el, fullTime, icon, marginTime,
  nickElement } from "./dom.js";
import { openEmojiGrid, place } from "./emoji.js";
import { renderText } from "./markup.js";
import { explain } from "./wording.js";

const NAMES_MAX = 6; // that one quiet line spells out
const QUOTE_CHARACTERS = 200;
const REASON_MAX = 500;
const STEPS = { ArrowUp: -1, ArrowDown: 1, Home: -Infinity, End: Infinity };
const QUICK_REACTIONS = ["👍", "❤️", "😄"];
const LONG_CHARACTERS = 1800; // what is longer is folded
const LONG_LINES = 24;

const isLong = (text) => text.length > LONG_CHARACTERS ||
  text.split("\n", LONG_LINES + 1).length > LONG_LINES;

const button = (name, content, attributes) => el("button",
  { type: "button", class: "plain", "data-do": name, ...attributes },
  ...[content].flat());

function quoteOf({ target, quote }) {
  const text = quote?.text?.slice(0, QUOTE_CHARACTERS);
  return target && button("jump", [
    el("span", { class: "sr" }, t("log.reply")),
    quote ? nickElement(quote.from) : null,
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
  button("react", `${emoji} ${number(count)}`, { class: "reaction",
    "aria-pressed": String(nicks.includes(nick)), title: list(nicks),
    "data-emoji": emoji });

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

/** Where a key leads to in a list; undefined: nowhere. */
export function stepFrom(elements, from, key) {
  const i = [...elements].indexOf(from) + STEPS[key];
  return elements[Math.min(Math.max(i, 0), elements.length - 1)];
}

function openMenu(anchor, offered, run, closed) {
  const menu = el("div", { class: "menu", role: "menu", popover: "auto",
    "aria-label": t("log.menu") }, ...offered.map((name) =>
    el("button", { type: "button", role: "menuitem", "data-do": name,
      onclick: () => {
        menu.hidePopover();
        run(name);
      } }, t(`deed.${name}`))));
  menu.addEventListener("keydown", (event) => {
    const next = stepFrom(menu.children, document.activeElement, event.key);
    if (event.key === "Escape") {
      menu.hidePopover();
    } else if (next) {
      next.focus();
    } else {
      return;
    }
    event.preventDefault();
  });
  menu.addEventListener("toggle", ({ newState }) => {
    if (newState === "closed") {
      menu.remove();
      closed();
    }
  });
  document.body.append(menu);
  menu.showPopover();
  place(menu, anchor);
  menu.firstChild.focus();
}

/** @returns {(name, row, anchor) => void} does it, if it may be done */
export function createDeeds(chat, { composer, person, report, attempt },
  { open, goTo }) {
  const { state } = chat.store;
  const here = () => encodeURIComponent(state.current);

  function offers({ item, own, isThere }) {
    const room = chat.store.room(state.current);
    const { speak, moderate } = rightsIn(state, room);
    const isPublic = room.with === null && !room.isPrivate;
    return !isThere ? [] : [speak && "emoji", speak && "reply",
      speak && own && "edit", "copyLink", isPublic && "copyPage",
      item.edited && moderate && "edits", !item.hook && "person",
      !own && "report", (own || moderate) && "delete"].filter(Boolean);
  }

  function react({ item }, emoji) {
    const isOurs = item.reactions?.some(({ emoji: sign, nicks }) =>
      sign === emoji && nicks.includes(state.nick));
    attempt(() => chat.react(item.seq, emoji, !isOurs));
  }

  /* Only pages that came over HTTPS have a clipboard. */
  async function copy(path) {
    const { href } = new URL(path, location.href.split(/[?#]/)[0]);
    try {
      await navigator.clipboard.writeText(href);
      composer().hint(t("log.copied"));
    } catch {
      composer().hint(href);
    }
  }

  function askDelete({ item, own }) {
    const dialog = openDialog({ title: t("delete.title"), name: "delete" },
      el("p", { class: "quiet cut", dir: "auto" }, item.text),
      form({
        submit: t("deed.delete"),
        run: async ({ reason }) => {
          await chat.remove(item.seq, reason || undefined);
          dialog.close();
        },
      }, own ? "" : field(t("delete.reason"),
        { name: "reason", maxlength: REASON_MAX })));
    dialog.querySelector("input, [type=submit]").focus();
  }

  async function showEdits({ item }) {
    const { edits } = await chat.api.edits(state.current, item.seq);
    openDialog({ title: t("deed.edits"), name: "edits" },
      ...edits.map(({ at, text }) => el("p", { dir: "auto" },
        fullTime(at), el("br"), text ?? t("log.deleted"))));
  }

  const deeds = {
    open,
    person: ({ author }) => person(author),
    jump: ({ target }) => goTo(state.current, target),
    retry: ({ item }) => chat.outbox.retry(item.id),
    discard: ({ item }) => chat.outbox.discard(item.id),
    react: (row, { dataset }) => react(row, dataset.emoji),
    emoji: (row, anchor) => openEmojiGrid(anchor, (sign) => react(row, sign)),
    reply: ({ item }) => composer().reply(item),
    edit: ({ item }) => composer().edit(item),
    copyLink: ({ item }) => copy(`#${here()}/${item.seq}`),
    copyPage: ({ item }) => copy(`r/${here()}/${item.n}`),
    edits: (row) => attempt(() => showEdits(row)),
    report: ({ item }) => report(item),
    delete: askDelete,
    more: (row, anchor) => openMenu(anchor, offers(row),
      (name) => deeds[name](row, anchor),
      () => anchor.closest("li").focus({ preventScroll: true })),
  };

  // keys may ask for what no button offers
  return (name, row, anchor) => {
    if (anchor.dataset.do === name || offers(row).includes(name)) {
      deeds[name](row, anchor);
    }
  };
}
