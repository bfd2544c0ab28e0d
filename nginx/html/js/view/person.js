/*
 * Somebody's card: who they are here, and what can be done with them.
 */

import { openDialog } from "./dialog.js";
import { avatar, el } from "./dom.js";

/** @param {object} chat see client.js */
export function createPersonView(chat) {
  const roleOf = (nick) =>
    chat.store.room(chat.store.state.current)?.members.get(nick)?.role ?? "";

  /** @param {string} nick whose card is shown */
  function open(nick) {
    openDialog({ title: nick, name: "person" },
      el("p", { class: "quiet" }, avatar(nick), " ", roleOf(nick)));
  }

  return { open };
}
