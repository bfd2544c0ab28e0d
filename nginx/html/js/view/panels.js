/* Rooms and people; drawers where there is less space. */

import { byName, number, t } from "../i18n.js";
import { avatar, byId, el, icon, moveByArrows, setText } from "./dom.js";
import { roomTitle } from "./wording.js";

const BADGE_MAX = 99;
const MEMBERS_SHOWN_MAX = 500;

function createDrawers() {
  const openers = [byId("open-rooms"), byId("open-people")];
  const panelOf = (opener) => byId(opener.getAttribute("aria-controls"));

  function set(opener, isOpen) {
    panelOf(opener).classList.toggle("open", isOpen);
    opener.setAttribute("aria-expanded", isOpen);
    document.querySelectorAll(".skip, .room, .panel:not(.open)")
      .forEach((part) => {
        part.inert = isOpen; // the scrim is over it
      });
  }

  function close() {
    const opener = openers.find((o) => o.ariaExpanded === "true");
    openers.forEach((o) => set(o, false));
    opener?.focus();
    return Boolean(opener);
  }

  openers.forEach((opener) => opener.addEventListener("click", () => {
    close();
    set(opener, true);
    panelOf(opener).focus();
  }));
  byId("scrim").addEventListener("click", close);
  matchMedia("(max-width: 68rem)").addEventListener("change", close);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.target.closest("dialog") && close()) {
      event.preventDefault();
    }
  });
  return { close };
}

/* Built anew when its model differs; the focus stays by the button's name. */
function createList(element, build) {
  let shown = null;

  function stopAt(button) {
    element.querySelectorAll("button").forEach((other) => {
      other.tabIndex = other === button ? 0 : -1;
    });
  }

  function rebuild(model) {
    const had = element.contains(document.activeElement) &&
      document.activeElement.name;
    element.replaceChildren(...build(model));
    const buttons = [...element.querySelectorAll("button")];
    const stop = buttons.find((button) => had === false
      ? button.ariaCurrent : button.name === had) ?? buttons[0];
    stopAt(stop);
    if (had !== false) {
      stop?.focus();
    }
  }

  moveByArrows(element);
  element.addEventListener("focusin", ({ target }) => stopAt(target));
  return (model) => {
    const signature = JSON.stringify(model);
    if (signature !== shown) {
      shown = signature;
      rebuild(model);
    }
  };
}

const upTo = (count) =>
  count > BADGE_MAX ? `${number(BADGE_MAX)}+` : number(count);

function badge({ unread, mentions }) {
  const [name, count] = mentions > 0
    ? ["mentions", mentions] : ["unread", unread];
  return count > 0
    ? el("span", { class: `badge ${name}` },
      el("span", { "aria-hidden": "true" },
        (mentions > 0 ? "@ " : "") + upTo(count)),
      el("span", { class: "sr" }, t(`rooms.${name}`, { count })))
    : null;
}

const isDirect = (room) => room.with !== null;
const byStanding = (a, b) =>
  Boolean(b.rank) - Boolean(a.rank) || byName(a.nick, b.nick);

/** chosen(): another room was; attempt(run); person(nick) shows a card. */
export function createPanelsView(chat, chosen, attempt, person) {
  const drawers = createDrawers();
  const showRooms = createList(byId("rooms"), roomGroups);
  const showMembers = createList(byId("members"), (all) => all.map(memberItem));
  const { state } = chat.store;

  const accept = (invite) => attempt(async () => {
    await chat.joinRoom(invite);
    chosen();
  });

  function choose(name) {
    chat.openRoom(name);
    chosen();
  }

  const item = (name, onclick, attributes, ...children) => el("button",
    { type: "button", name, onclick, ...attributes }, ...children);

  const inviteItem = (room) => el("li", {},
    item(`+${room}`, () => accept(room), { "data-invite": room },
      "# ", el("bdi", {}, room),
      el("span", { class: "badge" }, t("rooms.accept"))),
    item(`-${room}`, () => attempt(() => chat.decline(room)),
      { class: "icon", "aria-label": t("rooms.decline", { room }) },
      icon("close")));

  const roomItem = ({ name, title, isPrivate, isCurrent, ...counts }) =>
    el("li", {}, item(name, () => choose(name), {
      class: counts.unread > 0 ? "unread" : null,
      "aria-current": isCurrent ? "true" : null,
      "data-room": name,
      "data-unread": counts.unread,
    }, `${title[0]} `, el("bdi", {}, title.slice(1)),
    isPrivate ? el("span", { class: "tag" }, t("rooms.private")) : null,
    badge(counts)));

  function roomGroups({ rooms, direct, invites }) {
    const group = (title, items) => items.length === 0 ? []
      : [title && el("h3", {}, title), el("ul", {}, ...items)];
    return [...group(null, rooms.map(roomItem)),
      ...group(t("rooms.direct"), direct.map(roomItem)),
      ...group(t("rooms.invites"), invites.map(inviteItem))].filter(Boolean);
  }

  function shownRoom(room) {
    const isCurrent = room.name === state.current;
    return {
      name: room.name,
      title: roomTitle(room),
      isPrivate: room.settings.access === "private",
      unread: isCurrent ? 0 : room.unread,
      mentions: isCurrent ? 0 : room.mentions,
      isCurrent,
    };
  }

  function renderRooms() {
    const rooms = [...state.rooms.values()]
      .sort((a, b) => byName(roomTitle(a), roomTitle(b)));
    showRooms({
      rooms: rooms.filter((room) => !isDirect(room)).map(shownRoom),
      direct: rooms.filter(isDirect).map(shownRoom),
      invites: [...state.invites].sort(byName),
    });
    byId("other-unread").hidden =
      !rooms.some((room) => room.unread > 0 && room.name !== state.current);
    setText(byId("my-nick"), state.nick ?? "");
  }

  function memberItem({ nick, role, rank, idle, isSelf }) {
    const standing = rank ? t(`rank.${rank}`)
      : role !== "guest" && t(`role.${role}`);
    const tags = [isSelf && t("people.you"), idle && t("people.idle"), standing]
      .filter(Boolean).join(" · ");
    return el("li", { "data-nick": nick, class: idle ? "idle" : null },
      item(nick, () => person(nick), {}, avatar(nick), el("bdi", {}, nick),
        el("span", { class: "tag" }, tags)));
  }

  function renderPeople(room) {
    const members = [...room?.members.values() ?? []].sort(byStanding)
      .slice(0, MEMBERS_SHOWN_MAX)
      .map(({ nick, role, rank, idle }) =>
        ({ nick, role, rank, idle, isSelf: nick === state.nick }));
    const count = room?.memberCount ?? 0;
    const more = count - members.length;
    showMembers(members);
    setText(byId("people-count"), number(count));
    setText(byId("people-total"), number(count));
    byId("more-members").hidden = more <= 0;
    setText(byId("more-members"), t("people.more", { count: more }));
  }

  function render() {
    renderRooms();
    renderPeople(chat.store.room(state.current));
  }

  return { render, close: drawers.close };
}
