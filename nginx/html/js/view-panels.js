/*
 * The panels at the sides: rooms and people. Where there is no space for them
 * they are drawers: one open at most, closed by Escape, by the scrim, or by
 * choosing a room; the focus goes in and comes back.
 */

import { avatar, byId, el, setText } from "./dom.js";

const BADGE_MAX = 99;
const MEMBERS_SHOWN_MAX = 500;

function createDrawers() {
  const drawers = [
    { panel: byId("rooms-panel"), opener: byId("open-rooms") },
    { panel: byId("people-panel"), opener: byId("open-people") },
  ];

  function set(drawer, isOpen) {
    drawer.panel.classList.toggle("open", isOpen);
    drawer.opener.setAttribute("aria-expanded", isOpen);
  }

  function close() {
    const open = drawers.find(({ panel }) => panel.classList.contains("open"));
    if (open) {
      set(open, false);
      if (open.panel.contains(document.activeElement)) {
        open.opener.focus();
      }
    }
  }

  drawers.forEach((drawer) => {
    drawer.panel.tabIndex = -1;
    drawer.opener.addEventListener("click", () => {
      close();
      set(drawer, true);
      drawer.panel.focus();
    });
  });
  byId("scrim").addEventListener("click", close);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.target.closest("dialog")) {
      close();
    }
  });
  return { close };
}

/* Rebuilds an element's children when what they show has changed. */
function createList(element) {
  let shown = null;
  return (model, build) => {
    const signature = JSON.stringify(model);
    if (signature !== shown) {
      shown = signature;
      element.replaceChildren(...model.map(build));
    }
  };
}

/**
 * @param {object} chat see client.js
 * @param {() => void} chosen called when another room was chosen
 */
export function createPanelsView(chat, chosen) {
  const drawers = createDrawers();
  const showRooms = createList(byId("rooms"));
  const showMembers = createList(byId("members"));
  const { state } = chat.store;

  function choose(name) {
    chat.openRoom(name);
    chosen();
  }

  function roomItem({ name, unread, isCurrent }) {
    const badge = unread > 0
      ? el("span", { class: "badge" },
        unread > BADGE_MAX ? `${BADGE_MAX}+` : String(unread),
        el("span", { class: "sr" }, " unread"))
      : null;
    return el("li", {}, el("button", {
      type: "button",
      class: unread > 0 ? "unread" : null,
      "aria-current": isCurrent ? "true" : null,
      "data-room": name,
      "data-unread": unread,
      onclick: () => choose(name),
    }, "# ", el("bdi", {}, name), badge));
  }

  function memberItem({ nick, role, isSelf }) {
    const tag = [isSelf && "you", role !== "guest" && role]
      .filter(Boolean).join(", ");
    return el("li", { "data-nick": nick }, avatar(nick), el("bdi", {}, nick),
      tag ? el("span", { class: "tag" }, tag) : null);
  }

  function renderRooms() {
    const rooms = [...state.rooms.values()];
    showRooms(rooms.map(({ name, unread }) => ({
      name,
      unread: name === state.current ? 0 : unread,
      isCurrent: name === state.current,
    })), roomItem);
    byId("other-unread").hidden =
      !rooms.some((room) => room.unread > 0 && room.name !== state.current);
    setText(byId("my-nick"), state.nick ?? "");
  }

  function membersOf(room) {
    const order = new Intl.Collator(undefined, { sensitivity: "base" });
    return [...room?.members.values() ?? []]
      .sort((a, b) => order.compare(a.nick, b.nick))
      .slice(0, MEMBERS_SHOWN_MAX)
      .map(({ nick, role }) => ({ nick, role, isSelf: nick === state.nick }));
  }

  function renderPeople(room) {
    const members = membersOf(room);
    const count = room?.memberCount ?? 0;
    showMembers(members, memberItem);
    setText(byId("people-count"), String(count));
    setText(byId("people-total"), String(count));
    const more = count - members.length;
    byId("more-members").hidden = more <= 0;
    setText(byId("more-members"), more > 0 ? `and ${more} more` : "");
  }

  function render() {
    renderRooms();
    renderPeople(chat.store.room(state.current));
  }

  return { render, close: drawers.close };
}
