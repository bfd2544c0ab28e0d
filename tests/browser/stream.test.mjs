// The page on streams: when it uses them, and what it does where it can't.
import assert from "node:assert/strict";

import { browserScenario } from "./browser.mjs";

const cutOff = /net::ERR_|status of 50[23]/;

// In the page, before its own scripts: window.trace tells how often it has
// polled for longer, and opened a stream.
function traceTransport() {
  const { fetch, EventSource } = window;
  window.trace = { polls: 0, streams: 0 };
  window.fetch = (url, options) => {
    if (/\/events\?.*wait=[1-9]/.test(url)) window.trace.polls += 1;
    return fetch(url, options);
  };
  window.EventSource = class extends EventSource {
    constructor(url) {
      super(url);
      window.trace.streams += 1;
    }
  };
}

const trace = (person) => person.page.evaluate(() => window.trace);

async function chatBothWays(alice, bob) {
  for (let i = 0; i < 3; i++) {
    await alice.say(`from Alice ${i}`);
    await bob.sees(`from Alice ${i}`);
    await bob.say(`from Bob ${i}`);
    await alice.sees(`from Bob ${i}`);
  }
  assert.deepEqual(await alice.texts(), await bob.texts());
  assert.equal((await alice.texts()).length, 6);
}

browserScenario("pages chat over one stream each", {}, async (chat, open) => {
  const alice = await open({ before: traceTransport });
  await alice.join("Alice");
  const bob = await open({ before: traceTransport });
  await bob.join("Bob");
  await alice.seesPeople("Alice", "Bob");
  await chatBothWays(alice, bob);
  for (const person of [alice, bob]) {
    assert.deepEqual(await trace(person), { polls: 0, streams: 1 });
  }
  await alice.page.click("#logout");
  await alice.page.waitForSelector("#join:not([hidden])");
  await bob.seesPeople("Bob");
});

browserScenario("asked to poll, a page does", {}, async (chat, open) => {
  const alice = await open({ query: "?mode=poll", before: traceTransport });
  await alice.join("Alice");
  const bob = await open({ before: traceTransport });
  await bob.join("Bob");
  await chatBothWays(alice, bob);
  const { polls, streams } = await trace(alice);
  assert.ok(polls > 3);
  assert.equal(streams, 0);
});

browserScenario("where streams are held back pages fall back to polls", {},
  async (chat, open) => {
    const alice = await open({ before: traceTransport });
    await alice.page.route("**/v1/stream?*", () => {}); // and no answer
    await alice.join("Alice");
    const bob = await open({ before: traceTransport });
    await bob.join("Bob");
    await bob.say("said meanwhile");
    await alice.sees("said meanwhile");
    assert.ok(await alice.page.isHidden("#banner"));
    await alice.page.waitForFunction(() => window.trace.polls > 0);
    assert.deepEqual(await trace(alice), { polls: 1, streams: 1 });
    // It remembers.
    await alice.page.reload();
    await alice.sees("said meanwhile");
    await bob.say("said later");
    await alice.sees("said later");
    assert.equal((await trace(alice)).streams, 0);
  });

browserScenario("a page on streams survives the front end's end", {
  expectedComplaints: [cutOff],
  expectedErrors: [/connect\(\) to unix:\S+ failed/],
}, async (chat, open) => {
  const alice = await open({ before: traceTransport });
  await alice.join("Alice");
  await alice.say("before");
  await alice.sees("before");
  await chat.kill("fcgi");
  await alice.say("while it is away");
  await alice.sees("while it is away", "pending");
  await chat.start();
  await alice.sees("while it is away");
  const bob = await chat.visitor("Bob");
  await bob.say("lobby", "after");
  await alice.sees("after");
  assert.deepEqual(await alice.texts(),
    ["before", "while it is away", "after"]);
  const { polls, streams } = await trace(alice);
  assert.equal(polls, 0);
  assert.ok(streams >= 2);
});
