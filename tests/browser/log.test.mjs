// Reading: quotes, the line where one stopped, keys, permalinks.
import assert from "node:assert/strict";

import { browserScenario } from "./browser.mjs";

const edit = (who, room, seq, text) =>
  who.request("PATCH", `rooms/${room}/messages/${seq}`, { body: { text } });

const focusedText = (person) => person.page.evaluate(() =>
  document.activeElement.querySelector?.(".text")?.textContent ??
    document.activeElement.id);

/** Waits until the element is in view, and nothing moves any more. */
const inView = (row) => row.evaluate((element) => new Promise((resolve) => {
  new IntersectionObserver(([{ isIntersecting }], observer) => {
    if (isIntersecting) {
      observer.disconnect();
      resolve();
    }
  }).observe(element);
}));

browserScenario("a reply quotes what it is about, and leads there", {
}, async (chat, open) => {
  const bob = await chat.visitor("Bob");
  const { seq } = await bob.say("lobby", "tea or coffee?");
  for (let i = 0; i < 80; i++) await bob.say("lobby", `noise ${i}`);
  await bob.post("rooms/lobby/messages",
    { id: "reply", text: "tea!", reply_to: seq });

  const alice = await open();
  await alice.join("Alice");
  const row = await alice.sees("tea!");
  const quote = row.locator(".quote");
  await quote.getByText("tea or coffee?").waitFor();
  await edit(bob, "lobby", seq, "tea or milk?");
  await quote.getByText("tea or milk?").waitFor();
  await alice.screenshot("quote-desktop");
  await quote.click();
  const found = alice.page.locator("#messages > li.found");
  await found.waitFor();
  await inView(found);
  assert.match(await found.textContent(), /tea or milk\?/);

  await bob.delete(`rooms/lobby/messages/${seq}`);
  await alice.page.click("#jump");
  await (await alice.sees("tea!")).locator(".quote")
    .getByText("Message deleted").waitFor();
});

browserScenario("a line says where one stopped reading", {},
  async (chat, open) => {
    const alice = await open();
    await alice.join("Alice");
    const bob = await chat.visitor("Bob");
    await bob.say("lobby", "seen");
    await alice.sees("seen");
    const line = alice.page.locator("#messages .new");
    assert.equal(await line.count(), 0);

    await alice.say("/join elsewhere");
    await alice.page.locator("#room-name").getByText("elsewhere").waitFor();
    for (let i = 0; i < 60; i++) await bob.say("lobby", `unseen ${i}`);
    await alice.page.locator("#rooms").getByText("60").first().waitFor();
    await alice.page.locator("#rooms").getByText("lobby").click();
    await line.waitFor();
    await inView(line);
    await alice.screenshot("unread-line-desktop");
    const marked = alice.page.locator("#messages > li:has(.new)");
    assert.match(await marked.textContent(), /unseen 0/);
    assert.ok(await alice.page.isVisible("#jump"));

    await alice.page.click("#jump");
    await inView(await alice.sees("unseen 59"));
    assert.equal(await line.count(), 1, "it stays while one is here");
    await alice.say("caught up");
    await alice.sees("caught up");
    assert.equal(await line.count(), 0);
  });

browserScenario("all that can be done with a message is done by keys", {},
  async (chat, open) => {
    const alice = await open();
    await alice.join("Alice");
    const bob = await chat.visitor("Bob");
    await alice.say("first");
    await alice.sees("first");
    await bob.say("lobby", "second");
    await bob.say("lobby", "third");
    await alice.sees("third");
    const keys = async (...names) => {
      for (const name of names) await alice.page.keyboard.press(name);
    };

    await alice.page.locator("#messages > li").last().focus();
    await keys("ArrowUp");
    assert.equal(await focusedText(alice), "second");
    await keys("End", "ArrowDown");
    assert.equal(await focusedText(alice), "third");
    await keys("ArrowUp", "ArrowUp");
    const label = await alice.page.evaluate(() =>
      document.activeElement.ariaLabel);
    assert.match(label, /Alice.*20\d\d.*first/);

    await keys("e");
    await alice.page.waitForFunction(() =>
      document.getElementById("text").value === "first");
    await keys("Escape");
    await alice.page.locator("#messages > li").last().focus();
    await keys("Enter");
    await alice.page.locator("[role=menuitem]:focus").waitFor();
    await keys("End");
    assert.equal(await alice.page.evaluate(() =>
      document.activeElement.dataset.do), "report");
    await keys("Escape");
    assert.equal(await focusedText(alice), "third");

    const { seq } = await bob.say("lobby", "fourth");
    await bob.post(`rooms/lobby/messages/${seq}/reactions`, { emoji: "👍" });
    const row = await alice.sees("fourth");
    const chip = row.locator(".reaction");
    await chip.waitFor();
    await chip.focus();
    await keys("Enter");
    await chip.getByText("👍 2").waitFor();
    assert.equal(await alice.page.evaluate(() =>
      document.activeElement.dataset.emoji), "👍", "the focus is still there");
    await keys("Escape");
    assert.equal(await focusedText(alice), "fourth");
    await keys("Escape");
    assert.equal(await focusedText(alice), "text");
  });

