/*
 * The dialog in which rooms are found and made. What is typed narrows the
 * list; a name that is not in the list can be made a room.
 */

import { byId, el, setText } from "./dom.js";
import { explain } from "./wording.js";

const ROOMS_SHOWN_MAX = 100;

const fold = (text) => text.normalize("NFC").toLowerCase();

/**
 * @param {object} chat see client.js
 * @param {() => void} entered called when a room was entered
 */
export function createFinderView(chat, entered) {
  const dialog = byId("finder");
  const name = byId("finder-name");
  const topic = byId("finder-topic");
  let rooms = [];

  const wanted = () => name.value.trim().replace(/^#/, "");

  function showError(text) {
    setText(byId("finder-error"), text);
    name.setAttribute("aria-invalid", text ? "true" : "false");
  }

  async function enter(room) {
    try {
      await chat.joinRoom(room,
        { topic: topic.value.trim() || undefined });
      dialog.close();
    } catch (error) {
      showError(explain(error));
      name.focus();
      return;
    }
    entered();
  }

  function roomItem({ room, topic: about, member_count: count }) {
    return el("li", {}, el("button", {
      type: "button", "data-room": room, onclick: () => enter(room),
    },
    el("bdi", {}, room),
    el("span", { class: "quiet" },
      count === 1 ? "1 person" : `${count} people`),
    about ? el("bdi", { class: "quiet", dir: "auto" }, about) : null));
  }

  function filter() {
    const part = fold(wanted());
    const found = rooms.filter(({ room }) => fold(room).includes(part));
    byId("finder-rooms").replaceChildren(
      ...found.slice(0, ROOMS_SHOWN_MAX).map(roomItem));
    const isNew = part && !rooms.some(({ room }) => fold(room) === part);
    byId("finder-create").hidden = !isNew;
    setText(byId("finder-create-button"), `Create “${wanted()}”`);
  }

  async function open() {
    name.value = topic.value = "";
    showError("");
    filter();
    dialog.showModal();
    name.focus();
    try {
      ({ rooms } = await chat.listRooms());
      filter();
    } catch (error) {
      showError(explain(error));
    }
  }

  byId("find-room").addEventListener("click", open);
  byId("finder-close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) {
      dialog.close(); // its backdrop
    }
  });
  name.addEventListener("input", () => {
    showError("");
    filter();
  });
  byId("finder-form").addEventListener("submit", (event) => {
    event.preventDefault();
    if (wanted()) {
      enter(wanted());
    }
  });
}
