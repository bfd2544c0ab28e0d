/* The message list, and the reader's place in it; see PAGE.md. */

import { createTimeline, HISTORY_PAGE, isSameRow, isSpoken, layOut,
  TIMELINE_MAX } from "../chat/timeline.js";
import { t } from "../i18n.js";
import { byId, el, setText, stepFrom } from "./dom.js";
import { rowElement } from "./row.js";

const NEAR_END_PX = 48; // closer is at the end
const NEAR_START_PX = 300;
const ANNOUNCED_MAX = 10; // one by one
const ANNOUNCED_CHARACTERS = 500;
const ANNOUNCED_MS = 10_000;
const KEYS = { Enter: "more", r: "reply", e: "edit", "+": "emoji",
  Delete: "delete" };
const PERMALINK = /^#([^/]+)\/(\d+)$/;
const NO_ROOM = { timeline: createTimeline() };

export function createMessagesView(chat, views) {
  const log = byId("log");
  const list = byId("messages");
  const announcer = byId("announcer");
  const { state } = chat.store;
  const shown = new Map(); // key -> {row, element}
  const rowOf = new WeakMap(); // element -> row
  const opened = new Set(); // keys of rows
  let room = NO_ROOM; // whose rows are shown
  let drawn = []; // what they were made from
  let isAtEnd = true;
  let isEntering = false; // until the room's history is there
  let reached = null; // the row that Tab leads to, its buttons too
  let found = null; // the key of the row that one went to
  let news = []; // messages to be said aloud

  const distanceToEnd = () =>
    log.scrollHeight - log.scrollTop - log.clientHeight;

  function toEnd() {
    log.scrollTop = log.scrollHeight;
    isAtEnd = true;
  }

  const topOf = (element) => element.getBoundingClientRect().top;
  const bottomOf = (key) =>
    shown.get(key).element.getBoundingClientRect().bottom;

  /* The first row in view that stays, by its end: its head may go. */
  function findAnchor(keys) {
    const top = topOf(log);
    const key = [...shown.keys()].find((k) => keys.has(k) && bottomOf(k) > top);
    return key === undefined ? null : { key, bottom: bottomOf(key) };
  }

  /* Its fault must not take other rows with it. */
  function build(row) {
    try {
      return rowElement(row, state.nick);
    } catch (error) {
      console.error(error);
      return el("li", { class: "row notice" }, "…");
    }
  }

  function elementFor(row) {
    const known = shown.get(row.key);
    if (known && isSameRow(known.row, row)) {
      return known.element;
    }
    const element = build(row);
    element.classList.toggle("found", row.key === found);
    rowOf.set(element, row);
    reach(element, -1);
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

  function drawRows() {
    const { timeline, name, newAfter } = room;
    const waiting = timeline.live && name ? chat.outbox.forRoom(name) : [];
    const { nick, blocks: muted = new Set() } = state;
    const from = [timeline.entries, timeline.quotes, nick, newAfter,
      opened.size, ...muted, ...waiting];
    if (from.length === drawn.length && from.every((x, i) => x === drawn[i])) {
      return;
    }
    drawn = from;
    const rows = layOut(timeline, waiting, { nick, muted, opened, newAfter });
    const keys = new Set(rows.map((row) => row.key));
    const anchor = isAtEnd ? null : findAnchor(keys);
    keepFocus(() => update(rows, keys));
    if (anchor) {
      log.scrollTop += bottomOf(anchor.key) - anchor.bottom;
    }
    if (rows.some(({ target, quote }) => target && quote === undefined)) {
      chat.readQuotes();
    }
  }

  function drawFrame() {
    const { loaded, older } = room.timeline;
    const isSaid = [...shown.values()].some(({ row }) => isSpoken(row.item));
    byId("load-older").hidden = !(loaded && older && shown.size);
    setText(byId("load-older"),
      t(chat.isReading() ? "log.loading" : "log.older"));
    byId("empty").hidden = isSaid || (room.name && !loaded);
    setText(byId("empty"), t(room.name ? "log.empty" : "log.noRoom"));
    byId("jump").hidden = state.following || !room.name;
    setText(byId("jump"), room.unread > 0
      ? t("log.jumpNew", { count: room.unread }) : t("log.jump"));
  }

  /* Who comes to a room where much is new begins at the first of it. */
  function enter() {
    const line = list.querySelector(".new");
    isEntering = false;
    if (line && topOf(line) < topOf(log)) {
      line.scrollIntoView();
      look();
    }
  }

  function render() {
    const current = chat.store.room(state.current) ?? NO_ROOM;
    if (current !== room) {
      room = current;
      opened.clear();
      isEntering = isAtEnd = true;
    }
    isAtEnd ||= state.following;
    drawRows();
    drawFrame();
    if (isAtEnd) {
      toEnd();
    }
    if (isEntering && room.timeline.loaded) {
      enter();
    }
    announce();
    fill();
    follow();
  }

  function fill() {
    const { loaded, entries } = room.timeline;
    if (loaded && log.scrollTop < NEAR_START_PX &&
        entries.length <= TIMELINE_MAX - HISTORY_PAGE) {
      chat.readOlder();
    }
  }

  function look() {
    const { live } = room.timeline;
    isAtEnd = live && distanceToEnd() < NEAR_END_PX;
    chat.look({ following: isAtEnd });
    if (log.scrollTop < NEAR_START_PX && distanceToEnd() > 0) {
      chat.readOlder();
    } else if (!live && distanceToEnd() < NEAR_START_PX) {
      chat.readNewer();
    }
  }

  function reach(element, tabIndex) {
    [element, ...element.querySelectorAll("a, button, pre")].forEach((each) => {
      each.tabIndex = tabIndex;
    });
  }

  /* Tab leads to one row and what is in it; arrow keys to the others. */
  function reachOnly(element) {
    if (reached && reached !== element) {
      reach(reached, -1);
    }
    reached = element;
    if (element) {
      reach(element, 0);
    }
  }

  function keepFocus(run) {
    const { activeElement: focused } = document;
    const { emoji, do: name } = focused.dataset;
    const row = focused.closest("#messages > li");
    const index = [...list.children].indexOf(row);
    run();
    if (!row) {
      reachOnly(list.lastElementChild);
    } else if (!focused.isConnected) {
      const next = shown.get(rowOf.get(row).key)?.element ??
        list.children[index] ?? list.lastElementChild;
      const same = [...next?.querySelectorAll("[data-do]") ?? []].find(
        ({ dataset }) => dataset.do === name && dataset.emoji === emoji);
      (next ?? byId("text")).focus({ preventScroll: true });
      same?.focus({ preventScroll: true }); // shown while the row has it
    }
  }

  /* For screen readers. */
  function describe(element) {
    const [text, time] = [".text", "time"].map((s) => element.querySelector(s));
    const key = isSpoken(rowOf.get(element).item) ? "log.row" : "log.notice";
    element.setAttribute("aria-label", t(key, { text: text?.textContent,
      nick: element.dataset.from, time: time?.title }));
  }

  const ownDeeds = {
    open,
    jump: ({ target }) => goTo(state.current, target),
    retry: ({ item }) => chat.outbox.retry(item.id),
    discard: ({ item }) => chat.outbox.discard(item.id),
  };

  function act(name, row, anchor) {
    if (Object.hasOwn(ownDeeds, name)) {
      ownDeeds[name](row);
    } else {
      views.deed(name, row, anchor);
    }
  }

  function pressed(event) {
    const row = event.target.closest("li");
    const { key } = event;
    const isPlain = !event.ctrlKey && !event.altKey && !event.metaKey;
    const next = stepFrom(list.children, row, key);
    if (isPlain && key === "Escape") {
      (event.target === row ? byId("text") : row).focus();
    } else if (isPlain && event.target === row && next) {
      next.focus();
    } else if (isPlain && event.target === row && Object.hasOwn(KEYS, key)) {
      act(KEYS[key], rowOf.get(row),
        row.querySelector(`[data-do="${KEYS[key]}"]`) ?? row);
    } else {
      return;
    }
    event.preventDefault();
  }

  function clicked(event) {
    const row = event.target.closest("li");
    const button = event.target.closest("[data-do]");
    const link = event.target.closest("a");
    if (button) {
      act(button.dataset.do, rowOf.get(row), button);
    } else if (link?.href === location.href.split(/[?#]/)[0] + link?.hash &&
        PERMALINK.test(link.hash)) {
      event.preventDefault();
      location.hash = link.hash;
    } else if (!link) {
      row?.focus({ preventScroll: true });
    }
  }

  function reveal(seq) {
    isAtEnd = false;
    chat.look({ following: false });
    render();
    shown.get(found)?.element.classList.remove("found");
    found = `e${seq}`;
    const { element } = shown.get(found) ?? {};
    if (element) {
      element.scrollIntoView({ block: "center" });
      element.classList.add("found");
      element.focus({ preventScroll: true });
    } else {
      views.composer().hint(t("error.no_message"));
    }
  }

  function goTo(name, seq) {
    views.attempt(async () => {
      if (name !== state.current || !shown.has(`e${seq}`)) {
        await chat.showMessage(name, seq);
      }
      reveal(seq);
    });
  }

  /* Goes where the address says, once. */
  function follow() {
    const [, name, seq] = PERMALINK.exec(location.hash) ?? [];
    if (seq) {
      history.replaceState(null, "", location.pathname + location.search);
      const known = [...state.rooms.keys()].find((key) =>
        key === name || encodeURIComponent(key) === name);
      if (known) {
        goTo(known, seq);
      } else {
        views.composer().hint(t("log.notIn"));
      }
    }
  }

  function open({ key }) {
    opened.add(key);
    render();
  }

  function heard(event) {
    if (event.room === state.current &&
        (event.hook || !state.blocks?.has(event.from))) {
      news.push(event);
    }
  }

  function announce() {
    const words = news.length > ANNOUNCED_MAX
      ? [t("log.heard_many", { count: news.length })]
      : news.map(({ type, from, text }) => t(`log.heard_${type}`,
        { nick: from, text: text.slice(0, ANNOUNCED_CHARACTERS) }));
    news = [];
    words.forEach((text) => {
      const line = el("p", {}, text);
      announcer.append(line);
      if (announcer.childElementCount > ANNOUNCED_MAX) {
        announcer.firstChild.remove();
      }
      setTimeout(() => line.remove(), ANNOUNCED_MS);
    });
  }

  log.addEventListener("scroll", look, { passive: true });
  list.addEventListener("click", clicked);
  list.addEventListener("keydown", pressed);
  list.addEventListener("focusin", views.prepareDeeds, { once: true });
  list.addEventListener("focusin", ({ target }) => {
    const row = target.closest("li");
    reachOnly(row);
    describe(row);
  });
  addEventListener("hashchange", () => chat.phase === "chat" && follow());
  byId("load-older").addEventListener("click", chat.readOlder);
  byId("jump").addEventListener("click", () => {
    isAtEnd = true;
    chat.showLatest();
    byId("text").focus({ preventScroll: true });
  });
  new ResizeObserver(() => isAtEnd && toEnd()).observe(log);

  return { render, reveal, heard };
}
