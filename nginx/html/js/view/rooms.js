/* Rooms are found and made, looked through, and changed. */

import { rightsIn } from "../chat/rights.js";
import { byName, t } from "../i18n.js";
import { choice, copyable, field, form, lateSection, openDialog, pagedList,
  section } from "./dialog.js";
import { byId, closeDialogs, el, fullTime, moveByArrows, nickElement, setText }
  from "./dom.js";
import { explain, roomTitle } from "./wording.js";

const ROOMS_SHOWN_MAX = 100;
const RESULTS_PER_PAGE = 50;
const LEAD_CHARACTERS = 80; // shown before the first word found
const CHOICES = {
  access: ["public", "private"],
  posting: ["everyone", "members", "moderators"],
};
const OF_TYPE = { boolean: Boolean, number: Number, string: String };

/* ---- finding a room, making one ---- */

const folded = (text) => text.normalize("NFC").toLowerCase();
const nameIn = (text) => text.trim().replace(/^#/, "");

/* What lets others into a private room: told to them, so it can be seen. */
const passphraseField = (label, more) =>
  field(label, { name: "passphrase", maxlength: 256, ...more });

function newRoomFields() {
  const passphrase = passphraseField(t("finder.passphrase"));
  passphrase.classList.add("if-checked");
  return el("div", { id: "finder-create", class: "stack" },
    field(t("finder.topic"),
      { name: "topic", id: "finder-topic", maxlength: 1000 }),
    field(t("finder.private"), { name: "isPrivate", type: "checkbox" }),
    passphrase);
}

const optionsOf = ({ topic, isPrivate, passphrase }) => ({
  topic: topic.trim() || undefined,
  ...isPrivate && { settings: { access: "private" },
    passphrase: passphrase || undefined },
});

function createFinder(chat, entered) {
  let rooms = [];

  function askPassphrase(name) {
    closeDialogs();
    openDialog({ title: t("finder.locked", { room: name }), name: "locked" },
      form({ submit: t("finder.join"), run: (given) => enter(name, given) },
        passphraseField(t("finder.itsPassphrase"), { autofocus: true })));
  }

  async function enter(name, options = {}) {
    try {
      await chat.joinRoom(name, options);
      closeDialogs();
      entered();
    } catch (error) {
      if (error.code !== "passphrase" || options.passphrase) {
        throw error;
      }
      askPassphrase(name);
    }
  }

  function roomItem({ room, topic, member_count: count }) {
    return el("li", {}, el("button", { type: "button", class: "choose",
      "data-room": room, onclick: () => enter(room).catch(refused) },
    el("bdi", { class: "name" }, room),
    el("span", { class: "quiet" }, chat.store.room(room)
      ? t("finder.joined") : t("finder.people", { count })),
    el("span", { class: "quiet text", dir: "auto" }, topic)));
  }

  const refused = (error) => setText(
    document.querySelector("[data-dialog=finder] .error"), explain(error));

  function narrow(dialog) {
    const room = nameIn(byId("finder-name").value);
    const part = folded(room);
    const isThere = rooms.some((r) => folded(r.room) === part);
    const submit = dialog.querySelector(".primary");
    byId("finder-rooms").replaceChildren(...rooms
      .filter((r) => folded(r.room).includes(part))
      .slice(0, ROOMS_SHOWN_MAX).map(roomItem));
    byId("finder-create").hidden = !part || isThere;
    submit.hidden = !part;
    setText(submit, t(isThere ? "finder.enter" : "finder.create", { room }));
  }

  async function open() {
    const dialog = openDialog({ title: t("rooms.find"), name: "finder" },
      form({ submit: "", run: async ({ room, ...options }) =>
        nameIn(room) && enter(nameIn(room), optionsOf(options)) },
      field(t("finder.name"), { name: "room", id: "finder-name",
        maxlength: 256, autocapitalize: "none", autofocus: true }),
      el("ul", { id: "finder-rooms", class: "found",
        "aria-label": t("rooms.title") }),
      newRoomFields()));
    byId("finder-name").addEventListener("input", () => narrow(dialog));
    moveByArrows(dialog, "#finder-name, .choose");
    narrow(dialog);
    try {
      ({ rooms } = await chat.listRooms());
      rooms.sort((a, b) =>
        b.member_count - a.member_count || byName(a.room, b.room));
      narrow(dialog);
    } catch (error) {
      refused(error);
    }
  }

  return { find: open, askPassphrase };
}

/* ---- finding what was said ---- */

/* Words are compared as the server does: in any case, without accents. */
const plain = (word) =>
  word.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
const wordsIn = (text) => [...text.matchAll(/[\p{L}\p{N}\p{M}]+/gu)];

/** A text as children for el(), with what was looked for marked. */
function highlight(text, query) {
  const wanted = new Set(wordsIn(query).map(([word]) => plain(word)));
  const hits = wordsIn(text).filter(([word]) => wanted.has(plain(word)));
  let at = Math.max((hits[0]?.index ?? 0) - LEAD_CHARACTERS, 0);
  const pieces = [at ? "…" : ""];
  for (const { 0: word, index } of hits) {
    pieces.push(text.slice(at, index), el("mark", {}, word));
    at = index + word.length;
  }
  return [...pieces, text.slice(at)];
}

function createSearch(chat, found) {
  async function show({ room, seq }) {
    await chat.showMessage(room, seq);
    closeDialogs();
    found(seq);
    return false;
  }

  function result(item, act, query) {
    const room = chat.store.room(item.room);
    const button = act("", () => show(item));
    button.className = "choose";
    button.append(
      el("span", {}, nickElement(item.from), " ",
        el("bdi", { class: "quiet" }, room ? roomTitle(room) : item.room)),
      el("span", { class: "quiet" }, fullTime(item.at)),
      el("span", { class: "text", dir: "auto" },
        ...highlight(item.text, query)));
    return [button];
  }

  /* The server gives up words that are everywhere: "more", and none. */
  async function load(query, room, before) {
    const { messages: items, more } = await chat.search(query,
      { room, before, limit: RESULTS_PER_PAGE });
    if (more && items.length === 0) {
      throw Object.assign(new Error("cut"), { code: "everywhere" });
    }
    return { items, more };
  }

  return function open(text = "") {
    const results = el("div", { id: "search-results" });
    async function start({ words, all }) {
      const query = words.trim();
      const room = all ? undefined : chat.store.state.current ?? undefined;
      results.replaceChildren(query ? pagedList({
        load: (last) => load(query, room, last?.seq),
        row: (item, act) => result(item, act, query),
        none: t("search.none"),
      }) : "");
    }
    moveByArrows(openDialog({ title: t("search.title"), name: "search" },
      form({ submit: t("search.title"), run: start },
        field(t("search.words"), { name: "words", id: "search-words",
          maxlength: 500, enterkeyhint: "search", value: text,
          autofocus: true }),
        field(t("search.everywhere"),
          { name: "all", id: "search-everywhere", type: "checkbox" })),
      results), "#search-words, .choose");
    start({ words: text });
  };
}

/* ---- the room in view ---- */

const kindOf = ({ with: other, settings }) =>
  other === null ? settings.access ?? "public" : "direct";

const summaryOf = (room) => [
  t(`access.${kindOf(room)}`),
  room.settings.archived && t("setting.archived"),
  t("finder.people", { count: room.memberCount }),
].filter(Boolean).join(" · ");

/* What is shown of a setting is seen from its value. */
function settingField([name, value]) {
  const label = t(`setting.${name}`);
  return Object.hasOwn(CHOICES, name)
    ? choice(label, name, CHOICES[name].map((word) =>
      [word, t(`${name}.${word}`)]), value)
    : field(label, { name, ...typeof value === "number"
      ? { type: "number", min: 0, value }
      : { type: "checkbox", checked: value } });
}

const settingsIn = (values, settings) => Object.fromEntries(
  Object.entries(settings).map(([name, old]) =>
    [name, OF_TYPE[typeof old](values[name] ?? "")]));

function createDetails(chat, { hint, attempt, person }) {
  const { api, store: { state } } = chat;
  let shown = null; // {room, dialog, summary, topic, body, rights}

  /* A form that, when it has been done, closes the dialog and says so. */
  const doneBy = (submit, run, ...fields) => form({ submit,
    run: async (values) => {
      const text = await run(values);
      shown?.dialog.close();
      hint(text);
    } }, ...fields);

  /* What is told once. */
  function secret(name, value) {
    shown.dialog.close();
    openDialog({ title: name, name: "secret" },
      el("p", {}, t("room.secret")), copyable(name, value));
  }

  const change = (room, what) => async (values) => {
    await api.changeRoom(room.name, what(values));
    return t("room.changed");
  };

  function links({ name }, kind) {
    const page = `r/${encodeURIComponent(name)}`;
    const exported = `v1/rooms/${encodeURIComponent(name)}/export?format=`;
    const link = (key, href) =>
      el("a", { href, target: "_blank" }, t(`room.${key}`));
    return [
      kind === "direct" ? "" : copyable(t("room.link"),
        new URL(`?room=${encodeURIComponent(name)}`, location).href),
      el("p", { class: "actions" },
        ...kind === "public"
          ? [link("page", page), link("feed", `${page}.atom`)] : [],
        link("text", `${exported}text`), link("jsonl", `${exported}jsonl`)),
    ];
  }

  const topicSection = (room) => section(t("room.topic"),
    doneBy(t("dialog.save"), change(room, ({ topic }) => ({ topic })),
      field(t("room.topic"), { name: "topic", maxlength: 1000,
        value: room.topic })));

  const inviteForm = (room) => doneBy(t("room.invite"), async ({ nick }) => {
    await api.invite(room.name, nick.trim());
    return t("room.invited", { nick });
  }, field(t("room.whom"), { name: "nick", maxlength: 256 }));

  const memberList = ({ name }) => pagedList({
    load: async () => ({ items: (await api.members(name)).members }),
    row: ({ nick, rank, here }) => [
      el("button", { type: "button", class: "choose",
        onclick: () => person(nick) },
      nickElement(nick), el("span", { class: "quiet" }, [
        rank && t(`rank.${rank}`), !here && t("room.away"),
      ].filter(Boolean).join(", ")))],
    none: "",
  });

  const hookList = (room) => pagedList({
    load: async () => ({ items: (await api.hooks(room.name)).hooks }),
    row: ({ id, name, url }, act) => [el("bdi", {}, name),
      el("span", { class: "quiet" }, url ?? t("hook.incoming")),
      act(t("hook.end"), () => api.endHook(room.name, id))],
    none: t("hook.none"),
  });

  const hookForm = (room) => form({ submit: t("hook.make"),
    run: async ({ name, url }) => {
      const hook = await api.createHook(room.name, name, url || undefined);
      secret(name, hook.secret ?? new URL(hook.url, location).href);
    } },
  field(t("hook.name"), { name: "name", maxlength: 256 }),
  field(t("hook.url"), { name: "url", type: "url", maxlength: 1000 }));

  const botForms = () => [
    form({ submit: t("bot.make"), run: async ({ nick }) => {
      const { token } = await api.createBot(nick);
      secret(nick, token);
    } }, field(t("bot.nick"), { name: "nick", maxlength: 256 })),
    doneBy(t("bot.end"), async ({ nick }) => {
      await api.endBot(nick);
      return t("room.changed");
    }, field(t("bot.nick"), { name: "nick", maxlength: 256 })),
  ];

  const changedBy = ({ name, settings }) => ({ room, ...values }) => ({
    settings: settingsIn(values, settings),
    room: room.trim() === name ? undefined : room.trim(),
  });

  const ownerSections = (room) => [
    section(t("room.settings"), doneBy(t("dialog.save"),
      change(room, changedBy(room)),
      field(t("finder.name"),
        { name: "room", maxlength: 256, value: room.name }),
      ...Object.entries(room.settings).map(settingField))),
    section(t("room.passphrase"), doneBy(t("dialog.save"),
      change(room, ({ passphrase }) => ({ passphrase })),
      passphraseField(t("room.newPassphrase")))),
    lateSection(t("room.programs"), () =>
      [hookList(room), hookForm(room), ...botForms()]),
    section(t("room.delete"), el("p", {}, t("room.deleteNote")),
      form({ submit: t("room.delete"),
        run: () => api.deleteRoom(room.name) })),
  ];

  async function leave(room, key) {
    await chat.leaveRoom(room.name);
    hint(t(key, { room: roomTitle(room) }));
  }

  const leaveButton = (room) => el("p", { class: "actions" },
    el("button", { type: "button", class: "plain",
      onclick: () => attempt(() => leave(room, "room.left")) },
    t("rooms.leave")));

  /* There may be no way back. */
  const leaveSection = (room) => section(t("rooms.leave"),
    el("p", {}, t(`room.leave_${kindOf(room)}`)),
    form({ submit: t("rooms.leave"),
      run: () => leave(room, "room.leftPrivate") }));

  function contentOf(room) {
    const { moderate, invite, own } = rightsIn(state, room);
    const kind = kindOf(room);
    return [
      ...links(room, kind),
      moderate ? topicSection(room) : "",
      kind === "direct" ? "" : lateSection(t("people.title"), () =>
        [invite ? inviteForm(room) : "", memberList(room)]),
      ...own ? ownerSections(room) : [],
      kind === "public" ? leaveButton(room) : leaveSection(room),
    ];
  }

  function open() {
    const room = chat.store.room(state.current);
    if (room) {
      const parts = { room, summary: el("p", { class: "quiet" }),
        topic: el("p", { dir: "auto" }), body: el("div", {}) };
      shown = { ...parts, dialog: openDialog({ title: roomTitle(room),
        name: "room", closed },
      parts.summary, parts.topic, parts.body) };
      render();
    }
  }

  /* It is told later: the next one may be open by then. */
  function closed() {
    if (!shown.dialog.open) {
      shown = null;
    }
  }

  /* At each draw: what is said of the room is true while one looks. */
  function render() {
    if (!shown) {
      return;
    }
    const { room, dialog, body, topic, summary } = shown;
    if (chat.store.room(room.name) !== room) {
      dialog.close();
      return;
    }
    setText(summary, summaryOf(room));
    setText(topic, room.topic);
    const rights = JSON.stringify([rightsIn(state, room), kindOf(room)]);
    if (rights !== shown.rights) {
      const hadFocus = body.contains(document.activeElement);
      shown.rights = rights;
      body.replaceChildren(...contentOf(room));
      if (hadFocus) {
        dialog.querySelector("button").focus();
      }
    }
  }

  return { open, render };
}

/**
 * @param {object} chat see client.js
 * @param {object} page
 * @param {(text: string) => void} page.hint says what has been done
 * @param {(run: () => Promise) => void} page.attempt runs it, tells what failed
 * @param {(nick: string) => void} page.person shows somebody's card
 * @param {() => void} page.entered is called when a room was entered
 * @param {(seq: number) => void} page.found is called when one is shown
 */
export const createRoomsView = (chat, page) => ({
  ...createFinder(chat, page.entered),
  ...createDetails(chat, page),
  search: createSearch(chat, page.found),
});
