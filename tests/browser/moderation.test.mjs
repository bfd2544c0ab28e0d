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
  await bob.isTold("You were removed from #den. (rude)");
  await notice(alice, "Alice removed Bob (rude)");
  await alice.seesPeople("Alice");
  await bob.page.locator("#room-name").getByText("lobby").waitFor();

  await alice.say("/ban Bob");
  await bob.say("/join den");
  await bob.isTold("You are banned here.");
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

/** Enters a room, and makes it if it is not there. */
async function enter(person, room) {
  await person.say(`/join ${room}`);
  await person.page.locator("#room-name").getByText(room).waitFor();
}

/** Opens somebody's card from the list of people. */
async function openCard(person, nick) {
  await person.page.locator(`#members [data-nick=${nick}] button`).click();
  return person.page.locator("[data-dialog=person]");
}

/** Does something in a card, with `values` by the names of the fields. */
async function act(card, name, values = {}) {
  const part = card.locator(`[data-act=${name}]`);
  await part.locator("summary").click();
  for (const [field, value] of Object.entries(values)) {
    const control = part.locator(`[name=${field}]`);
    await (field === "reason" ? control.fill(value)
      : control.selectOption(value));
  }
  await part.locator("button[type=submit]").click();
}

const did = (card, what) =>
  card.getByText(new RegExp(`${what}.?: done`)).waitFor();

const actsIn = (card) => card.locator("[data-act]").evaluateAll((parts) =>
  parts.map((part) => part.dataset.act));

browserScenario("a card has what one may do, and does it", {
  expectedComplaints: [/status of 403/],
}, async (chat, open) => {
  const olga = await open();
  await olga.join("Olga");
  await enter(olga, "den");
  const max = await open();
  await max.join("Max");
  await enter(max, "den");
  const vera = await open({ size: "phone", colorScheme: "dark" });
  await vera.join("Vera");
  await enter(vera, "den");
  for (const person of [olga, max]) await person.say("hello");
  for (const text of ["buy this", "buy that"]) await vera.say(text);
  await max.sees("buy that");

  const ofMax = await openCard(olga, "Max");
  await act(ofMax, "rank", { rank: "moderator" });
  await did(ofMax, "Change rank");
  await ofMax.getByText("Moderator · Here").waitFor();
  await olga.page.keyboard.press("Escape");
  await notice(max, "Olga made Max a moderator");

  const ofOlga = await openCard(max, "Olga");
  await ofOlga.getByText("Owner").waitFor();
  assert.deepEqual(await actsIn(ofOlga), []);
  await max.page.keyboard.press("Escape");

  const ofVera = await openCard(max, "Vera");
  await act(ofVera, "mute", { seconds: "3600", reason: "spam" });
  await did(ofVera, "Mute for all");
  await vera.isTold("You cannot write in #den for now. (spam)");
  await act(ofVera, "unmute");
  await did(ofVera, "Unmute for all");
  await vera.isTold("You can write in #den again.");
  await act(ofVera, "undo", { seconds: "600" });
  await did(ofVera, "Delete what they wrote");
  await vera.page.locator(".deleted").nth(1).waitFor();
  await act(ofVera, "kick", { reason: "no ads" });
  await did(ofVera, "Remove from the room");
  await vera.isTold("You were removed from #den. (no ads)");
  await act(ofVera, "ban", { seconds: "86400", reason: "ads again" });
  await did(ofVera, "Ban from the room");
  await max.screenshot("card-desktop");
  await notice(olga, /Max banned Vera until .* \(ads again\)/);
  await vera.say("/join den");
  await vera.isTold("You are banned here.");
  await act(ofVera, "unban");
  await did(ofVera, "Lift the ban");
  await enter(vera, "den");
  await vera.say("sorry");
  await max.sees("sorry");
});

browserScenario("what is reported is seen, deleted, and on record", {},
  async (chat, open) => {
    const olga = await open();
    await olga.join("Olga");
    await enter(olga, "den");
    const vera = await open();
    await vera.join("Vera");
    await enter(vera, "den");
    const bob = await chat.visitor("Bob", { rooms: ["den"] });
    await bob.say("den", "rude words");
    await vera.say("now look");
    await olga.sees("now look");
    const badge = olga.page.locator("#waiting-count");
    await badge.waitFor({ state: "hidden" });
    const rude = await vera.sees("rude words");
    await rude.hover();
    await rude.locator("[data-do=more]").click();
    await vera.page.click("[role=menu] [data-do=report]");
    await vera.page.fill("[data-dialog=report] [name=reason]", "rude");
    await vera.screenshot("report-desktop");
    await vera.page.keyboard.press("Enter");
    await vera.isTold("The moderators will look at it.");
    await badge.getByText("1").waitFor();

    await olga.page.click("#open-moderation");
    const view = olga.page.locator("[data-dialog=moderation]");
    await view.getByText("Vera reported a message (rude)").waitFor();
    await olga.screenshot("moderation-waiting-desktop");
    await view.getByRole("button", { name: "Go there" }).click();
    await view.waitFor({ state: "detached" });
    await olga.sees("rude words");

    await olga.page.click("#open-moderation");
    const { seq } = await bob.say("den", "typo");
    await bob.post(`rooms/den/messages/${seq}/report`,
      { reason: "not this one" });
    await view.getByText("(not this one)").waitFor(); // while it is open
    const row = (text) => view.locator("li", { hasText: text });
    await row("(rude)").getByText("Delete").click();
    await row("(rude)").waitFor({ state: "detached" });
    await row("(not this one)").getByText("Done").click();
    await view.getByText("Nothing here.").waitFor();
    await badge.waitFor({ state: "hidden" });
    const { messages } = await bob.history("den", { types: "message" });
    assert.deepEqual(messages.map(({ text }) => text),
      [undefined, "now look", "typo"]);

    await view.getByText("Log").click();
    for (const text of ["Olga closed a report", "Olga deleted a message",
      "Vera reported a message (rude)"]) {
      await view.getByText(text).first().waitFor();
    }
    await olga.screenshot("moderation-log-desktop");
  });

