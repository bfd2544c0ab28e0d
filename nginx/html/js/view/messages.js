/* The message list: keeps its rows up to date, and the reader's place. */

import { t } from "../i18n.js";
import { byId, setText } from "./dom.js";
import { HISTORY_PAGE } from "../chat/history.js";
import { isSameRow, layOut } from "../chat/rows.js";
import { TIMELINE_MAX } from "../chat/timeline.js";
import { rowElement } from "./row.js";

/* Closer than this to an end of the list is at the end. */
const NEAR_END_PX = 48;
const NEAR_START_PX = 300;
const QUIET_MS = 1000;

/**
 * @param {object} chat see client.js
 * @param {{edit, remove, react}} deeds what can be done with a message
 */
export function createMessagesView(chat, deeds) {
  const actions = { ...deeds, retry: chat.outbox.retry,
    discard: chat.outbox.discard, nick: () => chat.store.state.nick };
  const log = byId("log");
  const list = byId("messages");
  const shown = new Map(); // key -> {row, element}
  let room = null; // whose rows are shown
  let isAtEnd = true;
  let quietTimer = null;

  const distanceToEnd = () =>
    log.scrollHeight - log.scrollTop - log.clientHeight;

  function keepQuiet() {
    log.setAttribute("aria-live", "off");
    clearTimeout(quietTimer);
    quietTimer = setTimeout(() => log.setAttribute("aria-live", "polite"),
      QUIET_MS);
  }

  function toEnd() {
    log.scrollTop = log.scrollHeight;
    isAtEnd = true;
  }

  const bottomOf = (key) =>
    shown.get(key).element.getBoundingClientRect().bottom;

  /*
   * The first row in view that stays, and where it ends: its beginning may
   * change, if the row before it is of the same author.
   */
  function findAnchor(keys) {
    const top = log.getBoundingClientRect().top;
    const key = [...shown.keys()].find((k) => keys.has(k) && bottomOf(k) > top);
    return key === undefined ? null : { key, bottom: bottomOf(key) };
  }

  function restore(anchor) {
    if (anchor) {
      log.scrollTop += bottomOf(anchor.key) - anchor.bottom;
    }
  }

  function elementFor(row) {
    const known = shown.get(row.key);
    if (known && isSameRow(known.row, row)) {
      return known.element;
    }
    const element = rowElement(row, actions);
    known?.element.replaceWith(element);
    return element;
  }

  function update(rows, keys) {
    for (const [key, { element }] of shown) {
      if (!keys.has(key)) {
        element.remove();
        shown.delete(key);
      }
    }
    const fresh = rows.map((row) =>
      [row.key, { row, element: elementFor(row) }]);
    shown.clear();
    let next = list.firstChild;
    for (const [key, entry] of fresh) {
      shown.set(key, entry);
      if (entry.element === next) {
        next = next.nextSibling;
      } else {
        list.insertBefore(entry.element, next);
      }
    }
  }

  function rowsOf(current) {
    if (!current) {
      return [];
    }
    const { entries, live } = current.timeline;
    const waiting = live ? chat.outbox.forRoom(current.name) : [];
    return layOut(entries, waiting, chat.store.state.nick);
  }

  function showFrame(current, rows) {
    const line = current?.timeline;
    byId("load-older").hidden = !(line?.loaded && line.older && rows.length);
    setText(byId("load-older"),
      t(chat.isReading() ? "log.loading" : "log.older"));
    const empty = byId("empty");
    empty.hidden = (current && !line.loaded) ||
      rows.some(({ kind }) => kind === "message" || kind === "action");
    setText(empty, t(current ? "log.empty" : "log.noRoom"));
  }

  function showJump(current) {
    const jump = byId("jump");
    const unread = current?.unread ?? 0;
    jump.hidden = chat.store.state.following || !current;
    setText(jump, unread > 0
      ? t("log.jumpNew", { count: unread }) : t("log.jump"));
    jump.dataset.count = unread;
  }

  function render() {
    const current = chat.store.room(chat.store.state.current) ?? null;
    const isOther = current !== room;
    if (isOther || !current?.timeline.loaded || chat.isReading()) {
      keepQuiet();
    }
    isAtEnd ||= isOther || chat.store.state.following;
    room = current;
    const rows = rowsOf(current);
    const keys = new Set(rows.map((row) => row.key));
    showFrame(current, rows);
    const anchor = isAtEnd ? null : findAnchor(keys);
    update(rows, keys);
    if (isAtEnd) {
      toEnd();
    } else {
      restore(anchor);
    }
    showJump(current);
    fill(current);
  }

  /** Brings a message into view that was searched for. */
  function reveal(seq) {
    isAtEnd = false;
    render();
    const element = list.querySelector(`[data-seq="${seq}"]`);
    if (element) {
      element.scrollIntoView({ block: "center" });
      element.classList.add("found");
      element.focus({ preventScroll: true });
    }
  }

  /* Goes on reading until there is something to scroll. */
  function fill(current) {
    const line = current?.timeline;
    if (line?.loaded && line.older && log.scrollTop < NEAR_START_PX &&
        line.entries.length <= TIMELINE_MAX - HISTORY_PAGE) {
      chat.readOlder();
    }
  }

  /* Where the reader is: at the end of what there is, or further up. */
  function look() {
    const live = room?.timeline.live ?? true;
    isAtEnd = live && distanceToEnd() < NEAR_END_PX;
    chat.look({ following: isAtEnd });
    if (log.scrollTop < NEAR_START_PX && distanceToEnd() > 0) {
      chat.readOlder();
    } else if (!live && distanceToEnd() < NEAR_START_PX) {
      chat.readNewer();
    }
  }

  log.addEventListener("scroll", look, { passive: true });
  byId("load-older").addEventListener("click", chat.readOlder);
  byId("jump").addEventListener("click", () => {
    isAtEnd = true;
    chat.showLatest();
    byId("text").focus({ preventScroll: true });
  });
  new ResizeObserver(() => isAtEnd && toEnd()).observe(log);

  return { render, reveal };
}
