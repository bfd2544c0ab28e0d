/*
 * The dialog that finds what was said in our rooms. Choosing one of the
 * messages found shows it where it was said.
 */

import { byId, el, fullTime, nickElement, setText } from "./dom.js";
import { explain, roomTitle } from "./wording.js";

const PAGE = 50;

/**
 * @param {object} chat see client.js
 * @param {(seq: number) => void} found called when a message is shown
 */
export function createSearchView(chat, found) {
  const dialog = byId("search");
  const words = byId("search-words");
  const everywhere = byId("search-everywhere");
  const list = byId("search-results");
  let asked = 0; // how often: an answer that comes late is not shown

  const say = (text) => setText(byId("search-note"), text);

  async function show(item) {
    try {
      await chat.showMessage(item.room, item.seq);
      dialog.close();
      found(item.seq);
    } catch (error) {
      say(explain(error));
    }
  }

  function result(item) {
    const room = chat.store.room(item.room);
    return el("li", {}, el("button", {
      type: "button", "data-seq": item.seq, onclick: () => show(item),
    },
    el("span", { class: "head" }, nickElement(item.from ?? ""),
      el("span", { class: "quiet" }, room ? roomTitle(room) : item.room),
      fullTime(item.at)),
    el("span", { class: "text", dir: "auto" }, item.text ?? "")));
  }

  async function find(before) {
    const mine = ++asked;
    const room = everywhere.checked ? undefined : chat.store.state.current;
    try {
      const { messages, more } = await chat.search(words.value.trim(),
        { room: room ?? undefined, before, limit: PAGE });
      if (mine === asked) {
        list.append(...messages.map(result));
        say(note(more));
        showMore(more ? messages.at(-1)?.seq : undefined);
      }
    } catch (error) {
      say(explain(error));
    }
  }

  /* Who has no message and more has been stopped: it took too long. */
  function note(more) {
    return list.children.length ? ""
      : more ? "These words are everywhere. Please look for others."
        : "Nothing was found.";
  }

  function showMore(before) {
    byId("search-more").hidden = before === undefined;
    byId("search-more").onclick = () => find(before);
  }

  function start() {
    list.replaceChildren();
    showMore(undefined);
    say("");
    if (words.value.trim()) {
      find();
    }
  }

  /** Opens the dialog, and looks for `text` if there is one. */
  function open(text = "") {
    words.value = text;
    dialog.showModal();
    words.focus();
    start();
  }

  byId("open-search").addEventListener("click", () => open());
  byId("search-close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) {
      dialog.close(); // its backdrop
    }
  });
  byId("search-form").addEventListener("submit", (event) => {
    event.preventDefault();
    start();
  });

  return { open };
}
