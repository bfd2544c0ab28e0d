// Everything by keyboard alone: no mouse is moved or clicked in this file.
import assert from "node:assert/strict";

import { browserScenario } from "./browser.mjs";

/* In the page: notes in window.focusLost what had the focus when it got lost. */
function watchFocus() {
  let last = null;
  window.focusLost = [];
  const look = () => {
    const { activeElement } = document;
    if (activeElement !== document.body && activeElement) {
      last = activeElement;
    } else if (last) {
      window.focusLost.push(`${last.localName}#${last.id} ${last.textContent
        .slice(0, 40)}`);
      last = null;
    }
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}

/** As browserScenario(), and nobody's focus may ever get lost. */
function keyboardScenario(name, options, body) {
  browserScenario(name, options, async (chat, open) => {
    const people = [];
    await body(chat, async (more) => {
      people.push(await open({ before: watchFocus, ...more }));
      return people.at(-1);
    });
    for (const { page } of people) {
      assert.deepEqual(await page.evaluate(() => window.focusLost), []);
    }
  });
}

/** Presses keys, one after the other. */
async function press({ page }, ...keys) {
  for (const key of keys) await page.keyboard.press(key);
}

/** What has the focus, as a CSS selector would find it. */
const focused = ({ page }) => page.evaluate(() => {
  const { id, tagName } = document.activeElement;
  return id ? `#${id}` : tagName.toLowerCase();
});

/** Waits until an element that matches has the focus. */
const hasFocus = ({ page }, selector) =>
  page.waitForFunction((wanted) =>
    document.activeElement?.matches(wanted), selector);

/** Presses Tab until what matches has the focus; fails after a full round. */
async function tabTo(person, selector, key = "Tab") {
  for (let i = 0; i < 60; i++) {
    await person.page.keyboard.press(key);
    const isThere = await person.page.evaluate((wanted) =>
      document.activeElement.matches(wanted), selector);
    if (isThere) return;
  }
  assert.fail(`Tab does not lead to ${selector}`);
}

/** Joins by keyboard: the field has the focus from the start. */
async function joinBy(person, nick) {
  await hasFocus(person, "#nick");
  await person.page.keyboard.type(nick);
  await press(person, "Enter");
  await hasFocus(person, "#text");
}

/** Types into what has the focus, and presses Enter. */
async function enter(person, text) {
  await person.page.keyboard.type(text);
  await press(person, "Enter");
}

const inRoom = ({ page }, name) =>
  page.locator("#room-name").getByText(name).waitFor();

keyboardScenario("shortcuts lead everywhere, and are shown", {},
  async (chat, open) => {
    const bob = await chat.visitor("Bob", { rooms: ["lobby", "books", "tea"] });
    const alice = await open();
    await joinBy(alice, "Alice");
    await enter(alice, "/join books");
    await inRoom(alice, "books");
    await enter(alice, "/join tea");
    await inRoom(alice, "tea");

    await press(alice, "Alt+ArrowUp");
    await inRoom(alice, "lobby");
    await press(alice, "Alt+ArrowDown", "Alt+ArrowDown");
    await inRoom(alice, "books");
    await bob.say("tea", "milk?");
    await alice.page.locator("[data-room=tea] .badge").waitFor();
    await press(alice, "Alt+Shift+ArrowDown");
    await inRoom(alice, "tea");
    await alice.sees("milk?");
    assert.equal(await focused(alice), "#text");

    await press(alice, "Control+k");
    await hasFocus(alice, "#finder-name");
    await press(alice, "Escape");
    await hasFocus(alice, "#text");
    await tabTo(alice, "#messages > li", "Shift+Tab");
    await press(alice, "?");
    await alice.page.waitForSelector("[data-dialog=shortcuts]");
    await alice.screenshot("shortcuts");
    await press(alice, "Escape");
    await hasFocus(alice, "#messages > li");
    await press(alice, "/");
    await hasFocus(alice, "#search-words");
    await press(alice, "Escape");
    await hasFocus(alice, "#messages > li");
    await press(alice, "Escape");
    await hasFocus(alice, "#text");
    await enter(alice, "what? either/or");
    await alice.sees("what? either/or");
  });

keyboardScenario("single keys can be turned off", {}, async (chat, open) => {
  const alice = await open();
  await joinBy(alice, "Alice");
  await tabTo(alice, "#open-keys", "Shift+Tab");
  await press(alice, "Enter");
  await tabTo(alice, "#single-keys");
  await press(alice, "Space", "Escape");
  await hasFocus(alice, "#open-keys");
  await press(alice, "?");
  await press(alice, "Control+k");
  await hasFocus(alice, "#finder-name");
  assert.equal(await alice.page.locator("[data-dialog=shortcuts]").count(), 0);
});

keyboardScenario("a link at the start of the page skips to the field", {},
  async (chat, open) => {
    const alice = await open();
    await joinBy(alice, "Alice");
    await tabTo(alice, "#skip", "Shift+Tab");
    await press(alice, "Enter");
    await hasFocus(alice, "#text");
  });
