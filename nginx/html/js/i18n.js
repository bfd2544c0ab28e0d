/* The page's words, numbers and dates in the reader's language. */

/** The first one is for who reads none of them. */
export const LANGUAGES = ["en", "ar", "de", "es", "fr"];

const WELL_FORMED = /^\w\w(-\w{2,8})*$/; // "en-US@posix" is not
const RIGHT_TO_LEFT = new Set(["ar"]);
/* What is put in must not turn the text around it: FSI ... PDI. */
const isolated = (text) => `\u2068${text}\u2069`;

let catalogue = {};
let locale;
let plurals;
let numbers;
let order;
let hasMore = false;
let formats;

export function chooseLanguage(wanted) {
  const tag = wanted.find((w) => WELL_FORMED.test(w) &&
    LANGUAGES.includes(w.split("-")[0])) ?? LANGUAGES[0];
  return { language: tag.split("-")[0], locale: tag };
}

export function useCatalogue(texts, tag) {
  catalogue = texts;
  locale = tag;
  plurals = new Intl.PluralRules(locale);
  numbers = new Intl.NumberFormat(locale);
  order = new Intl.Collator(locale, { sensitivity: "base", numeric: true });
  formats = new Map();
}

useCatalogue({}, LANGUAGES[0]);

const fetchWords = async (name) =>
  (await fetch(`lang/${name}.json`, { cache: "no-cache" })).json();

export async function loadLanguage(wanted) {
  const { language, locale: tag } = chooseLanguage(wanted);
  useCatalogue(await fetchWords(language), tag);
  document.documentElement.lang = language;
  document.documentElement.dir = RIGHT_TO_LEFT.has(language) ? "rtl" : "ltr";
}

/** The words of what comes later, see later() in main.js. */
export async function loadMoreWords() {
  if (!hasMore) {
    Object.assign(catalogue,
      await fetchWords(`${document.documentElement.lang}.more`));
    hasMore = true;
  }
}

/* A text's pieces: at odd places the names of values. */
function piecesOf(key, { count }) {
  const text = catalogue[key] ?? key;
  const chosen = typeof text === "string" ? text
    : text[plurals.select(count)] ?? text.other;
  return chosen.split(/\{(\w+)\}/);
}

const asText = (value) =>
  typeof value === "number" ? number(value) : isolated(value ?? "");

/** Children for el(): values may be elements or arrays of children, too. */
export function parts(key, values = {}) {
  return piecesOf(key, values).flatMap((piece, i) => {
    const value = i % 2 ? values[piece] : piece;
    return i % 2 && typeof value !== "object" ? asText(value) : value;
  });
}

export const t = (key, values) => parts(key, values).join("");

/** For codes that a server may add. */
export const has = (key) => Object.hasOwn(catalogue, key);

export const number = (value) => numbers.format(value);

/** "a, b, and c" */
export const list = (names) =>
  new Intl.ListFormat(locale).format(names.map(isolated));

/** The same as children for el(): `values` may be elements. */
export function listParts(values) {
  return new Intl.ListFormat(locale)
    .formatToParts(values.map((value, i) => String(i)))
    .map(({ type, value }) => type === "element" ? values[value] : value);
}

/** "10 minutes" */
export function duration(seconds) {
  const [unit, length] = [["day", 86_400], ["hour", 3600], ["minute", 60]]
    .find(([, size]) => seconds >= size);
  return new Intl.NumberFormat(locale,
    { style: "unit", unit, unitDisplay: "long" }).format(seconds / length);
}

export function dateFormat(options) {
  const key = JSON.stringify(options);
  if (!formats.has(key)) {
    formats.set(key, new Intl.DateTimeFormat(locale, options));
  }
  return formats.get(key);
}

export const byName = (a, b) => order.compare(a, b);
