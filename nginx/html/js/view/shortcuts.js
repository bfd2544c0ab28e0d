/* Shows all shortcuts there are. */

import { t } from "../i18n.js";
import { field, openDialog } from "./dialog.js";
import { el } from "./dom.js";

/* Keys, and what they are for. */
const SHOWN = {
  everywhere: {
    "Alt ↑ ↓": "keys.room", "Alt Shift ↑ ↓": "keys.unread",
    "Ctrl K": "rooms.find", "/": "search.title", "Esc": "keys.composer",
    "?": "keys.help",
  },
  composer: {
    "Enter": "composer.send", "Shift Enter": "keys.line", "↑": "keys.last",
    "Tab": "keys.complete",
  },
  log: {
    "↑ ↓ Home End": "keys.message", "Enter": "keys.menu", "R": "deed.reply",
    "E": "deed.edit", "+": "deed.emoji", "Delete": "deed.delete",
  },
};

const isMac = /Mac|iP/.test(navigator.platform);
const KEYS_OF_MAC = { Alt: "⌥", Ctrl: "⌘", Shift: "⇧" };

function keyName(key) {
  return (isMac && KEYS_OF_MAC[key]) || (key.length > 2 ? t(`key.${key}`) : key);
}

const keyList = (keys) => el("dl", { class: "key-list" },
  ...Object.entries(keys).flatMap(([keysOf, text]) => [
    el("dt", {}, ...keysOf.split(" ").flatMap((key) =>
      [el("kbd", {}, keyName(key)), " "])),
    el("dd", {}, t(text)),
  ]));

export function openShortcuts(areSingleOn, turn) {
  const single = field(t("keys.single"),
    { type: "checkbox", id: "single-keys", checked: areSingleOn });
  single.addEventListener("change", ({ target }) => turn(target.checked));
  openDialog({ title: t("keys.title"), name: "shortcuts" },
    ...Object.entries(SHOWN).flatMap(([where, keys]) =>
      [el("h3", {}, t(`keys.${where}`)), keyList(keys)]),
    single);
}
