// What axe-core finds against WCAG 2.2 AA, wherever the page can be, on three
// widths, light and dark.
import assert from "node:assert/strict";
import fs from "node:fs";
import { createRequire } from "node:module";

import { browserScenario } from "./browser.mjs";
import { expectedOnTour, takeTour } from "./tour.mjs";
import { makeTown } from "./town.mjs";

const axeSource = fs.readFileSync(
  createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const VIEWPORTS = [[360, 740], [768, 1024], [1280, 800]];
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/* In the page. */
async function runAxe(tags) {
  const { violations } = await window.axe.run(document,
    { runOnly: tags, resultTypes: ["violations"], preload: false });
  return violations.flatMap(({ id, nodes }) => nodes.map((node) =>
    `${id}: ${node.target.join(" ")}: ${node.failureSummary}`));
}

/* With the frames in it: axe talks to itself there. */
async function violationsNow(page) {
  for (const frame of page.frames()) await frame.evaluate(axeSource);
  return page.evaluate(runAxe, TAGS);
}

async function violationsOf(page, name) {
  const found = [];
  for (const [width, height] of VIEWPORTS) {
    await page.setViewportSize({ width, height });
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      found.push(...(await violationsNow(page)).map((violation) =>
        `${name}, ${width} px, ${colorScheme}: ${violation}`));
    }
  }
  return found;
}

browserScenario("nothing that the page shows violates WCAG 2.2 AA", {
  expectedComplaints: expectedOnTour, limit_ms: 180_000,
}, async (chat, open) => {
  const found = [];
  await takeTour(chat, open, {}, async ({ page }, name) => {
    found.push(...await violationsOf(page, name));
  });
  assert.deepEqual(found, []);
});

browserScenario("nor do pages around the chat, and without JavaScript", {},
  async (chat, open) => {
    const { mara } = await makeTown(chat);
    const { page } = await open({ query: "demo/", reducedMotion: "reduce" });
    const found = await violationsOf(page, "a site");
    await page.click("ajax-chat button");
    await page.frameLocator("iframe").locator("#nick").waitFor();
    found.push(...await violationsOf(page, "a site with the panel"));
    await page.goto(`http://127.0.0.1:${mara.port}/chat/demo/frame.html`);
    await page.frameLocator("iframe").locator("#nick").waitFor();
    found.push(...await violationsOf(page, "a site with a frame"));
    await page.goto(`http://127.0.0.1:${mara.port}/chat/r/garden`);
    found.push(...await violationsOf(page, "a room without JavaScript"));
    assert.deepEqual(found, []);
  });
