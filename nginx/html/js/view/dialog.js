/* Modal dialogs and their forms; they live as long as they are open. */

import { t } from "../i18n.js";
import { byId, el, icon, setText } from "./dom.js";
import * as wording from "./wording.js";

/* Who imports this module waits for its styles, too. */
await new Promise((resolve) => {
  const link = el("link", { rel: "stylesheet", href: "css/dialog.css" });
  link.onload = link.onerror = resolve;
  document.head.append(link);
});

/** Opens a dialog; `name` is its class, and `data-dialog` for tests. */
export function openDialog({ title, name, closed = () => {} }, ...content) {
  const close = el("button", { class: "icon", type: "button",
    "aria-label": t("dialog.close"), onclick: () => dialog.close() },
  icon("close"));
  const dialog = el("dialog", { class: `dialog ${name ?? ""}`,
    "data-dialog": name, "aria-label": title },
  el("header", { class: "panel-head" }, el("h2", {}, el("bdi", {}, title)),
    close), ...content);
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (document.activeElement === document.body) {
      byId("text").focus(); // its opener is gone
    }
    closed();
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) {
      dialog.close(); // its backdrop
    }
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/** A part that opens when its title is chosen, and closes the others. */
export function section(title, ...content) {
  return el("details", { class: "section", name: "section" },
    el("summary", {}, title), ...content);
}

/** The same; `make()` gives what is in it when it is first opened. */
export function lateSection(title, make) {
  const part = section(title);
  part.addEventListener("toggle", () => part.append(...make()), { once: true });
  return part;
}

/** A text to be taken along. */
export function copyable(label, value) {
  const shown = field(label, { value, readonly: true, dir: "ltr" });
  const button = el("button", { class: "plain", type: "button",
    onclick: async () => {
      shown.lastChild.select();
      if (navigator.clipboard) { // which insecure sites have not
        await navigator.clipboard.writeText(value);
        setText(button, t("dialog.copied"));
      }
    } }, t("dialog.copy"));
  return el("div", { class: "actions" }, shown, button);
}

/** A label with its control. */
export function field(label, attributes, tag = "input", ...options) {
  const control = el(tag, { dir: tag === "select" ? null : "auto",
    autocomplete: "off", ...attributes }, ...options);
  return attributes.type === "checkbox"
    ? el("label", { class: "check" }, control, label)
    : el("label", { class: "labelled" }, el("span", {}, label), control);
}

/** A select's field: `choices` are [value, text] each. */
export function choice(label, name, choices, chosen) {
  return field(label, { name }, "select", ...choices.map(([value, text]) =>
    el("option", { value, selected: value === chosen }, text)));
}

/* Runs it unless it runs, which `button` shows. Resolves with its refusal. */
async function once(button, run) {
  if (button.getAttribute("aria-disabled")) {
    return null;
  }
  button.setAttribute("aria-disabled", "true");
  try {
    await run();
    return null;
  } catch (reason) {
    return reason;
  } finally {
    button.removeAttribute("aria-disabled");
  }
}

/** `run` gets the fields' values by `name`; `submit` is the button's text. */
export function form({ submit, run, explain = wording.explain }, ...content) {
  const error = el("p", { class: "error", role: "alert" });
  const button = el("button", { class: "primary", type: "submit" }, submit);
  const element = el("form", { novalidate: true }, ...content, error, button);
  element.addEventListener("submit", async (event) => {
    event.preventDefault();
    error.textContent = "";
    const reason = await once(button,
      () => run(Object.fromEntries(new FormData(element))));
    error.textContent = reason ? explain(reason) : "";
  });
  return element;
}

/** A section that is a form; its title is its button's text, too. */
export const formSection = (title, options, ...fields) =>
  section(title, form({ submit: title, ...options }, ...fields));

/* Takes a row away; who was in it is in the next one, or in the note below. */
function takeAway(row, note) {
  const next = row.nextElementSibling ?? row.previousElementSibling;
  row.remove();
  (next?.querySelector("button") ?? note).focus();
}

/** A list that is asked for page by page; see PAGE.md. */
export function pagedList({ load, key = "items", row, none = "" }) {
  const list = el("ul", { class: "found" });
  const note = el("p", { class: "quiet", role: "status", tabindex: "-1" });
  let last;

  const button = (words, run) => {
    const element = el("button", { class: "plain", type: "button",
      onclick: async () => {
        const reason = await once(element, run);
        setText(note, reason ? wording.explain(reason)
          : list.children.length ? "" : none);
      } }, words);
    return element;
  };

  function put(item) {
    const element = el("li", {}, ...row(item, (words, run) =>
      button(words, async () => {
        if (await run() !== false) {
          takeAway(element, note);
        }
      })));
    list.append(element);
  }

  const more = button(t("dialog.more"), async () => {
    const page = await load(last);
    page[key].forEach(put);
    last = page[key].at(-1);
    more.hidden = !page.more;
  });
  more.hidden = true;
  more.click();
  return el("div", { class: "paged" }, list, note, more);
}
