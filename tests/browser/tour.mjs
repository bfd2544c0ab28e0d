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

/* In the page: opens all that can be opened in the dialog. */
function unfold() {
  document.querySelectorAll("dialog details").forEach((part) => {
    part.removeAttribute("name"); // else one alone can be open
    part.open = true;
  });
}

/* A field for searching that is not empty is cleared by the first Escape. */
async function closeDialog(page) {
  while (await page.locator("dialog[open]").count() > 0) {
    await page.keyboard.press("Escape");
  }
}

/* Opens a dialog by a button, which may be in a closed drawer. */
async function lookInto(page, button, ready, see) {
  await page.locator(button).first().evaluate((element) => element.click());
  await page.locator(`dialog[open] ${ready}`).first().waitFor();
  await page.evaluate(unfold);
  await see();
  await closeDialog(page);
}

async function seeDialogs(page, visit) {
  const see = (name) => () => visit(name);
  await lookInto(page, "#find-room", ".choose", async () => {
    await visit("finder");
    await page.fill("#finder-name", "new-room");
    await page.locator("[name=isPrivate]").check();
    await visit("new room");
  });
  await lookInto(page, "#open-room", "[readonly]", see("room details"));
  await lookInto(page, "#open-account", "summary", see("account"));
  await lookInto(page, "#open-keys", "dl", see("shortcuts"));
  await lookInto(page, "#open-alerts", "select", see("notifications"));
  await page.fill("#text", "/whois Jonas");
  await lookInto(page, "#send", "[data-act=rank] summary", see("profile card"));
  await lookInto(page, "#open-moderation", "li", async () => {
    await visit("moderators' view");
    await page.locator("[name=tab]").last().evaluate((tab) => tab.click());
    await page.locator("[data-dialog=moderation] time").first().waitFor();
    await visit("moderators' log");
  });
  await lookInto(page, "#open-search", "#search-words", async () => {
    await page.fill("#search-words", "water");
    await page.keyboard.press("Enter");
    await page.locator("#search-results .choose").first().waitFor();
    await visit("search");
  });
}

async function write(page, visit) {
  await page.fill("#text", "");
  await page.type("#text", "/m");
  await page.locator("[role=option]").first().waitFor();
  await visit("completion");
  await page.fill("#text", "");
  await page.locator("#open-emoji").click();
  await page.keyboard.type("he");
  await visit("emoji");
  await page.keyboard.press("Escape");
  await page.fill("#text", "");
  await page.press("#text", "ArrowUp");
  await page.locator("#intent").waitFor();
  await visit("editing");
  await page.press("#text", "Escape");
}

async function seeMessage(page, { plan }, visit) {
  const row = page.locator(`[data-seq="${plan}"]`);
  await row.focus();
  await page.keyboard.press("Enter");
  await page.locator("[role=menuitem]").first().waitFor();
  await visit("message menu");
  await page.locator("[role=menuitem][data-do=report]").click();
  await page.locator("[data-dialog=report]").waitFor();
  await visit("report");
  await closeDialog(page);
  await page.keyboard.press("Escape");
}

async function seeDrawers(page, visit) {
  await page.setViewportSize({ width: 360, height: 740 });
  for (const drawer of ["rooms", "people"]) {
    await page.click(`#open-${drawer}`);
    await visit(`${drawer} drawer`);
    await page.setViewportSize({ width: 360, height: 740 });
    await page.keyboard.press("Escape");
  }
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
  await write(page, look);
  await seeMessage(page, town, look);
  await seeDialogs(page, look);
  await seeDrawers(page, look);
  await loseConnection(person, look);
}
