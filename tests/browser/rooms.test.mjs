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
    await alice.page.locator("#hint").getByText("removes somebody").waitFor();
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

/** Opens the dialog of the room in view, and one of its sections. */
async function openRoom({ page }, section) {
  await page.click("#open-room");
  const dialog = page.locator("[data-dialog=room]");
  await dialog.waitFor();
  if (section) await dialog.locator("summary").getByText(section).click();
  return dialog;
}

/** Fills a form of a dialog by the names of its fields, and sends it. */
async function send(dialog, values, button) {
  for (const [name, value] of Object.entries(values)) {
    const field = dialog.locator(`[name=${name}]:visible`).first();
    if (typeof value === "boolean") await field.setChecked(value);
    else if (await field.evaluate((f) => f.matches("select"))) {
      await field.selectOption(value);
    } else await field.fill(value);
  }
  await dialog.getByRole("button", { name: button, exact: true }).click();
}

const inRoom = ({ page }, name) =>
  page.locator("#room-name").getByText(name).waitFor();

browserScenario("a private room is made; its passphrase lets others in", {
  expectedComplaints: [/status of (403|409)/],
}, async (chat, open) => {
  const alice = await open();
  await alice.join("Alice");
  await alice.page.click("#find-room");
  await send(alice.page.locator("[data-dialog=finder]"), {
    room: "Cellar", topic: "down here", isPrivate: true,
    passphrase: "knock knock",
  }, "Create “⁨Cellar⁩”");
  await inRoom(alice, "cellar");
  await alice.page.locator("#rooms .tag").getByText("private").waitFor();
  await alice.page.locator("#topic").getByText("down here").waitFor();

  const bob = await open({ size: "phone" });
  await bob.join("Bob");
  await bob.page.click("#open-rooms");
  await bob.page.click("#find-room");
  const finder = bob.page.locator("[data-dialog=finder]");
  await finder.locator(".choose[data-room=lobby]").waitFor();
  assert.equal(await finder.locator("[data-room=cellar]").count(), 0);
  await send(finder, { room: "cellar" }, "Create “⁨cellar⁩”");
  const locked = bob.page.locator("[data-dialog=locked]");
  await send(locked, { passphrase: "let me in" }, "Join");
  await locked.getByText("This room needs its passphrase.").waitFor();
  await bob.screenshot("passphrase-phone");
  await send(locked, { passphrase: "knock knock" }, "Join");
  await inRoom(bob, "cellar");
  await alice.seesPeople("Alice", "Bob");
});

browserScenario("an invitation is declined, another one is followed", {},
  async (chat, open) => {
    const alice = await open();
    await alice.join("Alice");
    const bob = await open();
    await bob.join("Bob");
    await alice.say("/join attic");
    await inRoom(alice, "attic");
    const dialog = await openRoom(alice, "Settings");
    await send(dialog, { access: "private" }, "Save");
    for (const answer of ["Decline", "Join"]) {
      await send(await openRoom(alice, "People"), { nick: "Bob" }, "Invite");
      await alice.isTold("is invited");
      const invitation = bob.page.locator("#rooms li")
        .filter({ hasText: "attic" });
      await invitation.getByRole("button", { name: answer }).click();
      await invitation.locator("[data-invite]")
        .waitFor({ state: "detached" });
    }
    await inRoom(bob, "attic");
    await alice.seesPeople("Alice", "Bob");
  });

