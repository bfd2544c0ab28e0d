// Writing: what the field offers, keeps, and makes of what is typed.
import assert from "node:assert/strict";

import { browserScenario } from "./browser.mjs";

const field = (person) => person.page.inputValue("#text");

const focused = (person) =>
  person.page.evaluate(() => document.activeElement.id);

const focuses = (person, id) => person.page.waitForFunction((wanted) =>
  document.activeElement.id === wanted, id);

/** Types as a hand does, into what is there. */
const type = (person, text) => person.page.locator("#text").pressSequentially(text);

const press = (person, key) => person.page.keyboard.press(key);

/** The suggestions that are shown. */
const offered = (person) => person.page
  .locator("#text-choices:not([hidden]) [role=option]").allTextContents();

/** The suggestion that Enter would take, as a screen reader is told. */
const active = (person) => person.page.evaluate(() => document.getElementById(
  document.querySelector("#text").getAttribute("aria-activedescendant"))
  ?.textContent ?? null);

browserScenario("what is typed is completed", {}, async (chat, open) => {
  const bob = await chat.visitor("Bob Stone");
  await chat.visitor("Bella");
  const alice = await open();
  await alice.join("Alice");
  await alice.seesPeople("Alice", "Bob Stone", "Bella");

  await type(alice, "/he");
  await alice.page.locator("#text-choices [role=option]").waitFor();
  assert.match(await active(alice), /^\/help/);
  await press(alice, "Enter");
  assert.equal(await field(alice), "/help ");
  await alice.page.fill("#text", "/");
  const commands = await offered(alice);
  assert.ok(commands.some((text) => text.startsWith("/me ")));
  assert.ok(!commands.some((text) => text.startsWith("/kick ")));
  await alice.screenshot("commands-desktop");

  const bruno = await chat.visitor("Bruno");
  await bruno.say("lobby", "about to leave");
  await bruno.delete("session");
  await bob.say("lobby", "last to speak");
  await alice.sees("last to speak");
  await alice.seesPeople("Alice", "Bob Stone", "Bella");
  await alice.page.fill("#text", "");
  await type(alice, "hi @b");
  assert.deepEqual(await offered(alice), ["BBob Stone", "BBella"]);
  await press(alice, "ArrowDown");
  assert.equal(await active(alice), "BBella");
  await press(alice, "ArrowUp");
  await alice.screenshot("nicks-desktop");
  await press(alice, "Tab");
  assert.equal(await field(alice), "hi @Bob Stone ");
  await type(alice, "and bel");
  await press(alice, "Tab");
  assert.equal(await field(alice), "hi @Bob Stone and @Bella ");
  assert.deepEqual(await offered(alice), []);

  await alice.page.fill("#text", "/msg bob");
  await press(alice, "Tab");
  assert.equal(await field(alice), "/msg @\"Bob Stone\" ");

  await alice.page.fill("#text", "");
  await type(alice, ":coff");
  await alice.page.locator("#text-choices").getByText("☕").waitFor();
  await press(alice, "Enter");
  await type(alice, "or :tea:? `:tea:` http://a.b/:tea:");
  await press(alice, "Enter");
  await alice.sees("☕ or 🍵? :tea: http://a.b/:tea:");
});

browserScenario("suggestions are in nobody's way", {}, async (chat, open) => {
  const bob = await chat.visitor("Bob");
  await chat.visitor("Bobby");
  const alice = await open();
  await alice.join("Alice");
  await alice.seesPeople("Alice", "Bob", "Bobby");

  await type(alice, "it is @bo");
  assert.equal((await offered(alice)).length, 2);
  await press(alice, "Escape");
  assert.deepEqual(await offered(alice), []);
  assert.equal(await focused(alice), "text");
  await type(alice, "b");
  assert.deepEqual(await offered(alice), [], "complete");
  await press(alice, "Enter");
  await alice.sees("it is @bob");

  await type(alice, "at 10:30, me@bo 1:sm");
  assert.deepEqual(await offered(alice), []);
  await press(alice, "Tab");
  assert.notEqual(await focused(alice), "text", "Tab goes on");
  await alice.page.fill("#text", "@bob");
  await alice.page.focus("#text");
  await type(alice, "b");
  await alice.page.locator("#text-choices [role=option]").first().click();
  assert.equal(await field(alice), "@Bobby ");
  assert.equal(await focused(alice), "text");

  await alice.say("/whois bob");
  await alice.page.locator("dialog[open]").getByText("Bob").first().waitFor();
  await press(alice, "Escape");
  await alice.say("/dance wildly");
  await alice.page.locator("#hint").getByText("There is no command").waitFor();
  assert.equal(await field(alice), "/dance wildly");
  const { messages } = await bob.history("lobby", { types: "message" });
  assert.deepEqual(messages.map(({ text }) => text), ["it is @bob"]);
});

