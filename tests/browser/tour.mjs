// A walk past all that the page can show, for tests that look at everything.
import { makeTown } from "./town.mjs";

/* What the browser says of refusals that belong to the walk. */
export const expectedOnTour = [/status of (404|409|422)/,
  /ERR_INTERNET_DISCONNECTED/];

const goTo = async (page, room) => {
  await page.evaluate((name) => {
    document.querySelector(`[data-room="${name}"]`).click();
  }, room);
  await page.locator(`[data-room="${room}"][aria-current]`)
    .waitFor({ state: "attached" });
};

async function comeIn(page, visit) {
  await visit("join");
  await page.fill("#nick", "Mara");
  await page.click("#join-button");
  await page.locator("#passphrase").waitFor();
  await visit("join refused");
  await page.fill("#passphrase", "correct horse");
  await page.click("#join-button");
  await page.waitForSelector("#chat:not([hidden])");
}

async function seeRooms(person, town, visit) {
  const { page } = person;
  await goTo(page, "lobby");
  await visit("empty room");
  await goTo(page, "garden");
  await page.locator(`[data-seq="${town.plan}"]`).waitFor();
  await visit("busy room");
}

async function useDialog(page, opener, ready, visit, name) {
  await page.evaluate((id) => document.getElementById(id).click(), opener);
  await page.locator(ready).first().waitFor();
  await visit(name);
  await closeDialog(page);
}

/* A field for searching that is not empty is cleared by the first Escape. */
async function closeDialog(page) {
  while (await page.locator("dialog[open]").count() > 0) {
    await page.keyboard.press("Escape");
  }
}

async function seeDialogs(page, visit) {
  await useDialog(page, "find-room", "[data-dialog=finder] .choose", visit, "finder");
  await useDialog(page, "open-account", "#account-new", visit, "account");
  await page.click("#open-search");
  await page.fill("#search-words", "water");
  await page.keyboard.press("Enter");
  await page.locator("#search-results .choose").first().waitFor();
  await visit("search");
  await closeDialog(page);
}

async function loseConnection(person, visit) {
  const { page, context } = person;
  await context.setOffline(true);
  await person.say("sent when the network is back");
  await page.locator("#banner:not([hidden])").waitFor();
  await visit("connection lost");
  await context.setOffline(false);
  await page.locator("#banner[hidden]").waitFor({ state: "attached" });
}

/**
 * Walks. At each stop `visit(person, name)` looks at the page, which is as wide
 * as it likes.
 */
export async function takeTour(chat, open, options, visit) {
  const town = await makeTown(chat);
  const person = await open({ reducedMotion: "reduce", ...options });
  const { page } = person;
  const look = (name) => visit(person, name);
  await comeIn(page, look);
  await seeRooms(person, town, look);
  await seeDialogs(page, look);
  await loseConnection(person, look);
}
