/* Lists to choose from while one writes, and the emoji to choose. */

import { t } from "../i18n.js";
import { el } from "./dom.js";

let emojiByName = new Map(); // once the table is loaded
let loading = null;

/** Loads the emoji when somebody is about to use them. */
export function loadEmoji() {
  loading ??= import("./emoji-table.js").then(({ TABLE }) => {
    emojiByName = new Map([...TABLE.matchAll(/(\S+) (\S+)/g)]
      .map(([, emoji, name]) => [name, emoji]));
  }, () => {
    loading = null; // the next one tries again
  });
  return loading;
}

/* Code and addresses stay as they are. */
const SHORTCODE =
  /```[^]*?```|`[^`\n]+`|https?:\S+|(?<![\w:]):([\w+-]+):(?![\w:])/g;

/** The text with emoji in place of their `:names:`. */
export const withEmoji = (text) =>
  text.replace(SHORTCODE, (whole, name) => emojiByName.get(name) ?? whole);

/** @returns {[string, string][]} name and emoji; first those that begin so */
export function findEmoji(part) {
  const found = [...emojiByName].filter(([name]) => name.includes(part));
  const begins = ([name]) => name.startsWith(part);
  return [...found.filter(begins), ...found.filter((e) => !begins(e))];
}

/**
 * A list that is chosen from while the focus stays in `field`.
 * @param {(value) => void} chosen
 * @returns {{list: HTMLElement, show, key}} `show(choices)` of {value,
 *   content}; `key(event)` tells whether the key was for the list
 */
export function createChoices(field, label, chosen) {
  const id = `${field.id}-choices`;
  const list = el("ul", { id, class: "choices", role: "listbox",
    "aria-label": label, hidden: true });
  const options = list.children;
  let values = [];
  let active = 0;

  function activate(index) {
    options[active].setAttribute("aria-selected", "false");
    active = (index + values.length) % values.length;
    options[active].setAttribute("aria-selected", "true");
    options[active].scrollIntoView({ block: "nearest" });
    field.setAttribute("aria-activedescendant", options[active].id);
  }

  function show(choices) {
    values = choices.map(({ value }) => value);
    list.replaceChildren(...choices.map(({ value, content }, i) =>
      el("li", { id: `${id}-${i}`, role: "option", "aria-selected": "false",
        onclick: () => chosen(value) }, ...content)));
    list.hidden = values.length === 0;
    active = 0;
    field.removeAttribute("aria-activedescendant");
    if (values.length > 0) {
      activate(0);
    }
  }

  function stepOf(pressed) {
    const below = [...options].findIndex((option) =>
      option.offsetTop > options[0].offsetTop);
    const columns = below < 0 ? values.length : below;
    const forward = document.dir === "rtl" ? -1 : 1;
    return { ArrowDown: columns, ArrowUp: -columns,
      ...columns > 1 && { ArrowRight: forward, ArrowLeft: -forward } }[pressed];
  }

  function key(event) {
    const step = !list.hidden && stepOf(event.key);
    if (step) {
      activate(active + step);
    } else if (list.hidden || !["Enter", "Tab", "Escape"].includes(event.key)) {
      return false;
    } else if (event.key === "Escape") {
      show([]);
    } else {
      chosen(values[active]);
    }
    event.preventDefault();
    return true;
  }

  // A press must not take the focus out of the field.
  list.addEventListener("mousedown", (event) => event.preventDefault());
  field.setAttribute("aria-controls", id);
  field.setAttribute("aria-autocomplete", "list");
  return { list, show, key };
}

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

/**
 * Opens a grid of emoji by `anchor`, which has the focus again afterwards.
 * @param {(emoji: string) => void} chosen
 */
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