browserScenario("a moderator lets newcomers in, or not, and lifts bans", {},
  async (chat, open) => {
    const olga = await open({ size: "phone" });
    await olga.join("Olga");
    await enter(olga, "hall");
    await olga.page.evaluate(() => fetch("v1/rooms/hall", { method: "PATCH",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ settings: { hold_newcomers: true } }) }));
    const vera = await open();
    await vera.join("Vera");
    await enter(vera, "hall");
    const bob = await chat.visitor("Bob", { rooms: ["hall"] });
    await bob.post("rooms/hall/messages", { id: "b-1", text: "buy this" });
    await vera.say("may I?");
    await vera.sees("may I?", "held");

    await olga.page.locator("#waiting-count").getByText("2").waitFor();
    await olga.page.click("#open-moderation");
    const view = olga.page.locator("[data-dialog=moderation]");
    const row = (text) => view.locator("li", { hasText: text });
    await olga.screenshot("held-phone");
    await row("may I?").getByText("Approve").click();
    await vera.sees("may I?");
    await row("buy this").getByText("Drop").click();
    await view.getByText("Nothing here.").waitFor();
    await view.getByText("Log").click();
    await view.getByText("Olga dropped a message of Bob").waitFor();
    await olga.page.keyboard.press("Escape");
    assert.deepEqual(await olga.texts(), ["may I?"]);

    await olga.say("/ban Bob 1h ads");
    await notice(olga, "Olga banned Bob until");
    await olga.page.click("#open-moderation");
    await view.getByText("Bans").click();
    await row("ads").getByText("Lift the ban").click();
    await view.getByText("Nothing here.").waitFor();
    await notice(vera, "Olga lets Bob in again");
  });

browserScenario("who is muted for oneself is not heard, nor alone", {
  expectedComplaints: [/status of 403/],
}, async (chat, open) => {
  const vera = await open();
  await vera.join("Vera");
  const bob = await open();
  await bob.join("Bob");
  await bob.say("psst");
  await vera.sees("psst");
  const card = await openCard(vera, "Bob");
  await card.getByText("Mute for me").click();
  await card.getByText(/You don’t see what .*Bob.* says/).waitFor();
  await vera.page.keyboard.press("Escape");
  const hidden = vera.page.getByText("Message of somebody you muted");
  await hidden.first().waitFor();
  await bob.say("psst, again");
  await hidden.nth(1).waitFor();
  assert.equal(await vera.page.locator("#messages").getByText("psst").count(),
    0);
  await bob.say("/msg Vera psst");
  await bob.isTold("You are not allowed to do this here.");

  await vera.page.reload();
  await vera.page.click("#open-account");
  const account = vera.page.locator("[data-dialog=account]");
  await account.getByText("People you muted").click();
  await account.getByText("Unmute for me").click();
  await account.getByText("You have muted nobody.").waitFor();
  await vera.page.keyboard.press("Escape");
  await vera.sees("psst, again");
  await bob.say("/msg Vera psst");
  await vera.page.locator("#rooms").getByText("Bob").waitFor();
});

browserScenario("an admin gives roles, and bans from the whole site", {
  settings: { "chat.admins": "Ada", "chat.registration": "yes" },
  expectedComplaints: [/status of (401|403|404|409)/],
}, async (chat, open) => {
  const first = await chat.visitor("Ada");
  await first.post("account", { passphrase: "correct horse" });
  await chat.kill("broker"); // who begins as an admin is seen at its start
  await chat.start();
  const ada = await open();
  await ada.page.fill("#nick", "Ada");
  await ada.page.click("#join-button");
  await ada.page.fill("#passphrase", "correct horse");
  await ada.page.click("#join-button");
  const max = await open({ colorScheme: "dark" });
  await max.join("Max");
  await max.page.evaluate(() => fetch("v1/account", { method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ passphrase: "battery staple" }) }));
  const vera = await open();
  await vera.join("Vera");
  await ada.seesPeople("Ada", "Max", "Vera");

  const ofMax = await openCard(ada, "Max");
  await act(ofMax, "role", { role: "moderator" });
  await did(ofMax, "Change role on this site");
  await ada.page.keyboard.press("Escape");
  await max.isTold("Ada has changed your role on this site.");
  await vera.page.locator("#members [data-nick=Max]")
    .getByText("Site moderator").waitFor();

  const ofVera = await openCard(max, "Vera");
  await act(ofVera, "server_ban", { reason: "spam" });
  await did(ofVera, "Ban from the whole site");
  await vera.page.getByText("Your session has ended.").waitFor();
  await vera.page.click("#join-button");
  await vera.page.getByText("You are banned here.").waitFor();
  await max.page.keyboard.press("Escape");

  await max.page.click("#open-moderation");
  const view = max.page.locator("[data-dialog=moderation]");
  await view.getByText("Site log").click();
  await view.getByText(/Max banned Vera from the site until .* .spam./)
      .waitFor();
  await max.screenshot("site-log-desktop-dark");
  await view.getByText("Site bans").click();
  await view.getByText("Lift the ban").click();
  await view.getByText("Nothing here.").waitFor();
  await vera.page.click("#join-button");
  await vera.page.waitForSelector("#chat:not([hidden])");
});
