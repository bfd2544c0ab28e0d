/*
 * The panels at the sides: rooms and people. Where there is no space for them
 * they are drawers: one open at most, closed by Escape, by the scrim, or by
 * choosing a room; the focus goes in and comes back.
 */

import { avatar, byId, el, setText } from "./dom.js";
import { roomTitle } from "./wording.js";

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
 * @param {(run: () => Promise) => void} attempt runs it and tells what failed
 */
export function createPanelsView(chat, chosen, attempt) {
  const drawers = createDrawers();
  const showRooms = createList(byId("rooms"));
  const showMembers = createList(byId("members"));
  const { state } = chat.store;

  const follow = (invite) => attempt(async () => {
    await chat.joinRoom(invite);
    chosen();
  });

  function choose(name) {
    chat.openRoom(name);
    chosen();
  }

  const upTo = (count) =>
    count > BADGE_MAX ? `${BADGE_MAX}+` : String(count);

  /* How much is unread; with a sign, how much of it mentions us. */
  function badgeOf({ unread, mentions }) {
    if (mentions > 0) {
      return el("span", { class: "badge mention" }, `@ ${upTo(mentions)}`,
        el("span", { class: "sr" }, ` times mentioned, ${unread} unread`));
    }
    return unread > 0
      ? el("span", { class: "badge" }, upTo(unread),
        el("span", { class: "sr" }, " unread"))
      : null;
  }

  function inviteItem({ invite }) {
    return el("li", {}, el("button", {
      type: "button", class: "unread", "data-invite": invite,
      onclick: () => follow(invite),
    }, "# ", el("bdi", {}, invite), el("span", { class: "badge" }, "Join")));
  }

  function roomItem(entry) {
    if (entry.invite) {
      return inviteItem(entry);
    }
    const { name, unread, isCurrent, title, isPrivate } = entry;
    return el("li", {}, el("button", {
      type: "button",
      class: unread > 0 ? "unread" : null,
      "aria-current": isCurrent ? "true" : null,
      "data-room": name,
      "data-unread": unread,
      onclick: () => choose(name),
    }, `${title[0]} `, el("bdi", {}, title.slice(1)),
    isPrivate ? el("span", { class: "tag" }, "private") : null,
    badgeOf(entry)));
  }

  function memberItem({ nick, role, rank, idle, isSelf }) {
    const tag = [isSelf && "you", idle && "idle",
      rank || (role !== "guest" && role)]
      .filter(Boolean).join(", ");
    return el("li", { "data-nick": nick, class: idle ? "idle" : null },
      avatar(nick), el("bdi", {}, nick),
      tag ? el("span", { class: "tag" }, tag) : null);
  }

  function renderRooms() {
    const rooms = [...state.rooms.values()];
    const invites = [...state.invites].map((invite) => ({ invite }));
    showRooms([...rooms.map((room) => {
      const isCurrent = room.name === state.current;
      return {
        name: room.name,
        title: roomTitle(room),
        isPrivate: room.isPrivate && room.with === null,
        unread: isCurrent ? 0 : room.unread,
        mentions: isCurrent ? 0 : room.mentions,
        isCurrent,
      };
    }), ...invites], roomItem);
    byId("other-unread").hidden =
      !rooms.some((room) => room.unread > 0 && room.name !== state.current);
    setText(byId("my-nick"), state.nick ?? "");
  }

  function membersOf(room) {
    const order = new Intl.Collator(undefined, { sensitivity: "base" });
    return [...room?.members.values() ?? []]
      .sort((a, b) => order.compare(a.nick, b.nick))
      .slice(0, MEMBERS_SHOWN_MAX)
      .map(({ nick, role, rank, idle }) =>
        ({ nick, role, rank, idle, isSelf: nick === state.nick }));
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
