// The chat in pages of the site, and of other sites.
import assert from "node:assert/strict";
import http from "node:http";

import { waitFor } from "../system/harness.mjs";
import { browserScenario, openProfile } from "./browser.mjs";

const BUTTON = "ajax-chat button";

/** What is in the panel's frame. */
const inside = (person) => person.page.frameLocator("iframe");

const button = (person) => person.page.locator(BUTTON);

const isExpanded = (person, value) =>
  person.page.locator(`${BUTTON}[aria-expanded="${value}"]`).waitFor();

async function joinInside(person, nick) {
  const frame = inside(person);
  await frame.locator("#nick").fill(nick);
  await frame.locator("#nick").press("Enter");
  await frame.locator("#text").waitFor();
}

async function sayInside(person, text) {
  await inside(person).locator("#text").fill(text);
  await inside(person).locator("#text").press("Enter");
}

const seesInside = (person, text) => inside(person)
  .locator("#messages").getByText(text, { exact: true }).waitFor();

/** The id of what has the focus, in the frame if that has it. */
function focused(person) {
  return person.page.evaluate(() => {
    let at = document.activeElement;
    while (at.shadowRoot ?? at.contentDocument) {
      at = (at.shadowRoot ?? at.contentDocument).activeElement;
    }
    return at.id || at.localName;
  });
}

async function waitFocused(person, wanted) {
  while (await focused(person) !== wanted) {
    await person.page.evaluate(() =>
      new Promise((resolve) => { requestAnimationFrame(resolve); }));
  }
}

browserScenario("one line puts the chat into a page, by keyboard too", {},
  async (chat, open) => {
    const bob = await chat.visitor("Bob");
    const alice = await open({ query: "demo/" });
    const { page } = alice;
    await button(alice).waitFor();
    assert.equal(await page.locator("iframe").count(), 0, "nothing is loaded");

    await button(alice).focus();
    await page.keyboard.press("Enter");
    await isExpanded(alice, true);
    await waitFocused(alice, "nick");
    await page.keyboard.type("Alice");
    await page.keyboard.press("Enter");
    await waitFocused(alice, "text");
    await page.keyboard.type("hello from the corner");
    await page.keyboard.press("Enter");
    await seesInside(alice, "hello from the corner");
    await alice.screenshot("embed-desktop");

    await page.keyboard.press("Escape");
    await isExpanded(alice, false);
    assert.equal(await focused(alice), "button");
    await bob.say("lobby", "hello Alice");
    await page.locator(`${BUTTON} span`).getByText("1").waitFor();
    await page.getByRole("button", { name: "Chat: One unread message" })
      .waitFor();
    await page.keyboard.press("Enter");
    await seesInside(alice, "hello Alice");
    await page.getByRole("button", { name: "Chat", exact: true }).waitFor();
    await waitFocused(alice, "text");
  });

browserScenario("the panel stays as it was from page to page", {},
  async (chat, open) => {
    const bob = await chat.visitor("Bob");
    const alice = await open({ query: "demo/" });
    const { page } = alice;
    await page.evaluate(() => window.ajaxchat.open());
    await joinInside(alice, "Alice");
    await page.reload();
    await isExpanded(alice, true);
    await bob.say("lobby", "still there?");
    await seesInside(alice, "still there?");
    assert.equal(await focused(alice), "body", "nobody asked for the focus");
    await button(alice).click();
    await isExpanded(alice, false);

    await page.reload();
    await page.locator("ajax-chat iframe").waitFor({ state: "attached" });
    await inside(alice).locator("#text").waitFor({ state: "attached" });
    await bob.say("lobby", "and now?");
    await page.locator(`${BUTTON} span`).getByText("1").waitFor();
  });

browserScenario("on a phone the panel is the whole window", {},
  async (chat, open) => {
    const alice = await open({ query: "demo/", size: "phone" });
    await button(alice).click();
    await joinInside(alice, "Alice");
    const box = await alice.page.locator("ajax-chat dialog").boundingBox();
    const { width, height } = alice.page.viewportSize();
    assert.deepEqual(box, { x: 0, y: 0, width, height });
    await alice.screenshot("embed-phone");
    await inside(alice).getByRole("button", { name: "Close", exact: true })
      .click();
    await isExpanded(alice, false);
    assert.equal(await focused(alice), "button");
  });

browserScenario("a page opens, closes and paints the chat", {},
  async (chat, open) => {
    const alice = await open({ query: "demo/dark.html?" });
    const { page } = alice;
    await page.evaluate(() => {
      window.heard = [];
      document.addEventListener("ajaxchat", ({ detail }) => {
        if (window.heard.at(-1) !== detail.open) window.heard.push(detail.open);
      });
      window.ajaxchat.toggle();
    });
    await joinInside(alice, "Alice");
    const look = () => inside(alice).locator(":root").evaluate((root) => [
      getComputedStyle(root).colorScheme,
      getComputedStyle(root).getPropertyValue("--accent")]);
    await inside(alice).locator(":root[data-theme=dark]").waitFor();
    assert.deepEqual(await look(), ["dark", "#ffb454"]);
    await page.evaluate(() => {
      document.querySelector("script").dataset.theme = "light";
    });
    await inside(alice).locator(":root[data-theme=light]").waitFor();
    await page.evaluate(() => window.ajaxchat.open("books"));
    await inside(alice).locator("#room-name").getByText("books").waitFor();
    await page.evaluate(() => window.ajaxchat.close());
    assert.deepEqual(await page.evaluate(() => window.heard), [true, false]);
  });

