/* Making elements: the only way from a string to the page is a text node. */

import { dateFormat, t } from "../i18n.js";

const HUES = 12; // .hue-0 ... .hue-11 in css/messages.css

export const byId = (id) => document.getElementById(id);

/** Attributes and children that are null are left out; `onclick`: function. */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "onclick") {
      element.addEventListener("click", value);
    } else if (value !== null && value !== undefined && value !== false) {
      element.setAttribute(name, value === true ? "" : value);
    }
  }
  element.append(...children.filter((c) => c !== null && c !== undefined));
  return element;
}

/** A frame that nobody has gone to must not take the focus. */
export const mayFocus = () => window === parent || document.hasFocus();

/* 20 x 20, drawn with a line. */
const ICONS = {
  bell: "M4 14h12l-1.5-2V9a4.5 4.5 0 0 0-9 0v3zm4.5 3h3",
  help: "M7 7.3a3 3 0 1 1 4.2 2.8c-.8.4-1.2 1-1.2 2.2m0 3.4v.1",
  close: "m5 5 10 10M15 5 5 15",
  emoji: "M17 10a7 7 0 1 1-14 0 7 7 0 0 1 14 0M7 12q3 3 6 0M7.5 8v.1M12.5 8v.1",
  find: "M14 9A5 5 0 1 1 4 9a5 5 0 0 1 10 0m-1 4 4 4",
  leave: "M12 4H5v12h7M9 10h8M14 7l3 3-3 3",
  menu: "M3 5h14M3 10h14M3 15h14",
  more: "M4.5 10h.1M10 10h.1M15.5 10h.1",
  people: "M5 7a3 3 0 1 0 6 0 3 3 0 1 0-6 0M2.5 16c.6-3 2.8-4.5 5.5-4.5" +
    "s4.9 1.5 5.5 4.5M13 4.4a3 3 0 0 1 0 5.2M15 12c1.5.7 2.3 2 2.6 4",
  plus: "M10 4v12M4 10h12",
  shield: "M10 3 4 5v5c0 3.5 2.5 6 6 7.5 3.5-1.5 6-4 6-7.5V5z",
  reply: "M8 5 3 10l5 5M3 10h8q6 0 6 6",
  send: "M3 10 17 4l-4.5 13-3-5.5z",
};
const SVG = "http://www.w3.org/2000/svg";

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/** Puts words and icons into index.html. */
export function localize(root = document) {
  root.querySelectorAll("[data-icon]").forEach((element) =>
    element.prepend(icon(element.dataset.icon)));
  root.querySelectorAll("[data-t]").forEach((element) =>
    element.append(t(element.dataset.t)));
  root.querySelectorAll("[data-label]").forEach((element) => {
    const label = t(element.dataset.label);
    if (element.matches("button")) {
      element.title = label;
    }
    if (element.matches("button:has(span)")) {
      element.append(el("span", { class: "sr" }, label)); // beside a count
    } else {
      element.setAttribute("aria-label", label);
    }
  });
}

/** Sets text only if it differs, so that nothing is announced twice. */
export function setText(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

const STEPS = { ArrowUp: -1, ArrowDown: 1, Home: -Infinity, End: Infinity };

/** Where a key leads to in a list; undefined: nowhere. */
export function stepFrom(elements, from, key) {
  const all = [...elements];
  const i = all.indexOf(from);
  return i < 0 ? undefined
    : all[Math.min(Math.max(i + STEPS[key], 0), all.length - 1)];
}

/** Up, Down, Home and End move the focus in a list, or what `items` selects. */
export function moveByArrows(element, items = "button") {
  element.addEventListener("keydown", (event) => {
    const { target, key } = event;
    const to = stepFrom(element.querySelectorAll(items), target, key);
    const isCaret = target.matches("input") && !key.startsWith("Arrow");
    if (to && !event.altKey && !isCaret) {
      event.preventDefault();
      to.focus();
    }
  });
}

function hueOf(nick) {
  let hash = 0;
  for (const character of nick) {
    hash = (hash * 31 + character.codePointAt(0)) % 65_521;
  }
  return `hue-${hash % HUES}`;
}

export const nickElement = (nick) =>
  el("bdi", { class: `nick ${hueOf(nick)}` }, nick);

/** A round sign with the nick's first letter, of however many code points. */
export function avatar(nick) {
  const [first] = new Intl.Segmenter().segment(nick);
  return el("span",
    { class: `avatar ${hueOf(nick)}`, "aria-hidden": "true" },
    first.segment.toLocaleUpperCase());
}

const CLOCK = { timeStyle: "short" };
const SHORT = { dateStyle: "short", timeStyle: "short" };
const FULL = { dateStyle: "full", timeStyle: "medium" };
const DAY = { weekday: "long", day: "numeric", month: "long", year: "numeric" };

function time(at, text) {
  const date = new Date(at);
  return el("time",
    { datetime: date.toISOString(), title: dateFormat(FULL).format(date) }, text);
}

export const clockTime = (at) => time(at, dateFormat(CLOCK).format(at));

export const fullTime = (at) => time(at, dateFormat(SHORT).format(at));

/** Without AM or PM. */
export function marginTime(at) {
  const parts = dateFormat(CLOCK).formatToParts(at);
  const clock = parts.filter(({ type }) => type !== "dayPeriod");
  return time(at, clock.map(({ value }) => value).join("").trim());
}

export const dayTime = (at) => time(at, dateFormat(DAY).format(at));

export function closeDialogs() {
  document.querySelectorAll("dialog[open]").forEach((d) => d.close());
}