browserScenario("an address leads to a message, and joins nothing", {
}, async (chat, open) => {
  const bob = await chat.visitor("Bob", { rooms: ["lobby", "den"] });
  const { seq } = await bob.say("lobby", "here it is");
  for (let i = 0; i < 80; i++) await bob.say("lobby", `noise ${i}`);
  const link = `http://127.0.0.1:${chat.port}/chat/#lobby/${seq}`;
  await bob.say("lobby", `look at ${link}`);
  const { seq: other } = await bob.say("den", "not for all");

  const alice = await open({ query: `#lobby/${seq}` });
  await alice.join("Alice");
  const found = alice.page.locator("#messages > li.found");
  await found.getByText("here it is").waitFor();
  await inView(found);
  assert.equal(await alice.page.evaluate(() => location.hash), "");

  await alice.page.click("#jump");
  await (await alice.sees(`look at ${link}`)).locator("a").click();
  await found.getByText("here it is").waitFor();
  assert.equal(alice.context.pages().length, 1);

  await alice.page.evaluate((hash) => {
    location.hash = hash;
  }, `#den/${other}`);
  await alice.page.locator("#hint").getByText(/not in the room/).waitFor();
  assert.equal(await alice.page.locator("#rooms [data-room=den]").count(), 0);
});

browserScenario("what is very long is folded until one asks", {},
  async (chat, open) => {
    const alice = await open({ size: "phone" });
    await alice.join("Alice");
    const bob = await chat.visitor("Bob");
    await bob.say("lobby",
      Array.from({ length: 60 }, (_, i) => `line ${i}`).join("\n"));
    const folded = alice.page.locator(".text.folded");
    await folded.waitFor();
    await alice.page.locator("[data-do=open]").click();
    await folded.waitFor({ state: "detached" });
    assert.equal(await alice.page.locator("[data-do=open]").count(), 0);
  });

browserScenario("a moderator sees what a message said before", {},
  async (chat, open) => {
    const alice = await open();
    await alice.join("Alice");
    await alice.say("/join tower");
    await alice.page.locator("#room-name").getByText("tower").waitFor();
    const bob = await chat.visitor("Bob", { rooms: ["tower"] });
    const { seq } = await bob.say("tower", "the first words");
    await edit(bob, "tower", seq, "other words");
    const row = alice.page.locator(`#messages > li[data-seq="${seq}"]`);
    await row.locator(".edited").waitFor();
    await row.hover();
    await row.locator("[data-do=more]").click();
    await alice.page.click("[role=menu] [data-do=edits]");
    await alice.page.locator("[data-dialog=edits]")
      .getByText("the first words").waitFor();
    await alice.page.keyboard.press("Escape");

    await row.press("Delete");
    await alice.page.fill("[data-dialog=delete] [name=reason]", "off topic");
    await alice.page.click("[data-dialog=delete] [type=submit]");
    await row.locator(".deleted").waitFor();
  });

browserScenario("what somebody muted says is hidden, unless one asks", {},
  async (chat, open) => {
    const alice = await open();
    await alice.join("Alice");
    const eve = await chat.visitor("Eve");
    const bob = await chat.visitor("Bob");
    await alice.seesPeople("Alice", "Bob", "Eve");
    const { seq } = await eve.say("lobby", "buy my things");
    await alice.sees("buy my things");
    await alice.say("/block Eve");
    const hidden = alice.page.locator(`#messages > li[data-seq="${seq}"]`);
    await hidden.getByText("somebody you muted").waitFor();
    assert.equal(await hidden.getByText("buy my things").count(), 0);
    await bob.post("rooms/lobby/messages",
      { id: "no", text: "no, thanks", reply_to: seq });
    const reply = await alice.sees("no, thanks");
    assert.match(await reply.locator(".quote").textContent(), /you muted/);
    await hidden.locator("[data-do=open]").click();
    await hidden.getByText("buy my things").waitFor();
  });
