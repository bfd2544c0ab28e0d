// What people do with rooms, and with each other.
import assert from "node:assert/strict";

import { browserScenario } from "./browser.mjs";

/** Waits for a line about what somebody did. */
const notice = (person, text) =>
  person.page.locator("#messages > li.notice").getByText(text).waitFor();

browserScenario("names and topics change by commands", {},
  async (chat, open) => {
    const alice = await open();
    await alice.join("Alice");
    await alice.say("/join books");
    await alice.page.locator("#room-name").getByText("books").waitFor();
    const bob = await open({ size: "phone", colorScheme: "dark" });
    await bob.join("Bob");
    await bob.say("/join books");
    await alice.seesPeople("Alice", "Bob");

    await alice.say("/topic what we read");
    for (const person of [alice, bob]) {
      await person.page.locator("#topic").getByText("what we read").waitFor();
      await notice(person, "Alice changed the topic: what we read");
    }
    await bob.say("/nick Robert");
    await alice.seesPeople("Alice", "Robert");
    await notice(alice, "Bob is now known as Robert");
    await bob.say("it is me");
    const row = await alice.sees("it is me");
    assert.equal(await row.getAttribute("data-from"), "Robert");
    assert.ok(await (await bob.sees("it is me")).evaluate((element) =>
      element.classList.contains("own")));
    await alice.screenshot("commands-desktop");

    await alice.say("/help");
    await alice.page.locator("#hint").getByText("/invite").waitFor();
    await alice.say("/help kick");
    await alice.page.locator("#hint").getByText("puts somebody out").waitFor();
    await alice.screenshot("help-desktop");
  });

browserScenario("whoever closes the page is gone at once, nearly", {},
  async (chat, open) => {
    const alice = await open();
    await alice.join("Alice");
    const bob = await open();
    await bob.join("Bob");
    await alice.seesPeople("Alice", "Bob");
    const left = performance.now();
    await bob.page.goto("about:blank");
    await alice.seesPeople("Alice");
    assert.ok(performance.now() - left < 15_000, "sooner than by itself");
  });
