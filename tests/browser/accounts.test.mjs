// Names that belong to somebody.
import { browserScenario } from "./browser.mjs";

browserScenario("a name is kept with a passphrase, on every device", {
  expectedComplaints: [/status of (403|409)/],
}, async (chat, open) => {
  const alice = await open();
  await alice.join("Alice");
  await alice.page.click("#open-account");
  await alice.page.fill("#account-new", "correct horse");
  await alice.screenshot("account-desktop");
  await alice.page.press("#account-new", "Enter");
  await alice.page.locator("#hint").getByText("The name is yours").waitFor();

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
    await alice.page.click("#open-account");
    await alice.page.fill("#account-new", "correct horse");
    await alice.page.press("#account-new", "Enter");
    await alice.page.locator("#hint").getByText("The name is yours").waitFor();
    const bob = await chat.visitor("Bob", { rooms: ["lobby", "books"] });
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
    await tablet.screenshot("unread-desktop-dark");
    await alice.page.locator("[data-room=books]").click();
    await books(tablet).waitFor({ state: "detached" });
  });
