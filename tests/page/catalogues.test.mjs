// The catalogues of words: complete, in all languages, and no word too many.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { LANGUAGES } from "../../nginx/html/js/i18n.js";
import { filesOfVisit } from "./files.mjs";

const top = fileURLToPath(new URL("../../nginx/html/", import.meta.url));

const read = (name) => fs.readFileSync(path.join(top, name), "utf8");

const languages = fs.readdirSync(path.join(top, "lang"))
  .filter((name) => !name.endsWith(".more.json"))
  .map((name) => path.basename(name, ".json"));

/* The words of a visit, and those that come with what is loaded later. */
const wordsOf = (language) => JSON.parse(read(`lang/${language}.json`));
const moreWordsOf = (language) =>
  JSON.parse(read(`lang/${language}.more.json`));

const catalogueOf = (language) =>
  ({ ...wordsOf(language), ...moreWordsOf(language) });

const english = catalogueOf("en");
const sections = new Set(Object.keys(english).map((key) => key.split(".")[0]));

function sources(folder) {
  return fs.readdirSync(path.join(top, folder), { withFileTypes: true })
    .flatMap((entry) => entry.isDirectory()
      ? sources(path.join(folder, entry.name))
      : [read(path.join(folder, entry.name))]);
}

const matches = (text, pattern) =>
  [...text.matchAll(pattern)].map(([, found]) => found);

const scripts = sources("js").join("\n");
const isKey = (text) => sections.has(text.split(".")[0]);

/* "section.name" in a script is a key; so are the values of data-t and ... */
const used = new Set([
  ...matches(scripts, /\b(?:t|parts)\("([^"]*)"/g),
  ...matches(scripts, /"([a-z]+\.[\w.]+)"/g).filter(isKey),
  ...matches(read("index.html"), /data-(?:t|label)="([^"]*)"/g),
]);
/* `section.${...}` uses all that begin so. */
const usedBeginnings = new Set([
  ...matches(scripts, /\b(?:t|parts)\(`([^`$]*)\$\{/g),
  ...matches(scripts, /`([a-z]+\.[\w.]*)\$\{/g).filter(isKey),
]);

const textsOf = (entry) =>
  typeof entry === "string" ? [entry] : Object.values(entry);

const valuesIn = (text) => matches(text, /\{(\w+)\}/g);

/* What a text may use: all values that one of the English forms has. */
const valuesOf = (entry) => new Set(textsOf(entry).flatMap(valuesIn));

test("every key that the page uses has a text", () => {
  assert.deepEqual([...used].filter((key) => !Object.hasOwn(english, key)), []);
  for (const beginning of usedBeginnings) {
    assert.ok(Object.keys(english).some((key) => key.startsWith(beginning)),
      beginning);
  }
});

test("what a visit says is in its own words", () => {
  const visit = filesOfVisit().filter((name) => /\.(js|html)$/.test(name))
    .map(read).join("\n");
  const own = wordsOf("en");
  assert.deepEqual(Object.keys(english).filter((key) =>
    !Object.hasOwn(own, key) && visit.includes(`"${key}"`)), []);
});

test("every text is used", () => {
  assert.deepEqual(Object.keys(english).filter((key) => !used.has(key) &&
    ![...usedBeginnings].some((beginning) => key.startsWith(beginning))), []);
});

test("there is a catalogue for each language that is offered", () => {
  assert.deepEqual(languages.sort(), [...LANGUAGES].sort());
});

test("what is written in Arabic is not left in English", () => {
  /* Names of keys and formats, and what is typed as it stands. */
  const names = /^(key\..*|log\.(row|notice|heard_.*))$/;
  for (const [key, entry] of Object.entries(catalogueOf("ar"))) {
    for (const text of textsOf(entry)) {
      const words = text.replace(/\{\w+\}|\/\w+( kick)?|\d+[mh]|JSON/g, "");
      if (!names.test(key)) assert.doesNotMatch(words, /[a-z]/i, key);
    }
  }
});

for (const language of languages) {
  const catalogue = catalogueOf(language);
  const categories =
    new Intl.PluralRules(language).resolvedOptions().pluralCategories;

  test(`${language}: has the keys that English has, in the same places`, () => {
    for (const words of [wordsOf, moreWordsOf]) {
      assert.deepEqual(Object.keys(words(language)).sort(),
        Object.keys(words("en")).sort());
    }
  });

  test(`${language}: no text is empty, or depends on a number here only`, () => {
    for (const [key, entry] of Object.entries(catalogue)) {
      assert.equal(typeof entry, typeof english[key], key);
      for (const text of textsOf(entry)) assert.match(text, /\S/, key);
    }
  });

  test(`${language}: has a form for each kind of number`, () => {
    for (const [key, entry] of Object.entries(catalogue)) {
      if (typeof entry !== "object") continue;
      assert.deepEqual(Object.keys(entry).sort(), [...categories].sort(), key);
    }
  });

  test(`${language}: puts in what English puts in`, () => {
    for (const [key, entry] of Object.entries(catalogue)) {
      const wanted = valuesOf(english[key]);
      if (typeof entry === "string") {
        assert.deepEqual(valuesOf(entry), wanted, key);
      } else {
        assert.deepEqual(new Set(valuesIn(entry.other)),
          new Set(valuesIn(english[key].other)), `${key}, other`);
        for (const value of valuesOf(entry)) {
          assert.ok(wanted.has(value), `${key}: {${value}}`);
        }
      }
    }
  });
}
