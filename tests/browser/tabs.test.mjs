// One person with several tabs: they share a connection, and what they show.
import assert from "node:assert/strict";

import { waitFor } from "../system/harness.mjs";
import { browserScenario } from "./browser.mjs";

const TOGETHER_MS = 500;

// In the page, before its own scripts: window.connections() is how many
// streams and held polls it has out, window.shownAt when each text came.
function watchConnections() {
  const { fetch, EventSource } = window;
  const streams = [];
  let polls = 0;
  window.EventSource = class extends EventSource {
    constructor(url) {
      super(url);
      streams.push(this);
    }
  };
  window.fetch = async (url, options) => {
    const isHeld = /\/events\?.*wait=[1-9]/.test(url);
    polls += isHeld;
    try {
      return await fetch(url, options);
    } finally {
      polls -= isHeld;
    }
  };
  window.connections = () => polls +
    streams.filter(({ readyState }) => readyState !== 2).length;
  window.shownAt = {};
  new MutationObserver(() => {
    document.querySelectorAll("#messages li .text").forEach((text) => {
      window.shownAt[text.textContent] ??= Date.now();
    });
  }).observe(document, { subtree: true, childList: true });
}

// A page that says it is hidden, as one behind others does.
function hide() {
  Object.defineProperty(document, "hidden", { get: () => true });
}

async function openTabs(open, count, options = {}) {
  const tabs = [await open({ before: watchConnections, ...options })];
  await tabs[0].join("Alice");
  while (tabs.length < count) {
    const tab = await open(
      { before: watchConnections, beside: tabs[0], ...options });
    await tab.page.waitForSelector("#chat:not([hidden])");
    tabs.push(tab);
  }
  return tabs;
}

const connections = (tabs) => Promise.all(tabs.map(({ page }) =>
  page.evaluate(() => window.connections())));

/** Waits until one of the tabs has the connection; resolves with it. */
async function leaderOf(tabs) {
  return waitFor("one connection", async () => {
    const counts = await connections(tabs);
    return counts.reduce((sum, count) => sum + count) === 1 &&
      tabs[counts.indexOf(1)];
  });
}

const allSee = (tabs, text) => Promise.all(tabs.map((tab) => tab.sees(text)));

/** How long the last tab showed a text after the first. */
async function spread(tabs, text) {
  const times = await Promise.all(tabs.map(({ page }) =>
    page.evaluate((shown) => window.shownAt[shown], text)));
  return Math.max(...times) - Math.min(...times);
}

for (const query of ["", "?mode=poll"]) {
  browserScenario(`five tabs, one connection, one view ${query}`, {},
    async (chat, open) => {
      const tabs = await openTabs(open, 5, { query });
      for (const { page } of tabs.slice(3)) await page.evaluate(hide);
      const bob = await chat.visitor("Bob");
      const texts = [1, 2, 3, 4, 5].map((i) => `message ${i}`);
      for (const text of texts) {
        await leaderOf(tabs);
        await bob.say("lobby", text);
        await allSee(tabs, text);
      }
      const spreads = await Promise.all(
        texts.map((text) => spread(tabs, text)));
      console.error(`five tabs ${query} differ by ${spreads} ms`);
      assert.ok(Math.max(...spreads) <= TOGETHER_MS, `${spreads}`);
      for (const tab of tabs) assert.deepEqual(await tab.texts(), texts);
    });
}

browserScenario("when the leading tab is closed another goes on", {},
  async (chat, open) => {
    let tabs = await openTabs(open, 4);
    const bob = await chat.visitor("Bob");
    const texts = [];
    const say = async (text) => {
      texts.push(text);
      await bob.say("lobby", text);
    };
    for (let i = 0; i < 3; i++) {
      const leader = await leaderOf(tabs);
      tabs = tabs.filter((tab) => tab !== leader);
      await say(`before ${i}`);
      await Promise.all([
        leader.page.close({ runBeforeUnload: true }),
        say(`while ${i}`),
      ]);
      await say(`after ${i}`);
      await allSee(tabs, `after ${i}`);
    }
    await leaderOf(tabs);
    assert.deepEqual(await tabs[0].texts(), texts);
    const { messages } = await bob.history("lobby", { types: "leave" });
    assert.deepEqual(messages, [], "nobody saw Alice leave");
  });

browserScenario("a leading tab that is frozen is left behind, and comes back",
  {}, async (chat, open) => {
    const tabs = await openTabs(open, 3);
    const bob = await chat.visitor("Bob");
    const leader = await leaderOf(tabs);
    const others = tabs.filter((tab) => tab !== leader);
    await bob.say("lobby", "before");
    await allSee(tabs, "before");
    const devtools = await leader.context.newCDPSession(leader.page);
    await devtools.send("Debugger.enable");
    await devtools.send("Debugger.pause");
    await bob.say("lobby", "while it is frozen");
    await allSee(others, "while it is frozen");
    await leaderOf(others);
    await devtools.send("Debugger.disable");
    await bob.say("lobby", "after");
    await allSee(tabs, "after");
    await leaderOf(tabs);
    for (const tab of tabs) {
      assert.deepEqual(await tab.texts(),
        ["before", "while it is frozen", "after"]);
    }
  });

browserScenario("coming, going, rooms and reading are the same in all tabs",
  {}, async (chat, open) => {
    const [first, second] = await openTabs(open, 2);
    await first.say("/join dev");
    await second.page.locator("#rooms").getByText("dev").waitFor();
    const bob = await chat.visitor("Bob", { rooms: ["lobby", "dev"] });
    await bob.say("dev", "read me");
    await first.sees("read me");
    await bob.say("lobby", "and me");
    await second.sees("and me");
    for (const { page } of [first, second]) {
      await page.waitForFunction(() => !document.title.startsWith("("));
    }
    await first.say("/leave");
    await second.page.locator("#rooms").getByText("dev")
      .waitFor({ state: "detached" });
    await second.page.click("#logout");
    await first.page.waitForSelector("#join:not([hidden])");
    await first.join("Alice again");
    await second.page.waitForSelector("#chat:not([hidden])");
    await second.say("here in both");
    await first.sees("here in both");
    await leaderOf([first, second]);
  });
