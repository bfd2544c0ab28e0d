/* Shortcuts that work everywhere, and the dialog that shows all there are. */

import { t } from "../i18n.js";
import { field, openDialog } from "./dialog.js";
import { byId, el } from "./dom.js";

/* What the dialog shows: keys, and the end of the name of their text. */
const SHOWN = {
  everywhere: {
    "Alt ↑ ↓": "room", "Alt Shift ↑ ↓": "unread", "Ctrl K": "find",
    "/": "search", "Esc": "composer", "?": "help",
  },
  composer: {
    "Enter": "send", "Shift Enter": "line", "↑": "last", "Tab": "complete",
  },
  log: {
    "↑ ↓ Home End": "message", "Enter": "menu", "R": "reply", "E": "edit",
    "+": "react", "Delete": "delete",
  },
};

const isMac = /Mac|iP/.test(navigator.platform);
const KEYS_OF_MAC = { Alt: "⌥", Ctrl: "⌘", Shift: "⇧" };

function keyName(key) {
  return (isMac && KEYS_OF_MAC[key]) || (key.length > 2 ? t(`key.${key}`) : key);
}

const keyList = (keys) => el("dl", { class: "key-list" },
  ...Object.entries(keys).flatMap(([keysOf, name]) => [
    el("dt", {}, ...keysOf.split(" ").flatMap((key) =>
      [el("kbd", {}, keyName(key)), " "])),
    el("dd", {}, t(`keys.${name}`)),
  ]));

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

/**
 * @param {() => void} compose puts the focus into the field for messages
 * @param {{get, set}} lasting storage of this browser
 */
export function createKeys(chat, compose, lasting) {
  const areSingleOn = () => lasting.get("singleKeys") !== false;

  function help() {
    const single = field(t("keys.single"),
      { type: "checkbox", id: "single-keys", checked: areSingleOn() });
    single.addEventListener("change", ({ target }) =>
      lasting.set("singleKeys", target.checked));
    openDialog({ title: t("keys.title"), name: "shortcuts" },
      ...Object.entries(SHOWN).flatMap(([where, keys]) =>
        [el("h3", {}, t(`keys.${where}`)), keyList(keys)]),
      single);
  }

  const shortcuts = {
    "Alt ArrowUp": () => step(-1),
    "Alt ArrowDown": () => step(1),
    "Alt Shift ArrowUp": () => step(-1, true),
    "Alt Shift ArrowDown": () => step(1, true),
    "Ctrl k": press("find-room"),
    "Escape": compose,
    "/": press("open-search"),
    "?": help,
  };

  document.addEventListener("keydown", (event) => {
    const name = combination(event);
    const isTyped = name.length === 1 &&
      (!areSingleOn() || event.target.matches("input, textarea, select"));
    if (chat.phase === "chat" && !event.defaultPrevented && !isTyped &&
        Object.hasOwn(shortcuts, name) &&
        !document.querySelector("dialog[open]")) {
      event.preventDefault();
      shortcuts[name]();
    }
  });
  byId("open-keys").addEventListener("click", help);
  byId("skip").addEventListener("click", compose);
}
