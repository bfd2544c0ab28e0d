// Names that belong to somebody.
import assert from "node:assert/strict";

import { browserScenario } from "./browser.mjs";

const done = (person, text) =>
  person.page.locator("#hint").getByText(text).waitFor();

async function openAccount(person, title) {
  await person.page.click("#open-account");
  const account = person.page.locator("[data-dialog=account]");
  await account.getByText(title).first().click();
  return account;
}

async function keepName(person, passphrase) {
  await person.page.click("#open-account");
  await person.page.fill("#account-new", passphrase);
  await person.page.press("#account-new", "Enter");
  await done(person, "The name is yours now.");
}

async function logIn(person, nick, passphrase) {
  await person.page.fill("#nick", nick);
  await person.page.click("#join-button");
  await person.page.locator("#passphrase").fill(passphrase);
  await person.page.click("#join-button");
  await person.page.waitForSelector("#chat:not([hidden])");
}

browserScenario("a name is kept with a passphrase, on every device", {
  expectedComplaints: [/status of (403|409)/],
}, async (chat, open) => {
  const alice = await open();
  await alice.join("Alice");
  await alice.page.click("#open-account");
  await alice.screenshot("account-desktop");
  await alice.page.keyboard.press("Escape");
  await keepName(alice, "correct horse");

  const phone = await open({ size: "phone", colorScheme: "dark" });
  await phone.page.fill("#nick", "Alice");
  await phone.page.click("#join-button");
  await phone.page.locator("#passphrase").waitFor();
  await phone.page.fill("#passphrase", "wrong horse");
  await phone.page.click("#join-button");
  await phone.page.getByText("This is not the passphrase").waitFor();
  await phone.screenshot("passphrase-phone-dark");
  await phone.page.fill("#passphrase", "correct horse");
  await phone.page.click("#join-button");
  await phone.page.waitForSelector("#chat:not([hidden])");
  await phone.say("here as well");
  await alice.sees("here as well");
  await alice.seesPeople("Alice");
});

browserScenario("what is read on one device is read on the others", {},
  async (chat, open) => {
    const alice = await open();
    await alice.join("Alice");
    const bob = await chat.visitor("Bob", { rooms: ["lobby", "books"] });
    await bob.say("lobby", "read by a guest");
    await alice.sees("read by a guest");
    await keepName(alice, "correct horse");
    await alice.say("/join books");
    await alice.page.locator("#room-name").getByText("books").waitFor();
    await alice.page.locator("[data-room=lobby]").click();
    await bob.say("books", "one");
    await bob.say("books", "two, @alice");
    const books = (person) => person.page.locator("[data-room=books] .badge");
    await books(alice).getByText("@ 1").waitFor();

    const tablet = await open({ colorScheme: "dark" });
    await tablet.page.evaluate(() => fetch("v1/session", { method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ nick: "Alice", passphrase: "correct horse" }) }));
    await tablet.page.reload();
    await books(tablet).getByText("@ 1").waitFor();
    assert.equal(await tablet.page.locator(".new").count(), 0);
    await tablet.screenshot("unread-desktop-dark");
    await alice.page.locator("[data-room=books]").click();
    await books(tablet).waitFor({ state: "detached" });
  });

browserScenario("one device logs another one out", {
  expectedComplaints: [/status of (401|409)/],
}, async (chat, open) => {
  const alice = await open();
  await alice.join("Alice");
  await keepName(alice, "correct horse");
  const phone = await open({ size: "phone" });
  await logIn(phone, "Alice", "correct horse");

  const account = await openAccount(alice, "Where you are logged in");
  await account.getByText("Another device").waitFor();
  assert.equal(await account.locator("li").count(), 2);
  await alice.screenshot("sessions-desktop");
  await account.locator("li").getByText("Log out").click();
  await account.getByText("Another device").waitFor({ state: "detached" });
  await phone.page.getByText("Your session has ended.").waitFor();
  await alice.page.keyboard.press("Escape");
  await alice.say("still here");
  await alice.sees("still here");
});

browserScenario("a name, its passphrase and the account change", {
  expectedComplaints: [/status of (401|403|409)/],
}, async (chat, open) => {
  const taken = await chat.visitor("Bob");
  assert.equal(taken.nick, "Bob");
  const alice = await open();
  await alice.join("Alice");
  let account = await openAccount(alice, "Change your name");
  await alice.page.fill("#account-nick", "Bob");
  await alice.page.press("#account-nick", "Enter");
  await account.getByText("Someone has this name.").waitFor();
  await alice.page.fill("#account-nick", "Alix");
  await alice.page.press("#account-nick", "Enter");
  await alice.page.locator("#my-nick").getByText("Alix").waitFor();
  await keepName(alice, "correct horse");

  account = await openAccount(alice, "Change your passphrase");
  await alice.page.fill("#account-old", "wrong horse");
  await alice.page.fill("#account-new", "battery staple");
  await alice.page.press("#account-new", "Enter");
  await account.getByText("This is not your passphrase").waitFor();
  await alice.page.fill("#account-old", "correct horse");
  await alice.page.press("#account-new", "Enter");
  await done(alice, "Your passphrase has changed.");

  account = await openAccount(alice, "Give up the account");
  const old = account.locator("details[open] [name=ours]");
  await old.fill("battery staple");
  await alice.screenshot("account-end-desktop");
  await old.press("Enter");
  await alice.page.waitForSelector("#join:not([hidden])");
  const next = await chat.visitor("Alix"); // the name is free
  assert.equal(next.nick, "Alix");
});

browserScenario("logging out everywhere is for all devices", {
  expectedComplaints: [/status of (401|409)/],
}, async (chat, open) => {
  const alice = await open();
  await alice.join("Alice");
  await keepName(alice, "correct horse");
  const other = await open({ colorScheme: "dark" });
  await logIn(other, "Alice", "correct horse");
  const account = await openAccount(other, "Where you are logged in");
  await account.getByText("Log out everywhere").click();
  await other.page.waitForSelector("#join:not([hidden])");
  await alice.page.getByText("Your session has ended.").waitFor();
});

browserScenario("what is loaded when it is needed is asked for again", {
  expectedComplaints: [/ERR_FAILED/],
}, async (chat, open) => {
  const alice = await open();
  await alice.join("Alice");
  await alice.page.route("**/account.js", (route) => route.abort());
  await alice.page.click("#open-account");
  await alice.isTold("The chat server cannot be reached.");
  await alice.page.unroute("**/account.js");
  await alice.page.click("#open-account");
  await alice.page.locator("[data-dialog=account]").waitFor();
});
