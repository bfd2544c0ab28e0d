// A room with 10,000 messages: the page holds few of them, and stays quick.
import assert from "node:assert/strict";

import { browserScenario } from "./browser.mjs";

const MESSAGES = 10_000;
const AT_ONCE = 50;
const ROWS_MAX = 400;
const APPEND_MAX_MS = 16;
const APPENDED = 40;

/** In the page, before its scripts: how long each of its draws takes. */
function timeDraws() {
  const { requestAnimationFrame } = window;
  window.draws = [];
  window.requestAnimationFrame = (draw) => requestAnimationFrame((now) => {
    const rows = document.querySelectorAll("#messages > li").length;
    const last = document.querySelector("#messages")?.lastElementChild;
    const begin = performance.now();
    draw(now);
    document.querySelector("#log").getBoundingClientRect(); // lays it out
    const ms = performance.now() - begin;
    if (document.querySelector("#messages").lastElementChild !== last) {
      window.draws.push({ ms, rows });
    }
  });
}

async function fill(bob) {
  for (let i = 0; i < MESSAGES; i += AT_ONCE) {
    await Promise.all(Array.from({ length: AT_ONCE }, (_, k) =>
      bob.say("lobby", `message ${i + k}`)));
  }
}

const rowCount = (person) =>
  person.page.evaluate(() => document.querySelector("#messages").children.length);

/** The first row in view: its number, and where it is. */
const firstInView = (person) => person.page.evaluate(() => {
  const { top } = document.querySelector("#log").getBoundingClientRect();
  const row = [...document.querySelector("#messages").children].find((each) =>
    each.getBoundingClientRect().bottom > top);
  return { seq: row.dataset.seq, bottom: row.getBoundingClientRect().bottom };
});

const bottomOf = (person, seq) => person.page.evaluate((wanted) => {
  const row = document.querySelector(`#messages [data-seq="${wanted}"]`);
  return row.getBoundingClientRect().bottom;
}, seq);

/** Scrolls to an end of what is held, until other rows have been read. */
async function readOn(person, end) {
  const before = await person.page.evaluate((block) => {
    const list = document.querySelector("#messages");
    const row = block === "start" ? list.firstChild : list.lastChild;
    row.scrollIntoView({ block });
    return row.dataset.seq;
  }, end);
  const place = await firstInView(person);
  await person.page.waitForFunction(([seq, block]) => {
    const list = document.querySelector("#messages");
    const row = block === "start" ? list.firstChild : list.lastChild;
    return row.dataset.seq !== seq;
  }, [before, end]);
  const moved = Math.abs(await bottomOf(person, place.seq) - place.bottom);
  assert.ok(moved < 1, `what is read has moved by ${moved} px`);
  assert.ok(await rowCount(person) <= ROWS_MAX);
}

browserScenario("a room with 10,000 messages is as quick as any", {
  settings: { "limits.rate_limits": "off" }, limit_ms: 120_000,
}, async (chat, open) => {
  const bob = await chat.visitor("Bob");
  await fill(bob);
  await bob.say("lobby", "the last of them");
  const alice = await open({ before: timeDraws });
  await alice.join("Alice");
  await alice.sees("the last of them");

  for (let i = 0; i < 12; i++) await readOn(alice, "start");
  await alice.page.locator("#jump:not([hidden])").waitFor();
  for (let i = 0; i < 4; i++) await readOn(alice, "end");
  await alice.page.click("#jump");
  await alice.sees("the last of them");

  for (let i = 0; i < 5; i++) await readOn(alice, "start");
  await alice.page.locator("#log").evaluate((log) => {
    log.scrollTop = log.scrollHeight;
  });
  await alice.page.locator("#jump").waitFor({ state: "hidden" });
  await alice.page.evaluate(() => {
    window.draws = [];
  });
  for (let i = 0; i < APPENDED; i++) {
    await bob.say("lobby", `one more ${i}`);
    await alice.sees(`one more ${i}`);
  }
  const draws = await alice.page.evaluate(() => window.draws);
  const times = draws.map(({ ms }) => ms).sort((a, b) => a - b);
  const median = times[Math.floor(times.length / 2)];
  console.error(`an append takes ${median.toFixed(1)} ms`);
  assert.ok(draws.every(({ rows }) => rows >= 290 && rows <= ROWS_MAX));
  assert.ok(median <= APPEND_MAX_MS, `${median} ms`);
});
