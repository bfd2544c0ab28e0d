// What the page weighs on its way to a browser.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const PAGE_MAX_BYTES = 60 * 1024;
const EMBED_MAX_BYTES = 3 * 1024;
const NGINX_LEVEL = 6; // gzip_comp_level in nginx/ajaxchat-locations.conf

const top = fileURLToPath(new URL("../../nginx/html/", import.meta.url));

function filesOf(folder) {
  return fs.readdirSync(path.join(top, folder), { withFileTypes: true })
    .flatMap((entry) => entry.isDirectory()
      ? filesOf(path.join(folder, entry.name))
      : [path.join(folder, entry.name)]);
}

const weightOf = (file) =>
  gzipSync(fs.readFileSync(path.join(top, file)), { level: NGINX_LEVEL }).length;

test("the whole page, all it ever loads, is at most 60 KiB compressed", () => {
  const files = ["index.html", "icon.svg", "manifest.webmanifest",
    ...filesOf("css").filter((name) => name !== "css/page.css"),
    ...filesOf("js")];
  const catalogues = filesOf("lang").map(weightOf); // of which one is loaded
  const weights = files.map((file) => [weightOf(file), file]);
  const total = weights.reduce((sum, [weight]) => sum + weight, 0) +
    Math.max(...catalogues);
  const largest = weights.sort(([a], [b]) => b - a).slice(0, 10);
  assert.ok(total <= PAGE_MAX_BYTES, `${total} bytes, of which\n${
    largest.map((entry) => entry.join(" ")).join("\n")}`);
});

test("what other pages load of it is at most 3 KiB", () => {
  assert.ok(weightOf("embed.js") <= EMBED_MAX_BYTES);
});
