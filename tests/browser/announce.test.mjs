// What screen readers are told: each new message of others, once.
import assert from "node:assert/strict";

import { browserScenario } from "./browser.mjs";

/** In the page: keeps in window.said all that a live region was given. */
function listen() {
  window.said = [];
  const isLive = (element) => {
    const region = element.closest("[aria-live], [role=log]");
    return region !== null && region.ariaLive !== "off" &&
      !region.matches("[hidden] *");
  };
  new MutationObserver((changes) => {
    for (const { target, addedNodes } of changes) {
      const element = target.nodeType === Node.TEXT_NODE
        ? target.parentElement : target;
      for (const node of addedNodes) {
        if (element instanceof Element && isLive(element)) {
          window.said.push(node.textContent.replace(/[\u2068\u2069]/g, ""));
        }
      }
    }
  }).observe(document, { subtree: true, childList: true, characterData: true });
}

const said = (person) => person.page.evaluate(() => window.said);

browserScenario("each new message of others is announced once", {},
  async (chat, open) => {
    const bob = await chat.visitor("Bob", { rooms: ["lobby", "den"] });
    for (let i = 0; i < 60; i++) await bob.say("lobby", `history ${i}`);
    const alice = await open({ before: listen });
    await alice.join("Alice");
    await alice.sees("history 59");
    await alice.page.waitForFunction(() => document.querySelector(
      "#messages").children.length >= 50);
    assert.deepEqual(await said(alice), [], "history is not");

    await bob.say("lobby", "one");
    await alice.sees("one");
    await bob.post("rooms/lobby/messages",
      { id: "waves", text: "waves", type: "action" });
    await alice.say("my own");
    await alice.sees("my own");
    await bob.say("den", "elsewhere");
    const carol = await chat.visitor("Carol");
    await carol.delete("session");
    await bob.say("lobby", "two");
    await alice.sees("two");
    assert.deepEqual(await said(alice), ["Bob: one", "Bob waves", "Bob: two"],
      "neither one's own, other rooms', nor who comes and goes");

    // Further up, where what is new is not drawn.
    await alice.page.locator("#log").evaluate((log) => {
      log.scrollTop = 0;
    });
    await alice.page.locator("#jump:not([hidden])").waitFor();
    await bob.say("lobby", "three");
    await alice.page.waitForFunction(() => window.said.at(-1) === "Bob: three");
    await alice.page.click("#jump");
    await alice.sees("three");

    await alice.say("/join den");
    await alice.sees("elsewhere");
    await alice.page.locator("#rooms").getByText("lobby").click();
    await alice.sees("three");
    await alice.page.reload();
    await alice.sees("three");
    assert.deepEqual(await said(alice), [], "nor what is drawn again");
    await bob.say("lobby", "four");
    await alice.sees("four");
    assert.deepEqual(await said(alice), ["Bob: four"]);
    assert.equal(await alice.page.locator("#log [aria-live]").count(), 0);
    assert.equal(await alice.page.locator("[role=log]").count(), 1);
  });

browserScenario("a flood is announced as a number", {
  expectedComplaints: [/ERR_INTERNET_DISCONNECTED/],
}, async (chat, open) => {
  const bob = await chat.visitor("Bob");
  const alice = await open({ before: listen });
  await alice.join("Alice");
  await alice.seesPeople("Alice", "Bob");
  await alice.context.setOffline(true);
  for (let i = 0; i < 30; i++) await bob.say("lobby", `flood ${i}`);
  await alice.context.setOffline(false);
  await alice.sees("flood 29");
  assert.deepEqual(await said(alice), ["30 new messages"]);
});
