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

/* What index.html asks for, and the modules that those begin with. */
function filesOfVisit() {
  const html = fs.readFileSync(path.join(top, "index.html"), "utf8");
  const asked = [...html.matchAll(/(?:href|src)="([\w/.-]+\.\w+)"/g)]
    .map(([, name]) => name).filter((name) => !name.endsWith(".png"));
  return [...new Set(["index.html", ...asked.flatMap((name) =>
    name.endsWith(".js") ? modulesFrom(name) : name)])];
}

/* A browser loads one language: the largest counts. */
const largestCatalogue = () => filesOf("lang").reduce((a, b) =>
  weightOf(a) > weightOf(b) ? a : b);

function assertWeight(files, bound) {
  const weights = files.map((file) => [weightOf(file), file]);
  const total = weights.reduce((sum, [weight]) => sum + weight, 0);
  assert.ok(total <= bound, `${total} bytes, of which\n${
    weights.sort(([a], [b]) => b - a).map((entry) => entry.join(" "))
      .join("\n")}`);
}

test("a visit is at most 60 KiB compressed", () => {
  assertWeight([...filesOfVisit(), largestCatalogue()], VISIT_MAX_BYTES);
});

test("the whole page, with all that it may load later, is bounded", () => {
  assertWeight([...new Set([...filesOfVisit(), ...filesOf("js"),
    ...filesOf("css"), "icon-unread.svg"]), largestCatalogue()]
    .filter((name) => name !== "css/page.css"), ALL_MAX_BYTES);
});

test("what other pages load of it is at most 3 KiB", () => {
  assert.ok(weightOf("embed.js") <= EMBED_MAX_BYTES);
});
