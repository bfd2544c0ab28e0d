// The network goes, and comes back: what one is told, and what is lost.
import assert from "node:assert/strict";
import { setTimeout as pass } from "node:timers/promises";

import { browserScenario } from "./browser.mjs";

const cutOff = /net::ERR_|status of 50[234]/;

const TOLD_MS = 5000; // from the trouble on
const GONE_MS = 3000; // from its end on
const CUT_MS = 30_000;
const MESSAGES = 10;

/** How long it takes until the banner is there, or gone. */
async function untilBanner(person, isThere) {
  const start = performance.now();
  await person.page.locator(`#banner${isThere ? ":not([hidden])" : "[hidden]"}`)
    .waitFor({ state: isThere ? "visible" : "attached" });
  return performance.now() - start;
}

async function assertTold(person) {
  const told_ms = await untilBanner(person, true);
  assert.ok(told_ms <= TOLD_MS, `the banner came after ${told_ms} ms`);
  assert.match(await person.page.locator("#banner").textContent(), /\w/);
}

async function assertRecovers(person) {
  const gone_ms = await untilBanner(person, false);
  assert.ok(gone_ms <= GONE_MS, `the banner went after ${gone_ms} ms`);
}

const numbered = Array.from({ length: MESSAGES }, (_, i) => `message ${i + 1}`);

browserScenario("ten messages while the network is cut for 30 seconds",
  { expectedComplaints: [cutOff], limit_ms: 120_000 }, async (chat, open) => {
    const alice = await open();
    await alice.join("Alice");
    const bob = await open();
    await bob.join("Bob");
    await alice.seesPeople("Alice", "Bob");
    await alice.context.setOffline(true);
    const told = assertTold(alice);
    for (const text of numbered) {
      await alice.say(text);
      await alice.sees(text, "pending");
      await pass(CUT_MS / MESSAGES);
    }
    await told;
    await alice.page.locator("#banner").getByText("offline").waitFor();
    await bob.say("meanwhile");
    await alice.context.setOffline(false);
    await assertRecovers(alice);
    for (const person of [alice, bob]) {
      await person.sees(numbered.at(-1));
      assert.deepEqual(await person.texts(), ["meanwhile", ...numbered]);
    }
  });

browserScenario("replies that get lost do not make messages twice",
  { expectedComplaints: [cutOff] }, async (chat, open) => {
    const alice = await open();
    await alice.join("Alice");
    const bob = await open();
    await bob.join("Bob");
    let lost = 0;
    await alice.page.route("**/v1/rooms/lobby/messages", async (route) => {
      if (route.request().method() !== "POST" || lost === 3) {
        await route.continue();
        return;
      }
      lost += 1;
      await route.fetch(); // it is posted
      await route.abort();
    });
    for (const text of numbered) await alice.say(text);
    for (const person of [alice, bob]) {
      await person.sees(numbered.at(-1));
      assert.deepEqual(await person.texts(), numbered);
    }
    assert.equal(lost, 3);
  });

browserScenario("the page tells that the web server is away, and is back", {
  expectedComplaints: [cutOff],
}, async (chat, open) => {
  const alice = await open();
  await alice.join("Alice");
  const bob = await open();
  await bob.join("Bob");
  chat.signal("nginx", "SIGTERM");
  await Promise.all([alice, bob].map(assertTold));
  await alice.say("while it is away");
  await alice.sees("while it is away", "pending");
  await chat.start();
  await Promise.all([alice, bob].map(assertRecovers));
  await bob.sees("while it is away");
  await bob.say("after");
  for (const person of [alice, bob]) {
    await person.sees("after");
    assert.deepEqual(await person.texts(), ["while it is away", "after"]);
  }
});

browserScenario("the page tells that the server does not answer any more", {
  expectedComplaints: [cutOff], expectedErrors: [/upstream timed out/],
}, async (chat, open) => {
  const alice = await open();
  await alice.join("Alice");
  const bob = await chat.visitor("Bob");
  await bob.say("lobby", "before");
  await alice.sees("before");
  chat.signal("fcgi", "SIGSTOP");
  await alice.say("into the silence");
  await assertTold(alice);
  chat.signal("fcgi", "SIGCONT");
  await assertRecovers(alice);
  await bob.say("lobby", "after");
  await alice.sees("after");
  assert.deepEqual(await alice.texts(),
    ["before", "into the silence", "after"]);
});

// As a computer that sleeps: the page does not run, its connection ends
// without a word.
browserScenario("a page that has slept has what was said meanwhile",
  { expectedComplaints: [cutOff] }, async (chat, open) => {
    const alice = await open();
    await alice.join("Alice");
    const bob = await chat.visitor("Bob");
    await alice.seesPeople("Alice", "Bob");
    const devtools = await alice.context.newCDPSession(alice.page);
    await devtools.send("Debugger.enable");
    await devtools.send("Debugger.pause");
    for (const text of numbered) await bob.say("lobby", text);
    await alice.context.setOffline(true);
    await alice.context.setOffline(false);
    await devtools.send("Debugger.disable");
    await alice.sees(numbered.at(-1));
    await alice.say("awake");
    await alice.sees("awake");
    assert.deepEqual(await alice.texts(), [...numbered, "awake"]);
    await alice.page.locator("#banner[hidden]").waitFor({ state: "attached" });
  });
