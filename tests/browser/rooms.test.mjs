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

const room = (person, title) =>
  person.page.locator("#rooms button").filter({ hasText: title });

browserScenario("two people speak alone", {}, async (chat, open) => {
  const alice = await open();
  await alice.join("Alice");
  const bob = await open({ size: "phone", colorScheme: "dark" });
  await bob.join("Bob");
  await alice.say("/msg Bob psst");
  await alice.sees("psst");
  assert.equal(await alice.page.textContent("#room-name"), "@ Bob");
  await alice.screenshot("direct-desktop");

  await bob.page.click("#open-rooms");
  await room(bob, "Alice").click();
  await bob.sees("psst");
  await bob.say("yes?");
  await alice.sees("yes?");
  await bob.screenshot("direct-phone-dark");
});

browserScenario("whoever is invited to a private room comes in", {},
  async (chat, open) => {
    const bob = await open();
    await bob.join("Bob");
    const alice = await chat.visitor("Alice");
    await alice.post("rooms",
      { room: "attic", settings: { access: "private" } });
    await alice.post("rooms/attic/invites", { nick: "Bob" });
    await bob.isTold("Alice invites you to #attic.");
    await bob.screenshot("invited-desktop");
    await room(bob, "attic").click();
    await alice.say("attic", "welcome");
    await bob.sees("welcome");
    await bob.page.locator("#rooms .tag").getByText("private").waitFor();
    await bob.screenshot("private-desktop");
  });

browserScenario("who is writing is seen while it is so", {},
  async (chat, open) => {
    const alice = await open();
    await alice.join("Alice");
    const bob = await open();
    await bob.join("Bob");
    await bob.page.fill("#text", "hm");
    await alice.page.locator("#typing").getByText("Bob").waitFor();
    await alice.screenshot("typing-desktop");
    await bob.say("hm, yes");
    await alice.sees("hm, yes");
    await alice.page.locator("#typing:empty").waitFor({ state: "attached" });
  });
