/* Shortcuts that work everywhere. */

import { byId } from "./dom.js";

/* The next room in the list, or the next unread one. */
function step(by, isUnread) {
  const rooms = [...document.querySelectorAll("#rooms [data-room]")];
  const here = rooms.findIndex((room) => room.matches("[aria-current]"));
  const order = [...rooms.slice(here + 1), ...rooms.slice(0, Math.max(here, 0))];
  (by < 0 ? order.reverse() : order)
    .find((room) => !isUnread || Number(room.dataset.unread) > 0)?.click();
}

const press = (id) => () => byId(id).click();

function combination({ ctrlKey, metaKey, altKey, shiftKey, key }) {
  const isNamed = key.length > 1;
  return [(ctrlKey || metaKey) && "Ctrl", altKey && "Alt",
    isNamed && shiftKey && "Shift", isNamed ? key : key.toLowerCase()]
    .filter(Boolean).join(" ");
}

/** `areSingleOn()`: are keys without Ctrl or Alt used? */
export function createKeys(chat, { compose, areSingleOn }) {
  const shortcuts = {
    "Alt ArrowUp": () => step(-1),
    "Alt ArrowDown": () => step(1),
    "Alt Shift ArrowUp": () => step(-1, true),
    "Alt Shift ArrowDown": () => step(1, true),
    "Ctrl k": press("find-room"),
    "Escape": compose,
    "/": press("open-search"),
    "?": press("open-keys"),
  };

  document.addEventListener("keydown", (event) => {
    const name = combination(event);
    const isTyped = name.length === 1 &&
      (!areSingleOn() || event.target.matches("input, textarea, select"));
    if (chat.phase !== "chat" || event.defaultPrevented || isTyped ||
        document.querySelector("dialog[open]")) {
      return;
    }
    if (Object.hasOwn(shortcuts, name)) {
      event.preventDefault();
      shortcuts[name]();
    } else if (name.length === 1 && event.target === document.body) {
      compose(); // and types there
    }
  });
  byId("skip").addEventListener("click", compose);
}
