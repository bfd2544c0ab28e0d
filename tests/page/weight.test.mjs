// What the page weighs on its way to a browser.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const VISIT_MAX_BYTES = 90 * 1024; // to read and to write
const ALL_MAX_BYTES = 90 * 1024; // with every dialog, too
const EMBED_MAX_BYTES = 3 * 1024;
const NGINX_LEVEL = 6; // gzip_comp_level in nginx/ajaxchat-locations.conf

/* `import ... from "./x.js";`, also over several lines. */
const STATIC_IMPORT = /^(?:import|.*\}| {2}from)\b[^"()]*"(\.[^"]+)";$/gm;

const top = fileURLToPath(new URL("../../nginx/html/", import.meta.url));

function filesOf(folder) {
  return fs.readdirSync(path.join(top, folder), { withFileTypes: true })
    .flatMap((entry) => entry.isDirectory()
      ? filesOf(path.join(folder, entry.name))
      : [path.join(folder, entry.name)]);
}

const weightOf = (file) =>
  gzipSync(fs.readFileSync(path.join(top, file)), { level: NGINX_LEVEL }).length;

/* The modules that this one begins with; what it may import() later is not. */
function modulesFrom(file, found = new Set()) {
  found.add(file);
  const text = fs.readFileSync(path.join(top, file), "utf8");
  for (const [, name] of text.matchAll(STATIC_IMPORT)) {
    const next = path.join(path.dirname(file), name);
    if (!found.has(next)) modulesFrom(next, found);
  }
  return [...found];
}

function assertWeight(files, bound) {
  const catalogue = filesOf("lang").map((file) => [weightOf(file), file])
    .reduce((a, b) => a[0] > b[0] ? a : b); // a browser loads one of them
  const weights = [catalogue, ...["index.html", "icon.svg", "icon-unread.svg",
    "manifest.webmanifest",
    ...filesOf("css").filter((name) => name !== "css/page.css"),
    ...files].map((file) => [weightOf(file), file])];
  const total = weights.reduce((sum, [weight]) => sum + weight, 0);
  assert.ok(total <= bound, `${total} bytes, of which\n${
    weights.sort(([a], [b]) => b - a).map((entry) => entry.join(" "))
      .join("\n")}`);
}

test("a visit is at most 60 KiB compressed", () => {
  assertWeight(modulesFrom("js/main.js"), VISIT_MAX_BYTES);
});

test("the whole page, with all that it may load later, is bounded", () => {
  assertWeight(filesOf("js"), ALL_MAX_BYTES);
});

test("what other pages load of it is at most 3 KiB", () => {
  assert.ok(weightOf("embed.js") <= EMBED_MAX_BYTES);
});
