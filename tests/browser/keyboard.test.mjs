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
    const isThere = await person.page.evaluate((wanted) =>
      document.activeElement.matches(wanted), selector);
    if (isThere) return;
    await person.page.keyboard.press(key);
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

    await alice.page.evaluate(() => document.activeElement.blur());
    await enter(alice, "typed without a look");
    await alice.sees("typed without a look");
  });

keyboardScenario("single keys can be turned off", {}, async (chat, open) => {
  const alice = await open();
  await joinBy(alice, "Alice");
  await tabTo(alice, "#open-keys", "Shift+Tab");
  await press(alice, "Enter");
  await alice.page.waitForSelector("[data-dialog=shortcuts]");
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

keyboardScenario("Tab leads through what a message offers", {},
  async (chat, open) => {
    const alice = await open();
    await joinBy(alice, "Alice");
    await enter(alice, "hello");
    await alice.sees("hello");
    await tabTo(alice, "#messages > li", "Shift+Tab");
    await press(alice, "Tab");
    await hasFocus(alice, "#messages [data-do=react]");
    await tabTo(alice, "#messages [data-do=more]");
    await press(alice, "Enter");
    await hasFocus(alice, "[role=menuitem]");
    await press(alice, "Escape");
    await hasFocus(alice, "#messages > li");
    await press(alice, "Escape");
    await hasFocus(alice, "#text");
  });

const dialog = ({ page }, name) => page.locator(`[data-dialog=${name}][open]`);

/** Opens a section of a dialog, unless it is open from the start. */
async function unfold(person, title) {
  const section = person.page.locator("dialog details")
    .filter({ has: person.page.locator("summary").getByText(title) });
  await section.waitFor();
  if (!await section.evaluate((element) => element.open)) {
    const index = await section.evaluate((element) =>
      [...element.parentElement.children].indexOf(element));
    await tabTo(person, `details:nth-child(${index + 1}) > summary`);
    await press(person, "Enter");
  }
  await section.locator(":is(input, button, select):visible")
    .first().waitFor(); // some is asked for first
}

/** Goes from the message field to the message with that text. */
async function toMessage(person, text) {
  await tabTo(person, "#messages > li", "Shift+Tab");
  await press(person, "End");
  for (let i = 0; i < 20; i++) {
    const isThere = await person.page.evaluate((wanted) =>
      document.activeElement.querySelector(".text").textContent
        .startsWith(wanted), text);
    if (isThere) return;
    await press(person, "ArrowUp");
  }
  assert.fail(`ArrowUp does not lead to ${text}`);
}

keyboardScenario("messages are written, changed and looked for", {},
  async (chat, open) => {
    const bob = await chat.visitor("Bob");
    const alice = await open();
    await joinBy(alice, "Alice");
    await bob.say("lobby", "tea or coffee?");
    await alice.sees("tea or coffee?");
    await enter(alice, "tee");
    await alice.sees("tee");

    await press(alice, "ArrowUp", "Backspace");
    await enter(alice, "a");
    await alice.page.locator(".edited").waitFor();

    await toMessage(alice, "tea or coffee?");
    await press(alice, "+");
    await hasFocus(alice, "#emoji");
    await enter(alice, "coffee");
    await alice.page.locator(".reaction").getByText("☕").waitFor();
    await hasFocus(alice, "#messages > li");
    await press(alice, "r");
    await hasFocus(alice, "#text");
    await enter(alice, "with milk");
    const reply = await alice.sees("with milk");
    await reply.locator(".quote").getByText("tea or coffee?").waitFor();

    await toMessage(alice, "with milk");
    await press(alice, "Delete");
    await hasFocus(alice, "[data-dialog=delete] [type=submit]");
    await press(alice, "Enter");
    await alice.page.locator(".deleted").waitFor();
    await hasFocus(alice, "#messages > li");

    await press(alice, "Escape");
    await hasFocus(alice, "#text");
    await tabTo(alice, "#open-search", "Shift+Tab");
    await press(alice, "Enter");
    await hasFocus(alice, "#search-words");
    await enter(alice, "coffee");
    await alice.page.locator("#search-results .choose").waitFor();
    await press(alice, "ArrowDown", "Enter");
    await hasFocus(alice, "#messages > .found");
  });

keyboardScenario("rooms are made, changed and left", {}, async (chat, open) => {
  await chat.visitor("Bob");
  const alice = await open();
  await joinBy(alice, "Alice");
  await press(alice, "Control+k");
  await hasFocus(alice, "#finder-name");
  await enter(alice, "garden");
  await inRoom(alice, "garden");
  await hasFocus(alice, "#text");

  await tabTo(alice, "#open-room", "Shift+Tab");
  await press(alice, "Enter");
  await unfold(alice, "Topic");
  await tabTo(alice, "[name=topic]");
  await enter(alice, "who waters when");
  await alice.page.locator("#topic").getByText("who waters when").waitFor();
  await hasFocus(alice, "#open-room");

  await press(alice, "Enter");
  await unfold(alice, "Settings");
  await tabTo(alice, "[name=access]");
  await press(alice, "ArrowDown");
  await tabTo(alice, "[type=submit]");
  await press(alice, "Enter");
  await alice.isTold("Saved.");
  await hasFocus(alice, "#open-room");

  await press(alice, "Enter");
  await unfold(alice, "People");
  await tabTo(alice, "[name=nick]");
  await enter(alice, "Bob");
  await alice.isTold("Bob is invited.");

  await press(alice, "Enter");
  await unfold(alice, "Leave this room");
  await tabTo(alice, "[type=submit]");
  await press(alice, "Enter");
  await inRoom(alice, "lobby");
});

keyboardScenario("a drawer keeps the focus until it is closed", {},
  async (chat, open) => {
    const alice = await open({ size: "phone" });
    await joinBy(alice, "Alice");
    await tabTo(alice, "#open-people", "Shift+Tab");
    await press(alice, "Enter");
    await hasFocus(alice, "#people-panel");
    await press(alice, "Tab");
    await hasFocus(alice, "#members button");
    await press(alice, "Escape");
    await hasFocus(alice, "#open-people");
    await tabTo(alice, "#open-rooms", "Shift+Tab");
    await press(alice, "Enter");
    await tabTo(alice, "#open-account");
    await press(alice, "Enter");
    await dialog(alice, "account").waitFor();
    await press(alice, "Escape", "Escape");
    await hasFocus(alice, "#open-rooms");
    await tabTo(alice, "#text");
  });

keyboardScenario("people are written to, and kept in order", {
  expectedComplaints: [/status of 403/],
}, async (chat, open) => {
  const bob = await chat.visitor("Bob");
  const alice = await open();
  await joinBy(alice, "Alice");
  await enter(alice, "/join den");
  await inRoom(alice, "den");
  await bob.post("rooms/den/join");
  await alice.seesPeople("Alice", "Bob");

  await enter(alice, "/whois Bob");
  await dialog(alice, "person").waitFor();
  await unfold(alice, "Mute for all");
  await tabTo(alice, "[name=reason]");
  await enter(alice, "too loud");
  await dialog(alice, "person").getByText(": done.").waitFor();
  await press(alice, "Escape");
  await alice.page.locator("#messages .notice").getByText("muted").waitFor();

  await tabTo(alice, "#members button", "Tab");
  await press(alice, "ArrowDown", "Enter");
  await dialog(alice, "person").waitFor();
  await tabTo(alice, "[data-do=message]");
  await press(alice, "Enter");
  await inRoom(alice, "Bob");
  await hasFocus(alice, "#text");
  await enter(alice, "only for you");
  await alice.sees("only for you");
});

keyboardScenario("one's account is kept, looked at and left", {
  expectedComplaints: [/status of 401/],
}, async (chat, open) => {
  const alice = await open();
  await joinBy(alice, "Alice");
  await tabTo(alice, "#open-account", "Shift+Tab");
  await press(alice, "Enter");
  await unfold(alice, "Keep your name");
  await tabTo(alice, "[type=password]");
  await enter(alice, "correct horse");
  await alice.isTold("The name is yours now.");

  await tabTo(alice, "#open-account", "Shift+Tab");
  await press(alice, "Enter");
  await unfold(alice, "Where you are logged in");
  await dialog(alice, "account").locator("time").first().waitFor();
  await press(alice, "Escape");
  await hasFocus(alice, "#open-account");
  await tabTo(alice, "#logout");
  await press(alice, "Enter");
  await hasFocus(alice, "#nick");
});
