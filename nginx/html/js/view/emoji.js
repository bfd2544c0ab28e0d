/* What is suggested while one writes: a list, and emoji for it. */

import { el } from "./dom.js";

let emojiByName = new Map(); // once the table is loaded
let loading = null;

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

/** Pairs of name and emoji; first those that begin so. */
export function findEmoji(part) {
  const found = [...emojiByName].filter(([name]) => name.includes(part));
  const begins = ([name]) => name.startsWith(part);
  return [...found.filter(begins), ...found.filter((e) => !begins(e))];
}

/**
 * A list to choose from while the focus stays in `field`: `show(choices)` of
 * {value, content}; `key(event)` tells whether the key was for the list.
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
