// Runs test files with node's test runner, several at a time:
//
//   node tests/run.mjs --concurrency=2 FILE...
//
// The runner's own command line has no such bound in node 18.
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { resolve } from "node:path";
import { parseArgs } from "node:util";

const { values, positionals } = parseArgs({
  options: { concurrency: { type: "string", default: "1" } },
  allowPositionals: true,
});

if (positionals.length === 0) {
  console.error("no test files");
  process.exit(2);
}

run({
  files: positionals.map((file) => resolve(file)),
  concurrency: Number(values.concurrency),
})
  .on("test:fail", () => { process.exitCode = 1; })
  .compose(new spec())
  .pipe(process.stdout);
