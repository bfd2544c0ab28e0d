// What the page's modules take from each other is there: one name that is not
// and a browser runs none of them.
import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";

import { filesOf, readFile } from "./files.mjs";

const IMPORT = /^import \{([^}]*)\}\s+from "(\.[^"]+)";$/gm;
const EXPORT = /^export (?:async )?(?:function|const|class|let) (\w+)/gm;

const textOf = (file) => readFile(file).toString();
const exportsOf = (file) =>
  new Set([...textOf(file).matchAll(EXPORT)].map(([, name]) => name));

test("every name that a module imports is exported", () => {
  let count = 0;
  for (const file of filesOf("js")) {
    for (const [, names, from] of textOf(file).matchAll(IMPORT)) {
      const known = exportsOf(path.join(path.dirname(file), from));
      for (const name of names.split(",").map((part) => part.trim())
        .filter(Boolean)) {
        count += 1;
        assert.ok(known.has(name.split(" ")[0]), `${file}: ${name}`);
      }
    }
  }
  assert.ok(count > 100, "there is something to look at");
});

test("every name that a module exports is imported, or tested", () => {
  const users = [...filesOf("js").map(textOf), ...filesOf("../../tests/page")
    .filter((name) => name.endsWith(".mjs")).map(textOf)].join("\n");
  for (const file of filesOf("js")) {
    for (const name of exportsOf(file)) {
      const uses = users.match(new RegExp(`\\b${name}\\b`, "g")).length;
      const own = textOf(file).match(new RegExp(`\\b${name}\\b`, "g")).length;
      assert.ok(uses > own, `${file}: ${name}`);
    }
  }
});
