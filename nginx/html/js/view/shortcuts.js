/* The dialog that shows all shortcuts there are. */

import { t } from "../i18n.js";
import { field, openDialog } from "./dialog.js";
import { el } from "./dom.js";

/* Keys, and the end of the name of their text. */
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

/** `areSingleOn`: whether keys without Ctrl or Alt are used; `turn(on)`. */
export function openShortcuts(areSingleOn, turn) {
  const single = field(t("keys.single"),
    { type: "checkbox", id: "single-keys", checked: areSingleOn });
  single.addEventListener("change", ({ target }) => turn(target.checked));
  openDialog({ title: t("keys.title"), name: "shortcuts" },
    ...Object.entries(SHOWN).flatMap(([where, keys]) =>
      [el("h3", {}, t(`keys.${where}`)), keyList(keys)]),
    single);
}
