// What moderators do, and how it looks to those it is done to.
import assert from "node:assert/strict";

import { browserScenario } from "./browser.mjs";

const notice = (person, text) =>
  person.page.locator("#messages > li.notice").getByText(text).waitFor();

browserScenario("somebody is muted, put out, and kept out", {
  expectedComplaints: [/status of 403/],
}, async (chat, open) => {
  const alice = await open();
  await alice.join("Alice");
  await alice.say("/join den");
  await alice.page.locator("#room-name").getByText("den").waitFor();
  const bob = await open({ size: "phone", colorScheme: "dark" });
  await bob.join("Bob");
  await bob.say("/join den");
  await alice.seesPeople("Alice", "Bob");

  await alice.say("/mute Bob 10m too loud");
  await notice(bob, "Alice muted Bob until");
  await bob.isTold("You cannot write in #den for now. (too loud)");
  await bob.say("hello?");
  await bob.sees("hello?", "failed");
  await bob.screenshot("muted-phone-dark");
  await alice.say("/unmute Bob");
  await bob.isTold("You can write in #den again.");
  await bob.page.click("[data-do=retry]");
  await alice.sees("hello?");

  await alice.say("/kick Bob rude");
  await bob.isTold("You were put out of #den. (rude)");
  await notice(alice, "Alice put out Bob (rude)");
  await alice.seesPeople("Alice");
  await bob.page.locator("#room-name").getByText("lobby").waitFor();

  await alice.say("/ban Bob");
  await bob.say("/join den");
  await bob.isTold("You may not come in here.");
  await alice.say("/unban Bob");
  await notice(alice, "Alice lets Bob in again");
  await alice.screenshot("moderation-desktop");
  await bob.say("/join den");
  await alice.seesPeople("Alice", "Bob");
  assert.deepEqual(await alice.texts(), ["hello?"]);
});

browserScenario("a newcomer's first message waits for a moderator", {},
  async (chat, open) => {
    const alice = await chat.visitor("Alice");
    await alice.post("rooms",
      { room: "hall", settings: { hold_newcomers: true } });
    const bob = await open();
    await bob.join("Bob");
    await bob.say("/join hall");
    await bob.page.locator("#room-name").getByText("hall").waitFor();
    await bob.say("may I?");
    await bob.sees("may I?", "held");
    await bob.screenshot("held-desktop");
    const { json } = await alice.get("rooms/hall/pending");
    assert.equal(json.held.length, 1);
    await alice.post(`rooms/hall/pending/${json.held[0].seq}`,
      { approve: true });
    await bob.sees("may I?");
    await bob.say("thanks");
    await bob.sees("thanks");
    assert.deepEqual(await bob.texts(), ["may I?", "thanks"]);
  });
