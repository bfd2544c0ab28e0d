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
    assert.ok(await alice.page.isVisible("#editing"));
    await alice.screenshot("editing-desktop");
    await alice.say("a mistake");
    for (const person of [alice, bob]) {
      await person.page.locator("#messages .edited").waitFor();
      assert.deepEqual(await person.texts(), ["a mistake (edited)"]);
    }
    assert.ok(await alice.page.isHidden("#editing"));

    await alice.page.press("#text", "ArrowUp");
    await alice.page.press("#text", "Escape");
    assert.equal(await alice.page.inputValue("#text"), "");

    await bob.say("mine");
    const row = await alice.sees("mine");
    await row.hover();
    assert.equal(await row.locator("[data-do=delete]").count(), 0);
    const own = alice.page.locator("#messages > li[data-from=Alice]");
    await own.hover();
    await alice.screenshot("message-tools-desktop");
    await press(own, "delete");
    for (const person of [alice, bob]) {
      await person.page.locator("#messages .deleted").waitFor();
      assert.deepEqual(await person.texts(), ["Message deleted", "mine"]);
    }
    await bob.page.reload();
    await bob.sees("mine");
    assert.deepEqual(await bob.texts(), ["Message deleted", "mine"]);
    await bob.screenshot("deleted-phone-dark");
  });