browserScenario("what others send to panel or frame means nothing", {},
  async (chat, open) => {
    const alice = await open({ query: "demo/" });
    const { page } = alice;
    await button(alice).click();
    await joinInside(alice, "Alice");
    // To the panel, from the page itself; and to the frame, from itself.
    await page.evaluate(() => {
      window.postMessage({ ajaxchat: "unread", unread: 7, words: "7" });
      window.postMessage({ ajaxchat: "close" });
      window.postMessage(null);
      return new Promise((resolve) => { setTimeout(resolve); });
    });
    const frame = page.frames().find((one) => one !== page.mainFrame());
    await frame.evaluate(() => {
      window.postMessage({ ajaxchat: "state", open: false, theme: "dark" });
      return new Promise((resolve) => { setTimeout(resolve); });
    });
    await sayInside(alice, "all is well");
    await seesInside(alice, "all is well");
    assert.equal(await button(alice).getAttribute("aria-expanded"), "true");
    assert.equal(await page.locator(`${BUTTON} span`).textContent(), "");
    assert.notEqual(await frame.evaluate(() =>
      document.documentElement.dataset.theme), "dark");
  });

browserScenario("?room= is where one comes in, framed or not", {},
  async (chat, open) => {
    const bob = await chat.visitor("Bob");
    await bob.post("rooms", { room: "books" });
    const alice = await open({ query: "?room=books" });
    await alice.join("Alice");
    await alice.page.locator("#room-name").getByText("books").waitFor();
    await alice.seesPeople("Alice", "Bob");
    const { rooms } = await alice.page.evaluate(async () =>
      (await fetch("v1/session")).json());
    assert.deepEqual(rooms.map(({ room }) => room), ["books"]);
    await alice.page.goto(`http://127.0.0.1:${chat.port}/chat/?room=lobby`);
    await alice.page.locator("#room-name").getByText("lobby").waitFor();

    const carol = await open({ query: "demo/frame.html" });
    await joinInside(carol, "Carol");
    await inside(carol).locator("#room-name").getByText("lobby").waitFor();
    assert.ok(await inside(carol).locator("#close-frame").isHidden());
    await carol.screenshot("frame-desktop");
  });

/**
 * A site of somebody else, for browsers 127.0.0.1 and localhost are two: a
 * page with the one line for the chat at the port in its path, under a policy
 * that forbids everything else. Resolves with its origin.
 */
async function startSite() {
  const server = http.createServer((request, response) => {
    const chat = `http://127.0.0.1:${request.url.slice(1)}`;
    response.setHeader("Content-Type", "text/html; charset=utf-8");
    response.setHeader("Content-Security-Policy", [
      "default-src 'none'", `script-src ${chat}`, `frame-src ${chat}`,
      "require-trusted-types-for 'script'", "trusted-types 'none'"].join("; "));
    response.end(`<!doctype html><html lang="en"><title>Elsewhere</title>
      <p>A page.
      <script src="${chat}/chat/embed.js" data-room="lobby" async></script>`);
  });
  await new Promise((resolve) => { server.listen(0, "localhost", resolve); });
  server.unref();
  return `http://localhost:${server.address().port}`;
}

const listed = await startSite();
const unlisted = await startSite();

browserScenario("a listed site's page has the chat, without cookies",
  { frameAncestors: `'self' ${listed}` }, async (chat, open) => {
    const bob = await chat.visitor("Bob");
    const context = await openProfile(chat.path("profile"));
    const alice = await open({ beside: { context }, query: "demo/" });
    const { page } = alice;
    await page.goto(`${listed}/${chat.port}`);
    await button(alice).click();
    await joinInside(alice, "Alice");
    await sayInside(alice, "from elsewhere");
    await seesInside(alice, "from elsewhere");
    assert.deepEqual(await context.cookies(), []);

    await page.reload();
    await inside(alice).locator("#text").waitFor();
    await bob.say("lobby", "are you still there?");
    await seesInside(alice, "are you still there?");
    await inside(alice).getByRole("button", { name: "Close", exact: true })
      .click();
    await isExpanded(alice, false);
    await bob.say("lobby", "hello?");
    await page.locator(`${BUTTON} span`).getByText("1").waitFor();
    await page.evaluate(() => {
      window.postMessage({ ajaxchat: "unread", unread: 7 });
      return new Promise((resolve) => { setTimeout(resolve); });
    });
    assert.equal(await page.locator(`${BUTTON} span`).textContent(), "1");
  });

browserScenario("where the frame may store nothing one joins on each page",
  { frameAncestors: `'self' ${listed}` }, async (chat, open) => {
    const alice = await open();
    await alice.page.goto(`${listed}/${chat.port}`);
    await button(alice).click();
    await joinInside(alice, "Alice");
    await alice.page.reload();
    const ended = async () => (await chat.client().login("Alice")).nick;
    assert.equal(await waitFor("the name is free", ended), "Alice");
  });

browserScenario("any other site's page has not", {
  frameAncestors: `'self' ${listed}`,
  expectedComplaints: [/frame-ancestors|ERR_BLOCKED_BY_RESPONSE|Framing/],
}, async (chat, open) => {
  const alice = await open();
  await alice.page.goto(`${unlisted}/${chat.port}`);
  await button(alice).click();
  while (!alice.complaints.some((one) => one.includes("frame-ancestors"))) {
    await alice.page.waitForEvent("console");
  }
  assert.equal(await inside(alice).locator("#nick").count(), 0);
});
