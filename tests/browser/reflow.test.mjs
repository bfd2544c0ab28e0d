// Small windows: 320 px wide, and what is left of a desktop at 400 % zoom.
// Nothing may be wider than the window, in both directions of writing.
import assert from "node:assert/strict";

import { browserScenario } from "./browser.mjs";
import { expectedOnTour, takeTour } from "./tour.mjs";

const VIEWPORTS = [
  { width: 320, height: 640 },
  { width: 320, height: 256 }, // 1280 x 1024 at 400 %
];

/* In the page: what cannot be reached without scrolling sideways. */
function whatSticksOut() {
  const describe = (element) => `${element.tagName.toLowerCase()}#${element.id
  }.${element.className}`;
  const isShown = (element) =>
    element.checkVisibility({ visibilityProperty: true });
  const shown = [...document.querySelectorAll("body *")].filter(isShown);
  const isWide = (element) => !element.closest("pre") &&
    element.scrollWidth > element.clientWidth + 1 &&
    ["auto", "scroll"].includes(window.getComputedStyle(element).overflowX);
  const isOutside = (element) => {
    const { left, right } = element.getBoundingClientRect();
    return element.matches("button, input, select, textarea, summary, a, dialog, h1") &&
      (left < -1 || right > window.innerWidth + 1);
  };
  return [
    document.scrollingElement.scrollWidth > window.innerWidth ? "the page" : null,
    ...shown.filter((e) => isWide(e) || isOutside(e)).map(describe),
  ].filter(Boolean);
}

/* In the page: whether what is for typing, and where one reads, are in view. */
function isUsable() {
  const text = document.getElementById("text").getBoundingClientRect();
  const log = document.getElementById("log").getBoundingClientRect();
  return text.top >= log.top && text.bottom <= window.innerHeight &&
    log.height >= 60;
}

const inRoom = /^(empty room|busy room|connection lost)$/;

for (const [direction, query] of [["left to right", "?lang=de"],
  ["right to left", "?lang=ar"]]) {
  browserScenario(`nothing is too wide for a small window, ${direction}`, {
    expectedComplaints: expectedOnTour, limit_ms: 120_000,
  }, async (chat, open) => {
    const found = [];
    await takeTour(chat, open, { query }, async ({ page }, name) => {
      for (const viewport of VIEWPORTS) {
        await page.setViewportSize(viewport);
        const at = `${name}, ${viewport.width} x ${viewport.height}`;
        found.push(...(await page.evaluate(whatSticksOut))
          .map((what) => `${at}: ${what}`));
        if (inRoom.test(name) && !await page.evaluate(isUsable)) {
          found.push(`${at}: cannot be used`);
        }
      }
    });
    assert.deepEqual(found, []);
  });
}
