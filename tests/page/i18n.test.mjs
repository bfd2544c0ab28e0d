// The page's words: which language is chosen, how values get in.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import { chooseLanguage, list, number, t, useCatalogue }
  from "../../nginx/html/js/i18n.js";

afterEach(() => useCatalogue({}, "en"));

test("the first language that there is a catalogue for is chosen", () => {
  assert.deepEqual(chooseLanguage(["ja", "de-AT", "fr"]),
    { language: "de", locale: "de-AT" });
  assert.deepEqual(chooseLanguage(["ja"]), { language: "en", locale: "en" });
  assert.deepEqual(chooseLanguage([]), { language: "en", locale: "en" });
  assert.deepEqual(chooseLanguage(["es-419"]).locale, "es-419");
  for (const odd of ["en-US@posix", "de_AT", "C", "../../x", "__proto__"]) {
    assert.deepEqual(chooseLanguage([odd]), { language: "en", locale: "en" });
  }
});

test("a text that is put in is isolated from its surroundings", () => {
  useCatalogue({ hello: "Hello {nick}!" }, "en");
  assert.equal(t("hello", { nick: "{x}" }), "Hello \u2068{x}\u2069!");
});

test("what depends on a number is chosen by the language's rules", () => {
  useCatalogue({ left: { zero: "لا شيء", two: "اثنان", other: "{count}" } }, "ar");
  assert.equal(t("left", { count: 0 }), "لا شيء");
  assert.equal(t("left", { count: 2 }), "اثنان");
  assert.equal(t("left", { count: 100 }), number(100));
});

test("numbers and lists are written as the language does", () => {
  useCatalogue({ left: "noch {count}" }, "de");
  assert.equal(t("left", { count: 1234567 }), "noch 1.234.567");
  assert.equal(list(["a", "b"]), "\u2068a\u2069 und \u2068b\u2069");
});

test("a key without a text is shown itself, so that it is seen", () => {
  assert.equal(t("no.such"), "no.such");
});
