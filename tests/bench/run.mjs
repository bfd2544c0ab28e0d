// Measures the chat, the floor and nchan in turns, and prints one table of
// medians.
// What it means: README.md.
import { mkdirSync, rmSync } from "node:fs";

import {
  commands, diskSync, fanOut, history, manyRooms, memory, posts,
} from "./measure.mjs";
import { fileSystem, machine } from "./proc.mjs";
import {
  FOLDER, hasNchan, startChat, startChatAtOnce, startFloor, startNchan,
} from "./servers.mjs";

const SHORT = Boolean(process.env.BENCH_SHORT);
const SHORT_SIZES = {
  rounds: 1, people: 100, messages: 10, parked: 500, posts: 100, seconds: 1,
  rooms: 20, rateSeconds: 1, rates: [100, 200], history: 10000,
  batches: [100], posters: [10],
};
const FULL_SIZES = {
  rounds: 3, people: 1000, messages: 100, parked: 5000, posts: 500, seconds: 3,
  rooms: 200, rateSeconds: 3,
  rates: [
    250, 500, 1000, 1500, 2000, 2500, 3000, 3500, 4000, 5000, 6000, 8000, 10000,
    12000,
  ],
  history: 1000000, batches: [1, 10, 100, 1000], posters: [1, 10, 100],
};
const SIZES = SHORT ? SHORT_SIZES : FULL_SIZES;
const ROUNDS = Number(process.env.BENCH_ROUNDS || SIZES.rounds);
const PEOPLE_PER_ROOM = 10;

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
const ATTEMPTS = Number(process.env.BENCH_ATTEMPTS || (SHORT ? 1 : 3));

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

const BOTH = { chat: startChat, floor: startFloor };
const ALL = hasNchan() ? { ...BOTH, nchan: startNchan } : BOTH;