browserScenario("an owner changes a room, renames it, and deletes it", {},
  async (chat, open) => {
    const alice = await open();
    await alice.join("Alice");
    const bob = await open();
    await bob.join("Bob");
    for (const person of [alice, bob]) await person.say("/join books");
    await alice.seesPeople("Alice", "Bob");
    await send(await openRoom(alice, "Topic"),
      { topic: "what we read" }, "Save");
    await bob.page.locator("#topic").getByText("what we read").waitFor();

    const seen = await openRoom(bob);
    assert.equal(await seen.locator("summary").getByText("Settings").count(),
      0);
    await alice.page.click("#members [name=Bob]");
    const card = alice.page.locator("[data-dialog=person]");
    await card.locator("[data-act=rank] summary").click();
    await card.locator("[name=rank]").selectOption("moderator");
    await card.locator("[data-act=rank] .primary").click();
    await alice.page.locator("#members [name=Bob] .tag")
      .getByText("Moderator").waitFor();
    await alice.page.keyboard.press("Escape");
    // What is open follows: now Bob may change the topic, too.
    await seen.locator("summary").getByText("Topic").waitFor();
    await bob.page.keyboard.press("Escape");

    await send(await openRoom(alice, "Settings"),
      { room: "library", archived: true, slow_seconds: "5" }, "Save");
    for (const person of [alice, bob]) await inRoom(person, "library");
    const dialog = await openRoom(alice, "Settings");
    assert.ok(await dialog.locator("[name=archived]").isChecked());
    assert.equal(await dialog.locator("[name=slow_seconds]").inputValue(),
      "5");
    await dialog.getByText("Archived", { exact: false }).first().waitFor();
    await alice.screenshot("room-settings-desktop");
    await dialog.locator("summary").getByText("Delete this room").click();
    await send(dialog, {}, "Delete this room");
    for (const person of [alice, bob]) await inRoom(person, "lobby");
    await bob.isTold("has deleted");
  });

browserScenario("rooms are left: public ones at once, others when sure", {},
  async (chat, open) => {
    const alice = await open();
    await alice.join("Alice");
    await alice.say("/join books");
    await inRoom(alice, "books");
    await send(await openRoom(alice), {}, "Leave this room");
    await alice.isTold("It is in the list of rooms");
    await inRoom(alice, "lobby");

    const bob = await chat.visitor("Bob");
    await bob.post("direct", { nick: "Alice" });
    await room(alice, "Bob").click();
    await inRoom(alice, "Bob");
    const dialog = await openRoom(alice);
    await dialog.locator("summary").getByText("Leave this room").click();
    await dialog.getByText("cannot come back").waitFor();
    await send(dialog, {}, "Leave this room");
    await inRoom(alice, "lobby");
  });

browserScenario("programs are connected, and their secret told once", {},
  async (chat, open) => {
    const alice = await open();
    await alice.join("Alice");
    await alice.say("/join books");
    await inRoom(alice, "books");
    await send(await openRoom(alice, "Programs"),
      { name: "library" }, "Connect a program");
    const address = alice.page.locator("[data-dialog=secret] input");
    const url = new URL(await address.inputValue());
    assert.equal(url.port, String(chat.port));
    await alice.page.keyboard.press("Escape");
    const posted = await fetch(url, { method: "POST", body: "Book returned.",
      headers: { "Content-Type": "text/plain" } });
    assert.equal(posted.status, 201);
    await alice.sees("Book returned.");

    const dialog = await openRoom(alice, "Programs");
    await dialog.getByText("writes here", { exact: true }).waitFor();
    await dialog.getByRole("button", { name: "Disconnect" }).click();
    await dialog.getByText("No program").waitFor();
    await alice.screenshot("programs-desktop");
    assert.equal((await fetch(url, { method: "POST", body: "late",
      headers: { "Content-Type": "text/plain" } })).status, 404);
  });

browserScenario("the lists are walked by arrow keys, and count what is new",
  {}, async (chat, open) => {
    const alice = await open();
    await alice.join("Alice");
    const bob = await chat.visitor("Bob", { rooms: ["lobby", "books"] });
    await alice.say("/join books");
    await inRoom(alice, "books");
    await alice.page.focus("#rooms [data-room=books]");
    await bob.say("lobby", "hello @Alice");
    await bob.say("lobby", "hello?");
    const badge = alice.page.locator("[data-room=lobby] .badge");
    await badge.getByText("1 mentions you").waitFor();
    const focused = () => alice.page.evaluate(() =>
      document.activeElement.name);
    assert.equal(await focused(), "books", "also after the list has changed");
    await alice.page.keyboard.press("ArrowDown");
    assert.equal(await focused(), "lobby");
    await alice.page.keyboard.press("Enter");
    await inRoom(alice, "lobby");
    await badge.waitFor({ state: "detached" });
    assert.equal(await alice.page.locator("#rooms [tabindex='0']").count(), 1);
    await bob.post("direct", { nick: "Alice" });
    await alice.page.locator("#rooms h3").getByText("Direct messages")
      .waitFor();
  });
