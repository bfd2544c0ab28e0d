/*
 * Making elements. Everything that people wrote becomes a text node; there is
 * no other way from a string to the page.
 */

const HUES = 12; // .hue-0 ... .hue-11 in css/messages.css

/** The page's element with this id. */
export const byId = (id) => document.getElementById(id);

/**
 * An element with attributes and children. Attributes that are null or false
 * are left out; `onclick` takes a function; children may be strings.
 */
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

/** Sets text only if it differs, so that nothing is announced twice. */
export function setText(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

/** The colour class of a nick: always the same for the same nick. */
export function hueOf(nick) {
  let hash = 0;
  for (const character of nick) {
    hash = (hash * 31 + character.codePointAt(0)) % 65_521;
  }
  return `hue-${hash % HUES}`;
}

/** A nick, isolated from the direction of the text around it. */
export function nickElement(nick, className = "nick") {
  return el("bdi", { class: `${className} ${hueOf(nick)}` }, nick);
}

/* A letter may be several code points; browsers that cannot tell take one. */
function firstLetter(nick) {
  const segments = globalThis.Intl?.Segmenter &&
    new Intl.Segmenter().segment(nick)[Symbol.iterator]().next().value;
  return (segments?.segment ?? [...nick][0] ?? "?").toLocaleUpperCase();
}

/** A round sign with the nick's first letter; says nothing aloud. */
export function avatar(nick) {
  return el("span",
    { class: `avatar ${hueOf(nick)}`, "aria-hidden": "true" },
    firstLetter(nick));
}

const timeFormat = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const shortFormat = new Intl.DateTimeFormat(undefined,
  { dateStyle: "short", timeStyle: "short" });
const fullFormat = new Intl.DateTimeFormat(undefined,
  { dateStyle: "full", timeStyle: "medium" });
const dayFormat = new Intl.DateTimeFormat(undefined,
  { weekday: "long", day: "numeric", month: "long", year: "numeric" });

function time(at, text) {
  const date = new Date(at);
  return el("time",
    { datetime: date.toISOString(), title: fullFormat.format(date) }, text);
}

/** The time of day, with the date on hover. */
export const clockTime = (at) => time(at, timeFormat.format(at));

/** Date and time, for what is not today. */
export const fullTime = (at) => time(at, shortFormat.format(at));

/** The same for the margin: without AM or PM. */
export function marginTime(at) {
  const parts = timeFormat.formatToParts(at);
  const clock = parts.filter(({ type }) => type !== "dayPeriod");
  return time(at, clock.map(({ value }) => value).join("").trim());
}

/** The day, in words. */
export const dayTime = (at) => time(at, dayFormat.format(at));
