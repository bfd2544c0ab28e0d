/* Modal dialogs and their forms; they live as long as they are open. */

import { t } from "../i18n.js";
import { byId, el, icon } from "./dom.js";

/**
 * Opens a dialog.
 * @param {object} options
 * @param {string} options.title
 * @param {string} [options.name] its class, and `data-dialog` for tests
 * @param {() => void} [options.closed] called once when it has been closed
 * @param {...(Node|string|null)} content
 * @returns {HTMLDialogElement} close() closes it
 */
export function openDialog({ title, name, closed = () => {} }, ...content) {
  const opener = document.activeElement;
  const close = el("button", { class: "icon", type: "button",
    "aria-label": t("dialog.close"), onclick: () => dialog.close() },
  icon("close"));
  const dialog = el("dialog", { class: `dialog ${name ?? ""}`,
    "data-dialog": name, "aria-label": title },
  el("header", { class: "panel-head" }, el("h2", { dir: "auto" }, title), close),
  ...content);
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (!opener?.isConnected) {
      byId("text").focus();
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

/** Closes all that are open. */
export function closeDialogs() {
  document.querySelectorAll("dialog[open]").forEach((d) => d.close());
}

/**
 * A labelled field for a form.
 * @param {string} label
 * @param {object} attributes of the control; `id` is required
 * @param {string} [tag] "input", "textarea", "select"
 * @param {...Node} options of a select
 * @returns {HTMLElement} the label with its control
 */
export function field(label, attributes, tag = "input", ...options) {
  const control = el(tag, { dir: tag === "select" ? null : "auto",
    autocomplete: "off", ...attributes }, ...options);
  return attributes.type === "checkbox"
    ? el("label", { class: "check" }, control, label)
    : el("label", { class: "labelled" }, el("span", {}, label), control);
}

/**
 * A form for a dialog: sends once at a time, and says what was refused.
 * @param {object} options
 * @param {string} options.submit the button's words
 * @param {() => Promise} options.run may reject with an error of net/api.js
 * @param {(error) => string} options.explain
 * @param {...Node} content before the error and the button
 */
export function form({ submit, run, explain }, ...content) {
  const error = el("p", { class: "error", role: "alert" });
  const button = el("button", { class: "primary", type: "submit" }, submit);
  const element = el("form", { novalidate: true }, ...content, error, button);
  element.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button.getAttribute("aria-disabled")) {
      return;
    }
    button.setAttribute("aria-disabled", "true");
    error.textContent = "";
    try {
      await run();
    } catch (reason) {
      error.textContent = explain(reason);
    }
    button.removeAttribute("aria-disabled");
  });
  return element;
}