browserScenario("what was begun in a room is there again", {},
  async (chat, open) => {
    const alice = await open();
    await alice.join("Alice");
    const holds = (text) => alice.page.waitForFunction((wanted) =>
      document.getElementById("text").value === wanted, text);
    const enter = (room) => alice.page.click(`#rooms [data-room=${room}]`);
    await alice.say("/join den");
    await alice.page.locator("#room-name").getByText("den").waitFor();
    await alice.page.fill("#text", "for the den");
    await enter("lobby");
    await holds("");
    await alice.page.fill("#text", "for the lobby");
    await enter("den");
    await holds("for the den");
    await alice.page.reload();
    await holds("for the den");
    await enter("lobby");
    await holds("for the lobby");
    await alice.say("first things first");
    await alice.sees("first things first");

    await alice.page.fill("#text", "for the lobby");
    await alice.page.locator("#text").press("ArrowUp");
    assert.equal(await field(alice), "for the lobby");
    await alice.page.fill("#text", "");
    await press(alice, "ArrowUp");
    assert.equal(await field(alice), "first things first");
    await press(alice, "Escape");
    assert.equal(await field(alice), "");

    await alice.page.fill("#text", "line one");
    await press(alice, "Shift+Enter");
    await type(alice, "line two");
    const height = (await alice.page.locator("#text").boundingBox()).height;
    assert.ok(height > 60, `${height}`);
    await press(alice, "Enter");
    await alice.sees("line one\nline two");
    assert.equal(await field(alice), "");
    await enter("den");
    await holds("for the den");
  });

browserScenario("a message is answered", {}, async (chat, open) => {
  const bob = await chat.visitor("Bob");
  const { seq } = await bob.say("lobby", "tea or *coffee*?");
  const alice = await open();
  await alice.join("Alice");
  const answer = async () => {
    await (await alice.sees("tea or coffee?")).first().focus();
    await press(alice, "r");
    await focuses(alice, "text");
  };
  const intent = alice.page.locator("#intent");
  await type(alice, "begun");
  await answer();
  assert.match(await intent.textContent(), /Bob.*: tea or/);
  assert.equal(await field(alice), "begun");
  await press(alice, "Escape");
  await intent.waitFor({ state: "hidden" });
  assert.equal(await field(alice), "begun");

  await answer();
  await alice.page.reload();
  await intent.getByText("Bob").waitFor();
  assert.equal(await field(alice), "begun");
  await alice.screenshot("replying-desktop");
  await alice.say("tea, please");
  await intent.waitFor({ state: "hidden" });
  await alice.sees("tea, please");
  await alice.say("and no milk");
  await alice.sees("and no milk");
  const { messages } = await bob.history("lobby", { types: "message" });
  assert.deepEqual(messages.map((message) => message.reply_to),
    [undefined, seq, undefined]);
});

browserScenario("an emoji is chosen by keyboard and by hand", {},
  async (chat, open) => {
    const alice = await open({ size: "phone", colorScheme: "dark" });
    await alice.join("Alice");
    await type(alice, "good ");
    await alice.page.click("#open-emoji");
    await focuses(alice, "emoji");
    await alice.screenshot("emoji-phone-dark");
    await press(alice, "Escape");
    assert.equal(await focused(alice), "open-emoji");
    await alice.page.locator(".emoji").waitFor({ state: "detached" });

    await press(alice, "Enter");
    await focuses(alice, "emoji");
    const first = await alice.page.getAttribute("#emoji",
      "aria-activedescendant");
    await press(alice, "ArrowRight");
    await press(alice, "ArrowDown");
    await press(alice, "ArrowLeft");
    await press(alice, "ArrowUp");
    assert.equal(await alice.page.getAttribute("#emoji",
      "aria-activedescendant"), first, "once around");
    await alice.page.keyboard.type("coffee");
    await press(alice, "Enter");
    assert.equal(await field(alice), "good ☕");
    assert.equal(await focused(alice), "text");
    await alice.page.click("#open-emoji");
    await alice.page.locator(".emoji").getByText("🎉").click();
    await press(alice, "Enter");
    await alice.sees("good ☕🎉");
  });
