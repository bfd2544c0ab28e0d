// What browsers want of a page that can be installed.
import assert from "node:assert/strict";
import fs from "node:fs";
import { test } from "node:test";

const file = (name) =>
  fs.readFileSync(new URL(`../../nginx/html/${name}`, import.meta.url));

const manifest = JSON.parse(file("manifest.webmanifest"));

/** The size that a PNG says it has. */
function sizeOf(name) {
  const bytes = file(name);
  assert.equal(bytes.toString("latin1", 1, 4), "PNG", name);
  return `${bytes.readUInt32BE(16)}x${bytes.readUInt32BE(20)}`;
}

test("the page says what it is called and where it begins", () => {
  assert.equal(manifest.name, "Chat");
  assert.equal(manifest.display, "standalone");
  assert.equal(manifest.start_url, manifest.scope);
  assert.match(file("index.html").toString(),
    /<link rel="manifest" href="manifest.webmanifest">/);
});

test("its icons are there, of the sizes that are asked for", () => {
  const drawn = manifest.icons.filter(({ type }) => type === "image/png");
  for (const { src, sizes } of drawn) assert.equal(sizeOf(src), sizes, src);
  const plain = drawn.filter(({ purpose }) => purpose === undefined);
  assert.deepEqual(plain.map(({ sizes }) => sizes), ["192x192", "512x512"]);
  assert.ok(drawn.some(({ purpose }) => purpose === "maskable"));
  assert.equal(sizeOf("icons/apple.png"), "180x180");
});
