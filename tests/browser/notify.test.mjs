// What tells of the chat while nobody looks at it: notices, title and icon;
// and that the page is out of date.
import assert from "node:assert/strict";

import { browserScenario } from "./browser.mjs";

/** Records notices instead of showing them; the page thinks it is hidden. */
function before() {
  window.notices = [];
  window.Notification = class {
    static permission = "default";
    static requestPermission() {
      window.Notification.permission = window.answer ?? "granted";
      return Promise.resolve(window.Notification.permission);
    }

    constructor(title, options) {
      window.notices.push({ title, ...options });
      window.newest = this;
    }

    close() {}
  };
  let isHidden = false;
  Object.defineProperty(document, "hidden", { get: () => isHidden });
  window.hide = (value) => {
    isHidden = value;
    document.dispatchEvent(new Event("visibilitychange"));
  };
}

async function choose({ page }, when, sound = false) {
  await page.click("#open-alerts");
  await page.selectOption("[name=when]", when);
  await page.setChecked("[name=sound]", sound);
  await page.click("[data-dialog=alerts] [type=submit]");
}

const closed = ({ page }) =>
  page.waitForSelector("[data-dialog=alerts]", { state: "detached" });

const hide = ({ page }, value = true) =>
  page.evaluate((hidden) => window.hide(hidden), value);

/** Waits until this has been said to the page, seen or not. */
const unread = ({ page }, count) => page.waitForFunction((wanted) =>
  document.title.startsWith(wanted), `(${count}) `);

const notices = ({ page }) => page.evaluate(() =>
  window.notices.map(({ title, body }) => [title, body]));

browserScenario("who looks elsewhere is told what was asked for",
  {}, async (chat, open) => {
    const bob = await chat.visitor("Bob");
    const alice = await open({ before });
    await alice.join("Alice");
    await hide(alice);
    await bob.say("lobby", "hello @Alice");
    await unread(alice, 1);
    assert.deepEqual(await notices(alice), [], "nobody asked for it");
    assert.equal(await alice.page.getAttribute("link[rel=icon]", "href"),
      "icon-unread.svg");

    await hide(alice, false);
    await choose(alice, "mentions", true);
    await closed(alice);
    assert.equal(await alice.page.getAttribute("link[rel=icon]", "href"),
      "icon.svg");
    await bob.say("lobby", "@Alice, in view");
    await alice.sees("@Alice, in view");
    await hide(alice);
    await bob.say("lobby", "not for anybody");
    await bob.say("lobby", "for @Alice");
    await unread(alice, 2);
    const { json: { room } } = await bob.post("direct", { nick: "Alice" });
    await bob.say(room, "for you alone");
    await unread(alice, 3);
    await alice.page.waitForFunction(() => window.notices.length === 2);
    assert.deepEqual(await notices(alice), [
      ["Bob · #lobby", "for @Alice"], ["Bob · @Bob", "for you alone"]]);

    await alice.page.evaluate(() => window.newest.onclick());
    await hide(alice, false);
    await alice.sees("for you alone");
    assert.equal((await notices(alice)).length, 2);
  });

browserScenario("what is chosen is remembered; a refusal is told",
  {}, async (chat, open) => {
    const bob = await chat.visitor("Bob");
    const alice = await open({ before });
    await alice.join("Alice");
    await alice.page.evaluate(() => { window.answer = "denied"; });
    await choose(alice, "all");
    await alice.page.getByRole("alert").getByText("does not allow").waitFor();
    await alice.page.keyboard.press("Escape");

    await alice.page.evaluate(() => { window.answer = "granted"; });
    await choose(alice, "all");
    await closed(alice);
    await alice.page.reload();
    await alice.page.waitForSelector("#chat:not([hidden])");
    await alice.page.evaluate(() => window.Notification.requestPermission());
    await alice.page.click("#open-alerts");
    assert.equal(await alice.page.inputValue("[name=when]"), "all");
    await alice.screenshot("notifications-desktop");
    await alice.page.keyboard.press("Escape");
    await hide(alice);
    await bob.say("lobby", "anything");
    await unread(alice, 1);
    await alice.page.waitForFunction(() => window.notices.length === 1);
  });

browserScenario("several tabs tell once, and not if one is looked at",
  {}, async (chat, open) => {
    const bob = await chat.visitor("Bob");
    const alice = await open({ before });
    await alice.join("Alice");
    await choose(alice, "all");
    await closed(alice);
    const second = { page: await alice.context.newPage() };
    await second.page.addInitScript(before);
    await second.page.goto(alice.page.url());
    await second.page.waitForSelector("#chat:not([hidden])");
    for (const { page } of [alice, second]) {
      await page.evaluate(() => window.Notification.requestPermission());
    }
    await hide(alice);
    await bob.say("lobby", "seen in the second");
    await second.page.locator("#messages").getByText("seen in the second")
      .waitFor();

    await hide(second);
    await bob.say("lobby", "seen in none");
    await second.page.waitForFunction(() => document.title.startsWith("(1)"));
    await alice.page.waitForFunction(() => document.title.startsWith("("));
    await alice.page.waitForFunction(() => window.notices.length === 1);
    const all = [...await notices(alice), ...await notices(second)];
    assert.deepEqual(all, [["Bob · #lobby", "seen in none"]]);
  });

browserScenario("the page says when its files are newer", {
  expectedComplaints: [/ERR_INTERNET_DISCONNECTED/],
}, async (chat, open) => {
  const alice = await open();
  await alice.join("Alice");
  const { page } = alice;
  const notice = page.locator("#upgrade");
  await page.route(/\/chat\/$/, async (route) => {
    const response = await route.fetch();
    const headers = { ...response.headers(),
      "last-modified": new Date(Date.now() + 60_000).toUTCString() };
    await route.fulfill({ response, headers });
  });
  assert.ok(await notice.isHidden());
  await page.fill("#text", "half of a sent");
  await alice.context.setOffline(true);
  await page.locator("#banner:not([hidden])").waitFor();
  await alice.context.setOffline(false);
  await notice.waitFor();
  await alice.screenshot("upgrade-desktop");
  await page.unroute(/\/chat\/$/);
  await notice.getByRole("button").click();
  await page.waitForSelector("#chat:not([hidden])");
  assert.ok(await notice.isHidden());
});
