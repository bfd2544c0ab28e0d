// What the page weighs on its way to a browser.
import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";

import { filesOf, filesOfVisit, readFile } from "./files.mjs";

const VISIT_MAX_BYTES = 60 * 1024; // to read and to write
const ALL_MAX_BYTES = 88 * 1024; // with every dialog, too
const EMBED_MAX_BYTES = 3 * 1024;
const NGINX_LEVEL = 6; // gzip_comp_level in nginx/ajaxchat-locations.conf

const weightOf = (file) =>
  gzipSync(readFile(file), { level: NGINX_LEVEL }).length;

/* A browser loads one language: the largest counts. */
const largestCatalogue = (isMore) => filesOf("lang")
  .filter((name) => name.endsWith(".more.json") === isMore)
  .reduce((a, b) => weightOf(a) > weightOf(b) ? a : b);

function assertWeight(files, bound) {
  const weights = files.map((file) => [weightOf(file), file]);
  const total = weights.reduce((sum, [weight]) => sum + weight, 0);
  assert.ok(total <= bound, `${total} bytes, of which\n${
    weights.sort(([a], [b]) => b - a).map((entry) => entry.join(" "))
      .join("\n")}`);
}

test("a visit is at most 60 KiB compressed", () => {
  assertWeight([...filesOfVisit(), largestCatalogue(false)], VISIT_MAX_BYTES);
});

test("the whole page, with all that it may load later, is bounded", () => {
  assertWeight([...new Set([...filesOfVisit(), ...filesOf("js"),
    ...filesOf("css"), "icon-unread.svg"]),
  largestCatalogue(false), largestCatalogue(true)]
    .filter((name) => name !== "css/page.css"), ALL_MAX_BYTES);
});

test("what other pages load of it is at most 3 KiB", () => {
  assert.ok(weightOf("embed.js") <= EMBED_MAX_BYTES);
});
