// Measures the chat and the floor in turns, and prints one table of medians.
// What it means: README.md.
import { mkdirSync, rmSync } from "node:fs";

import { commands, diskSync, fanOut, memory, posts } from "./measure.mjs";
import { fileSystem, machine } from "./proc.mjs";
import { FOLDER, startChat, startFloor } from "./servers.mjs";

const SHORT = Boolean(process.env.BENCH_SHORT);
const SHORT_SIZES = {
  rounds: 1, people: 100, messages: 20, parked: 500, posts: 100, seconds: 1,
};
const FULL_SIZES = {
  rounds: 3, people: 1000, messages: 100, parked: 5000, posts: 500, seconds: 3,
};
const SIZES = SHORT ? SHORT_SIZES : FULL_SIZES;
const ROUNDS = Number(process.env.BENCH_ROUNDS || SIZES.rounds);
const BATCHES = [1, 10, 100, 1000];
const POSTERS = [1, 10, 100];

const say = (text) => process.stderr.write(`${text}\n`);

function median(numbers) {
  const sorted = [...numbers].sort((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? sorted[middle]
    : (sorted[middle - 1] + sorted[middle]) / 2;
}

// Rounds of objects to one object of medians.
function medians(rounds) {
  const names = Object.keys(rounds[0]);
  return Object.fromEntries(
    names.map((name) => [name, median(rounds.map((round) => round[name]))]),
  );
}

// A measurement during which others took more of the servers' CPU than this
// is done again; the least disturbed one counts.
const DISTURBED_PERCENT = 10;
const ATTEMPTS = SHORT ? 1 : 3;

async function undisturbed(title, measure) {
  let best;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const numbers = await measure();
    say(`${title}: ${brief(numbers)}`);
    if (best === undefined || numbers.others < best.others) best = numbers;
    if (best.others <= DISTURBED_PERCENT) break;
  }
  return best;
}

const SERVERS = { chat: startChat, floor: startFloor };

// One measurement of both servers, in turns.
async function inTurns(title, measure) {
  const rounds = { chat: [], floor: [] };
  for (let round = 1; round <= ROUNDS; round++) {
    for (const [name, start] of Object.entries(SERVERS)) {
      const numbers = await undisturbed(
        `${title}, ${name}, round ${round}`,
        () => measure(start),
      );
      rounds[name].push(numbers);
    }
  }
  return { chat: medians(rounds.chat), floor: medians(rounds.floor) };
}

async function repeated(title, measure) {
  const rounds = [];
  for (let round = 1; round <= ROUNDS; round++) {
    rounds.push(await undisturbed(`${title}, round ${round}`, measure));
  }
  return { chat: medians(rounds) };
}

const brief = (numbers) =>
  Object.entries(numbers)
    .map(([name, value]) => `${name} ${format(value)}`)
    .join(", ");

// Three digits that count.
function format(value) {
  if (value >= 1000) return Math.round(value).toLocaleString("en");
  if (value >= 100 || Number.isInteger(value)) return String(Math.round(value));
  return value.toFixed(value >= 10 ? 1 : 2);
}

// ---- the table ----

const rows = [];

// One line: field `name` of both. `target`: what atMost() or atLeast() made.
// `compare`: whether a ratio means something.
function row(title, { chat, floor }, name, { target, compare = true } = {}) {
  const mine = chat[name];
  const other = floor?.[name];
  rows.push([
    title,
    format(mine),
    other === undefined ? "" : format(other),
    compare && other > 0 ? (mine / other).toFixed(2) : "",
    target?.(mine) ?? "",
  ]);
}

const verdict = (met) => (met ? "met" : "missed");
const atMost = (limit) => (number) =>
  `≤ ${format(limit)}: ${verdict(number <= limit)}`;
const atLeast = (limit) => (number) =>
  `≥ ${format(limit)}: ${verdict(number >= limit)}`;

function printTable(facts) {
  const { model, cores, kernel } = machine();
  const head = ["", "the chat", "the floor", "ratio", "target"];
  const lines = [
    `${model}, ${cores} cores, Linux ${kernel}; ${facts}.`,
    `Medians of ${ROUNDS} round${ROUNDS === 1 ? "" : "s"}.`,
    "",
    `| ${head.join(" | ")} |`,
    "|---|--:|--:|--:|---|",
    ...rows.map((cells) => `| ${cells.join(" | ")} |`),
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}

// ---- the plan ----

async function measureFanOut() {
  const { people, messages } = SIZES;
  const title = `room of ${format(people)}`;
  const both = await inTurns(title, (start) =>
    fanOut(start, { people, messages }));
  row(`${title}: µs CPU per delivery, front end`, both, "front",
    { target: atMost(12) });
  row(`${title}: µs CPU per delivery, nginx`, both, "nginx",
    { target: atMost(30) });
  row(`${title}: µs CPU per delivery, broker`, both, "broker");
  row(`${title}: µs CPU per delivery, all`, both, "all");
  row(`${title}: ms until half have it`, both, "each");
  row(`${title}: ms until the last has it`, both, "last");
  row(`${title}: the same, p99`, both, "last99");
  row(`${title}: lost, doubled, out of order, altered`, both, "faults",
    { target: atMost(0), compare: false });
  row(`${title}: % of the CPU that others took`, both, "others",
    { compare: false });
}

async function measureMemory() {
  const people = SIZES.parked;
  const title = `${format(people)} parked polls`;
  const both = await inTurns(title, (start) => memory(start, { people }));
  row(`${title}: KiB each, front end (RSS)`, both, "front",
    { target: atMost(2) });
  row(`${title}: of which without the session`, both, "frontPoll");
  row(`${title}: KiB each, nginx (Pss)`, both, "nginx");
  row(`${title}: KiB each, broker (RSS)`, both, "broker");
  row(`${title}: KiB each, all (Pss)`, both, "all");
}

async function measureCommands() {
  for (const batch of BATCHES) {
    const title = `broker alone, batches of ${format(batch)}`;
    const result = await repeated(title, () =>
      commands({ batch, seconds: SIZES.seconds }));
    const target = batch >= 100 ? atLeast(20000) : undefined;
    row(`${title}: durable commands/s`, result, "rate", { target });
    row(`${title}: µs CPU per command`, result, "broker");
  }
}

async function measurePosts() {
  const idle = await inTurns("one post, idle", (start) =>
    posts(start, { people: 1, seconds: 60, messages: SIZES.posts }));
  row("one post, idle: ms to the acknowledgement", idle, "median",
    { target: atMost(2) });
  row("one post, idle: the same, p99", idle, "p99");
  for (const people of POSTERS) {
    const title = `${people} poster${people === 1 ? "" : "s"}`;
    const both = await inTurns(title, (start) =>
      posts(start, { people, seconds: SIZES.seconds }));
    row(`${title}: durable posts/s`, both, "rate");
    row(`${title}: ms to the acknowledgement, p99`, both, "p99");
  }
}

// Ctrl-C ends the load program, and with that the measurement, which then
// stops its server.
process.on("SIGINT", () => say("interrupted"));

mkdirSync(FOLDER, { recursive: true });
const syncMs = diskSync(FOLDER, SIZES.posts);
await measureFanOut();
await measureMemory();
await measureCommands();
await measurePosts();
printTable(
  `${fileSystem(FOLDER)}, ${format(syncMs)} ms to make 4 KiB durable`,
);
rmSync(FOLDER, { recursive: true });
