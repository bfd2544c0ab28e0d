/* Emoji to choose from, and where what pops up is put. */

import { t } from "../i18n.js";
import { el } from "./dom.js";
import { createChoices, findEmoji, loadEmoji } from "./emoji.js";

/** Puts it where there is room: above its anchor or below, at either side. */
export function place(popover, anchor) {
  const { top, bottom, left, right } = anchor.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = popover;
  const { clientWidth, clientHeight } = document.documentElement;
  const x = left + width > clientWidth - 8 ? right - width : left;
  const y = top > height ? top - height
    : Math.min(bottom, clientHeight - height - 8);
  popover.style.inset = `${Math.max(y, 8)}px auto auto ${Math.max(x, 8)}px`;
}

/** `anchor` has the focus again afterwards. */
export async function openEmojiGrid(anchor, chosen) {
  const field = el("input", { id: "emoji", type: "search", role: "combobox",
    "aria-expanded": "true", autocomplete: "off", autocapitalize: "none",
    "aria-label": t("emoji.find"), placeholder: t("emoji.find") });
  const close = () => {
    popover.hidePopover(); // gives the focus back, if it can
    if (document.activeElement === document.body) {
      anchor.focus();
    }
  };
  const { list, show, key } = createChoices(field, t("emoji.title"),
    (emoji) => {
      close();
      chosen(emoji);
    });
  const popover = el("div", { class: "emoji", popover: "auto" }, field, list);
  const filter = () => show(findEmoji(field.value.trim().toLowerCase())
    .map(([name, emoji]) =>
      ({ value: emoji, content: [el("span", { title: name }, emoji)] })));
  field.addEventListener("input", filter);
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      event.preventDefault();
      close();
    } else {
      key(event);
    }
  });
  popover.addEventListener("toggle", ({ newState }) =>
    newState === "closed" && popover.remove());
  await loadEmoji();
  document.body.append(popover);
  popover.showPopover();
  filter();
  place(popover, anchor);
  field.focus();
}
