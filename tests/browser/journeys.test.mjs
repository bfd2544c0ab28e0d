// Stories of two and three people, across what the page can do.
import assert from "node:assert/strict";

import { browserScenario } from "./browser.mjs";

const room = ({ page }, name) => page.locator(`[data-room="${name}"]`);

const notice = ({ page }, text) =>
  page.locator("#messages > li.notice").getByText(text).waitFor();

const inRoom = ({ page }, name) =>
  page.locator("#room-name").getByText(name).waitFor();

/** Points at a message and presses one of its buttons. */
async function deed(person, text, name) {
  const row = (await person.sees(text)).first(); // later ones quote it
  await row.hover();
  await row.locator(`[data-do=${name}]`).first().click();
}

/** The same by its menu. */
async function choose(person, text, name) {
  await deed(person, text, "more");
  await person.page.locator(`[role=menuitem][data-do=${name}]`).click();
}

async function enter(person, name) {
  await person.say(`/join ${name}`);
  await inRoom(person, name);
}

browserScenario("three people plan a picnic", {}, async (chat, open) => {
  const mara = await open();
  await mara.join("Mara");
  const jonas = await open({ size: "phone", colorScheme: "dark" });
  await jonas.join("Jonas");
  const zoe = await open({ colorScheme: "dark" });
  await zoe.join("Zoë");
  for (const person of [mara, jonas, zoe]) {
    await person.seesPeople("Mara", "Jonas", "Zoë");
  }

  await mara.say("Picnic on **Sunday**?");
  await jonas.sees("Picnic on Sunday?");
  await mara.page.fill("#text", "w");
  await jonas.page.locator("#typing").getByText("Mara").waitFor();
  await mara.say("we could take the *boat*");
  await zoe.sees("we could take the boat");
  await jonas.say("In with @Zoë!");
  const line = await zoe.sees("In with @Zoë!");
  assert.ok(await line.evaluate((row) => row.matches(".mentioned")));
  await deed(zoe, "In with @Zoë!", "react");
  await (await jonas.sees("In with @Zoë!")).locator(".reaction")
    .getByText("👍 1").waitFor();
  await deed(zoe, "we could take the boat", "reply");
  await zoe.say("it leaks");
  await (await mara.sees("it leaks")).locator(".quote")
    .getByText("we could take the boat").waitFor();
  await choose(mara, "we could take the boat", "edit");
  await mara.say("we could take the bus");
  await zoe.page.locator(".text").getByText("we could take the bus").first().waitFor();
  await zoe.say("/me packs the *cups*");
  await mara.say("two\nlines\n```\nand  code\n```");
  for (const person of [mara, jonas, zoe]) {
    await person.page.locator("pre").getByText("and  code").waitFor();
  }
  assert.deepEqual(await mara.texts(), await jonas.texts());
  assert.deepEqual(await jonas.texts(), await zoe.texts());
});

browserScenario("whoever looks at another room is told, and comes back", {},
  async (chat, open) => {
    const mara = await open();
    await mara.join("Mara");
    await enter(mara, "kitchen");
    const zoe = await open({ size: "phone" });
    await zoe.join("Zoë");
    await enter(zoe, "kitchen");
    await room(mara, "lobby").click();
    await inRoom(mara, "lobby");
    await zoe.say("The soup is ready");
    await zoe.say("@Mara, do you come?");
    await room(mara, "kitchen").getByText("1 mentions you").waitFor();
    await mara.page.waitForFunction(() => /^\(2\)/.test(document.title));
    await room(mara, "kitchen").click();
    await mara.sees("@Mara, do you come?");
    const first = mara.page.locator("#messages > li:has(.new)");
    assert.match(await first.textContent(), /The soup is ready/,
      "a line says where one stopped");
    await room(mara, "kitchen").locator(".badge")
      .waitFor({ state: "detached" });
    await mara.say("Coming!");
    await zoe.sees("Coming!");
  });