// One measurement of several servers, in turns.
async function inTurns(title, servers, measure) {
  const rounds = Object.fromEntries(
    Object.keys(servers).map((name) => [name, []]),
  );
  for (let round = 1; round <= ROUNDS; round++) {
    for (const [name, start] of Object.entries(servers)) {
      const numbers = await undisturbed(
        `${title}, ${name}, round ${round}`,
        () => measure(start),
      );
      rounds[name].push(numbers);
    }
  }
  return Object.fromEntries(
    Object.entries(rounds).map(([name, each]) => [name, medians(each)]),
  );
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

// One line: field `name` of each server. `target`: what atMost(), atLeast() or
// their like made. `compare`: whether a ratio means something.
function row(title, results, name, { target, compare = true } = {}) {
  const { chat, floor, nchan } = results;
  const cell = (server) => (server ? format(server[name]) : "");
  const ratio = (server) =>
    compare && server?.[name] > 0
      ? (chat[name] / server[name]).toFixed(2)
      : "";
  rows.push([
    title, cell(chat), cell(floor), cell(nchan), ratio(floor), ratio(nchan),
    target?.(chat[name], results, name) ?? "",
  ]);
}

const verdict = (met) => (met ? "met" : "missed");
const atMost = (limit) => (number) =>
  `≤ ${format(limit)}: ${verdict(number <= limit)}`;
const atLeast = (limit) => (number) =>
  `≥ ${format(limit)}: ${verdict(number >= limit)}`;
const atMostFloor = (times) => (number, { floor }, name) =>
  `≤ ${times} × the floor: ${verdict(number <= times * floor[name])}`;

function printTable(facts) {
  const { model, cores, kernel } = machine();
  const head = [
    "", "the chat", "the floor", "nchan", "÷ floor", "÷ nchan", "target",
  ];
  const lines = [
    `${model}, ${cores} cores, Linux ${kernel}; ${facts}.`,
    `Medians of ${ROUNDS} round${ROUNDS === 1 ? "" : "s"}.`,
    "",
    `| ${head.join(" | ")} |`,
    "|---|--:|--:|--:|--:|--:|---|",
    ...rows.map((cells) => `| ${cells.join(" | ")} |`),
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}

// ---- the plan ----

async function measureFanOut({ streams }) {
  const { people, messages } = SIZES;
  const title = `room of ${format(people)}${streams ? ", streams" : ""}`;
  const all = await inTurns(title, ALL, (start) =>
    fanOut(start, { people, messages, streams }));
  const perDelivery = `${title}: µs CPU per delivery`;
  row(`${perDelivery}, front end`, all, "front");
  row(`${perDelivery}, nginx`, all, "nginx");
  row(`${perDelivery}, broker`, all, "broker");
  row(`${perDelivery}, all`, all, "all",
    { target: streams ? undefined : atMostFloor(1.1) });
  row(`${title}: ms until half have it`, all, "each");
  row(`${title}: ms until the last has it`, all, "last");
  row(`${title}: the same, p99`, all, "last99");
  row(`${title}: lost, doubled, out of order, altered`, all, "faults",
    { target: atMost(0), compare: false });
  row(`${title}: % of the CPU that others took`, all, "others",
    { compare: false });
}

function rowsOfRooms(title, results) {
  row(`${title}: messages/s held`, results, "rate");
  row(`${title}: at that rate, ms to a reader`, results, "p50");
  row(`${title}: at that rate, the same, p99`, results, "p99");
  row(`${title}: at that rate, messages in an answer`, results, "carried");
  const perDelivery = `${title}: at that rate, µs CPU per delivery`;
  row(`${perDelivery}, front end`, results, "front");
  row(`${perDelivery}, nginx`, results, "nginx");
  row(`${perDelivery}, broker`, results, "broker");
  row(`${perDelivery}, all`, results, "each");
  row(`${title}: at that rate, % of the load generator's CPU`, results, "load",
    { compare: false });
  row(`${title}: calm, ms to a reader`, results, "calm");
  row(`${title}: calm, the same, p99`, results, "calm99");
  row(`${title}: lost, doubled, out of order, altered`, results, "faults",
    { compare: false });
}

async function measureRooms() {
  const { rooms, rateSeconds: seconds, rates } = SIZES;
  const people = rooms * PEOPLE_PER_ROOM;
  const title = `${rooms} rooms of ${PEOPLE_PER_ROOM}`;
  const servers = SHORT ? ALL : { ...ALL, atOnce: startChatAtOnce };
  const all = await inTurns(title, servers, (start) =>
    manyRooms(start, { people, rooms, seconds, rates }));
  rowsOfRooms(title, all);
  if (all.atOnce) {
    rowsOfRooms(`${title}, hold_ms_max = 0`, { ...all, chat: all.atOnce });
  }
}

async function measureMemory() {
  const people = SIZES.parked;
  const title = `${format(people)} parked polls`;
  const all = await inTurns(title, ALL, (start) => memory(start, { people }));
  row(`${title}: KiB each, front end (RSS)`, all, "front",
    { target: atMost(1) });
  row(`${title}: of which without the session`, all, "frontPoll");
  row(`${title}: KiB each, nginx (Pss)`, all, "nginx");
  row(`${title}: KiB each, broker (RSS)`, all, "broker");
  row(`${title}: KiB each, all (Pss)`, all, "all",
    { target: atMostFloor(1.1) });
}

async function measureCommands() {
  for (const batch of SIZES.batches) {
    const title = `broker alone, batches of ${format(batch)}`;
    const result = await repeated(title, () =>
      commands({ batch, seconds: SIZES.seconds }));
    const target = batch === 1000 ? atLeast(100000) : undefined;
    row(`${title}: durable commands/s`, result, "rate", { target });
    row(`${title}: µs CPU per command`, result, "broker");
  }
}

async function measurePosts() {
  const idle = await inTurns("one post, idle", BOTH, (start) =>
    posts(start, { people: 1, seconds: 60, messages: SIZES.posts }));
  row("one post, idle: ms to the acknowledgement", idle, "median",
    { target: atMost(2) });
  row("one post, idle: the same, p99", idle, "p99");
  for (const people of SIZES.posters) {
    const title = `${people} poster${people === 1 ? "" : "s"}`;
    const both = await inTurns(title, BOTH, (start) =>
      posts(start, { people, seconds: SIZES.seconds }));
    const many = people === 100;
    row(`${title}: durable posts/s`, both, "rate",
      { target: many ? atLeast(10000) : undefined });
    row(`${title}: ms to the acknowledgement, p99`, both, "p99",
      { target: many ? atMost(100) : undefined });
  }
}

// The same with 1 message in the room's history and with many.
async function measureHistory() {
  const { seconds } = SIZES;
  for (const messages of [1, SIZES.history]) {
    const title = `history of ${format(messages)}`;
    const large = messages > 1;
    const result = await repeated(title, () => history({ messages, seconds }));
    row(`${title}: durable posts/s of 10 posters`, result, "rate");
    row(`${title}: µs CPU per post, broker`, result, "broker");
    row(`${title}: µs CPU per post, front end and nginx`, result, "rest");
    row(`${title}: ms until the broker is up`, result, "startMs",
      { target: large ? atMost(2000) : undefined });
    row(`${title}: MiB of the broker (RSS)`, result, "mib",
      { target: large ? atMost(50) : undefined });
  }
}

const PARTS = {
  polls: () => measureFanOut({ streams: false }),
  streams: () => measureFanOut({ streams: true }),
  rooms: measureRooms,
  memory: measureMemory,
  broker: measureCommands,
  posts: measurePosts,
  history: measureHistory,
};
const ONLY = (process.env.BENCH_ONLY ?? "").split(" ").filter(Boolean);

// Ctrl-C ends the load program, and with that the measurement, which then
// stops its server.
process.on("SIGINT", () => say("interrupted"));

mkdirSync(FOLDER, { recursive: true });
const syncMs = diskSync(FOLDER, SIZES.posts);
if (!hasNchan()) say("no libnginx-mod-nchan: it is left out");
for (const [name, measure] of Object.entries(PARTS)) {
  if (ONLY.length === 0 || ONLY.includes(name)) await measure();
}
printTable(
  `${fileSystem(FOLDER)}, ${format(syncMs)} ms to make 4 KiB durable`,
);
rmSync(FOLDER, { recursive: true });
