// What people do with messages once they are said.
import assert from "node:assert/strict";

import { browserScenario } from "./browser.mjs";

/** Points at a message and presses one of its buttons. */
async function press(row, what) {
  await row.hover();
  await row.locator(`[data-do=${what}]`).first().click();
}

browserScenario("one's own messages are changed and deleted", {},
  async (chat, open) => {
    const alice = await open();
    await alice.join("Alice");
    const bob = await open({ size: "phone", colorScheme: "dark" });
    await bob.join("Bob");
    await alice.say("a mitsake");
    await bob.sees("a mitsake");

    await alice.sees("a mitsake");
    await alice.page.press("#text", "ArrowUp");
    assert.equal(await alice.page.inputValue("#text"), "a mitsake");
    assert.ok(await alice.page.isVisible("#intent"));
    await alice.screenshot("editing-desktop");
    await alice.say("a mistake");
    for (const person of [alice, bob]) {
      await person.page.locator("#messages .edited").waitFor();
      assert.deepEqual(await person.texts(), ["a mistake (edited)"]);
    }
    assert.ok(await alice.page.isHidden("#intent"));

    await alice.page.press("#text", "ArrowUp");
    await alice.page.press("#text", "Escape");
    assert.equal(await alice.page.inputValue("#text"), "");

    await bob.say("mine");
    const row = await alice.sees("mine");
    await row.hover();
    await press(row, "more");
    await alice.page.locator("[role=menuitem]:focus").waitFor();
    assert.deepEqual(await alice.page.locator("[role=menuitem]")
      .evaluateAll((items) => items.map(({ dataset }) => dataset.do)),
    ["emoji", "reply", "copyLink", "copyPage", "person", "report"]);
    await alice.page.keyboard.press("Escape");
    const own = alice.page.locator("#messages > li[data-from=Alice]");
    await own.hover();
    await alice.screenshot("message-tools-desktop");
    await press(own, "more");
    await alice.page.click("[role=menu] [data-do=delete]");
    await alice.screenshot("delete-asks-desktop");
    await alice.page.keyboard.press("Escape");
    assert.deepEqual(await alice.texts(), ["a mistake (edited)", "mine"]);
    await own.press("Delete");
    await alice.page.click("[data-dialog=delete] [type=submit]");
    for (const person of [alice, bob]) {
      await person.page.locator("#messages .deleted").waitFor();
      assert.deepEqual(await person.texts(), ["Message deleted", "mine"]);
    }
    await bob.page.reload();
    await bob.sees("mine");
    assert.deepEqual(await bob.texts(), ["Message deleted", "mine"]);
    await bob.screenshot("deleted-phone-dark");
  });

browserScenario("what was said long ago is found and shown where it was", {},
  async (chat, open) => {
    const bob = await chat.visitor("Bob", { rooms: ["lobby", "den"] });
    await bob.say("den", "the needle in another room");
    for (let i = 0; i < 30; i++) await bob.say("lobby", `before ${i}`);
    await bob.say("lobby", "a needle in the haystack");
    for (let i = 0; i < 120; i++) await bob.say("lobby", `after ${i}`);

    const alice = await open();
    await alice.join("Alice");
    await alice.sees("after 119");
    await alice.page.click("#open-search");
    await alice.page.fill("#search-words", "needle");
    await alice.page.press("#search-words", "Enter");
    const results = alice.page.locator("#search-results .choose");
    await results.first().waitFor();
    assert.equal(await results.count(), 1);
    assert.deepEqual(await results.locator("mark").allTextContents(),
      ["needle"]);
    await alice.screenshot("search-desktop");
    await results.first().click();
    const found = alice.page.locator("#messages > li.found");
    await found.waitFor();
    assert.match(await found.textContent(), /a needle in the haystack/);
    assert.ok(await found.isVisible());
    await alice.screenshot("search-found-desktop");

    await bob.say("lobby", "said meanwhile");
    await alice.page.click("#jump");
    await alice.sees("said meanwhile");
    assert.equal((await alice.texts()).at(-1), "said meanwhile");

    await alice.say("/search nowhere");
    await alice.page.getByText("Nothing was found.").waitFor();
    await alice.page.keyboard.press("Escape");

    await alice.say("/join den");
    await alice.page.locator("#room-name").getByText("den").waitFor();
    await alice.page.click("#open-search");
    await alice.page.check("#search-everywhere");
    await alice.page.fill("#search-words", "NEEDLE");
    await alice.page.press("#search-words", "Enter");
    await results.nth(1).waitFor();
    await alice.page.press("#search-words", "ArrowDown");
    await alice.page.keyboard.press("Enter");
    await found.waitFor();
    assert.match(await found.textContent(), /a needle in the haystack/);
    assert.equal(await alice.page.textContent("#room-name"), "# lobby");
  });

browserScenario("what people feel about a message is counted with it", {},
  async (chat, open) => {
    const alice = await open();
    await alice.join("Alice");
    const bob = await open();
    await bob.join("Bob");
    await alice.say("cake for everybody");
    await press(await bob.sees("cake for everybody"), "react");
    const reaction = (person) => person.page.locator(".reactions button");
    await reaction(alice).getByText("👍 1").waitFor();
    await reaction(alice).click();
    await reaction(bob).getByText("👍 2").waitFor();
    await alice.screenshot("reactions-desktop");
    await bob.page.reload();
    await reaction(bob).getByText("👍 2").waitFor();
    assert.equal(await reaction(bob).getAttribute("aria-pressed"), "true");
    await reaction(bob).click();
    await reaction(alice).getByText("👍 1").waitFor();
  });

browserScenario("whoever is mentioned sees it", {}, async (chat, open) => {
  const alice = await open();
  await alice.join("Alice");
  const bob = await chat.visitor("Bob");
  await bob.say("lobby", "cake for @alice");
  await bob.say("lobby", "and for everybody else");
  await alice.sees("and for everybody else");
  await alice.screenshot("mentioned-desktop");
  const mentioned = alice.page.locator("#messages > li.mentioned .text");
  assert.deepEqual(await mentioned.allTextContents(), ["cake for @alice"]);
});