browserScenario("a secret is told in a room of two, and kept there", {},
  async (chat, open) => {
    const mara = await open();
    await mara.join("Mara");
    const jonas = await open({ size: "phone", colorScheme: "dark" });
    await jonas.join("Jonas");
    const zoe = await open();
    await zoe.join("Zoë");
    await zoe.seesPeople("Mara", "Jonas", "Zoë");
    await mara.say("/msg Jonas it is a surprise for Zoë");
    await jonas.page.locator("#other-unread").waitFor();
    await jonas.page.click("#open-rooms");
    await jonas.page.locator("#rooms [data-room]").getByText("Mara").click();
    await jonas.sees("it is a surprise for Zoë");
    await jonas.say("not a word");
    await mara.sees("not a word");
    await mara.page.reload();
    await mara.sees("not a word");
    await zoe.say("what are you two writing?");
    await zoe.sees("what are you two writing?");
    assert.deepEqual(await zoe.texts(), ["what are you two writing?"]);
  });

browserScenario("a moderator deals with somebody who spoils it", {
  expectedComplaints: [/status of 403/],
}, async (chat, open) => {
  const mara = await open();
  await mara.join("Mara");
  await enter(mara, "garden");
  const jonas = await open({ size: "phone", colorScheme: "dark" });
  await jonas.join("Jonas");
  await enter(jonas, "garden");
  const troll = await open();
  await troll.join("Troll");
  await enter(troll, "garden");
  await mara.seesPeople("Mara", "Jonas", "Troll");
  await mara.page.evaluate(() => fetch("v1/rooms/garden/members/Jonas", {
    method: "PATCH", headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ rank: "moderator" }),
  }));
  await notice(mara, "Mara made Jonas a moderator");

  const zoe = await open();
  await zoe.join("Zoë");
  await enter(zoe, "garden");
  await troll.say("buy followers");
  await choose(zoe, "buy followers", "report");
  await zoe.page.fill("[data-dialog=report] [name=reason]", "advertising");
  await zoe.page.click("[data-dialog=report] [type=submit]");
  await jonas.page.locator("#waiting-count").getByText("1").waitFor();
  await jonas.page.click("#open-moderation");
  await jonas.page.locator("[data-dialog=moderation]")
    .getByText("Delete").click();
  await zoe.page.locator(".deleted").waitFor();
  await jonas.page.keyboard.press("Escape");
  await jonas.say("/mute Troll 10m advertising");
  await troll.isTold("You cannot write in #garden");
  await troll.say("ha");
  await troll.sees("ha", "failed");
  await mara.say("/ban Troll 1d spam");
  await troll.isTold("You were banned from #garden");
  await inRoom(troll, "lobby");
  await mara.seesPeople("Mara", "Jonas", "Zoë");
  await notice(jonas, "Mara banned Troll");
});

browserScenario("a private room is shared with one more, by invitation", {
  expectedComplaints: [/status of (404|409)/],
}, async (chat, open) => {
  const mara = await open();
  await mara.join("Mara");
  const jonas = await open({ size: "phone" });
  await jonas.join("Jonas");
  const zoe = await open({ colorScheme: "dark" });
  await zoe.join("Zoë");
  await mara.page.click("#find-room");
  await mara.page.fill("#finder-name", "surprise");
  await mara.page.check("[name=isPrivate]");
  await mara.page.press("#finder-name", "Enter");
  await inRoom(mara, "surprise");
  await mara.say("/invite Jonas");
  await mara.say("a cake for Zoë");

  await jonas.isTold("Mara invites you to #surprise.");
  await jonas.page.click("#open-rooms");
  await jonas.page.click("[data-invite=surprise]");
  await jonas.sees("a cake for Zoë");
  await jonas.say("with candles");
  await mara.sees("with candles");

  await zoe.say("/join surprise");
  await zoe.isTold("There is no such room, or it is private");
  await zoe.page.click("#open-search");
  await zoe.page.check("#search-everywhere");
  await zoe.page.fill("#search-words", "cake");
  await zoe.page.press("#search-words", "Enter");
  await zoe.page.getByText("Nothing was found.").waitFor();
});
