// Measures the chat, the floor and nchan in turns, and prints one table of
// medians.
// What it means: README.md.
import { mkdirSync, rmSync } from "node:fs";

import { crowd } from "./crowd.mjs";
import { flood, hangUp, slowReaders } from "./faults.mjs";
import {
  commands, diskSync, fanOut, history, manyRooms, memory, posts,
} from "./measure.mjs";
import { fileSystem } from "./proc.mjs";
import {
  FOLDER, hasNchan, startChat, startChatAtOnce, startFillingFloor, startFloor,
  startNchan, startUsualFloor,
} from "./servers.mjs";
import {
  atLeast, atLeastFloor, atMost, atMostFloor, format, printTable, row,
} from "./table.mjs";

const SHORT = Boolean(process.env.BENCH_SHORT);
const SHORT_SIZES = {
  rounds: 1, fanOuts: { 100: 10 }, parked: 500, posts: 100, seconds: 1,
  rooms: 20, rateSeconds: 1, rates: [100, 200], history: 10000,
  batches: [100], posters: [10],
  crowd: { people: 1000, processes: 2, messages: 2, seconds: 1 },
  hangUps: 500, slow: { people: 50, messages: 300 },
};
const FULL_SIZES = {
  rounds: 3, fanOuts: { 100: 100, 1000: 100, 5000: 20 }, parked: 5000,
  posts: 500, seconds: 3, rooms: 200, rateSeconds: 3,
  rates: [
    250, 500, 1000, 1500, 2000, 2500, 3000, 3500, 4000, 5000, 6000, 8000, 10000,
    12000,
  ],
  history: 1000000, batches: [1, 10, 100, 1000], posters: [1, 10, 100],
  crowd: { people: 50000, processes: 4, messages: 3, seconds: 6 },
  hangUps: 10000, slow: { people: 1000, messages: 400 },
};
const SIZES = SHORT ? SHORT_SIZES : FULL_SIZES;
const ROUNDS = Number(process.env.BENCH_ROUNDS || SIZES.rounds);
const PEOPLE_PER_ROOM = 10;
const MORE_OF_ROOMS = { filling: startFillingFloor, atOnce: startChatAtOnce };

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

// ---- the plan ----

async function measureFanOut(people, { streams }) {
  const messages = SIZES.fanOuts[people];
  const more = streams ? ["--streams"] : [];
  const title = `room of ${format(people)}${streams ? ", streams" : ""}`;
  const all = await inTurns(title, ALL, (start) =>
    fanOut(start, { people, messages, more }));
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

async function measurePolls() {
  for (const people of Object.keys(SIZES.fanOuts)) {
    await measureFanOut(Number(people), { streams: false });
  }
}

const MIDDLE = SHORT ? 100 : 1000;

// What the chat's nginx configuration makes of the floor, when requests are
// like a browser's.
async function measureConfiguration() {
  const more = ["--as-browsers"];
  const servers = { usual: startUsualFloor, floor: startFloor };
  const messages = SIZES.fanOuts[MIDDLE];
  const title = "a browser's headers";
  const cpu = await inTurns(`${title}, room`, servers, (start) =>
    fanOut(start, { people: MIDDLE, messages, more }));
  const parked = await inTurns(`${title}, memory`, servers, (start) =>
    memory(start, { people: SIZES.parked, more }));
  const both = {
    usual: { ...cpu.usual, kib: parked.usual.nginx },
    floor: { ...cpu.floor, kib: parked.floor.nginx },
  };
  for (const [name, which] of [
    ["usual", "the usual configuration"], ["floor", "the chat's"],
  ]) {
    const floor = { floor: both[name] };
    row(`${title}, ${which}: µs CPU per delivery, nginx`, floor, "nginx");
    row(`${title}, ${which}: µs CPU per delivery, all`, floor, "all");
    row(`${title}, ${which}: KiB per parked poll, nginx (Pss)`, floor, "kib");
  }
}

function rowsOfRooms(title, results) {
  row(`${title}: messages/s held`, results, "rate",
    { target: atLeastFloor(4) });
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
  const servers = SHORT ? ALL : { ...ALL, ...MORE_OF_ROOMS };
  const all = await inTurns(title, servers, (start) =>
    manyRooms(start, { people, rooms, seconds, rates }));
  rowsOfRooms(title, all);
  if (SHORT) return;
  const filling = { ...all, floor: all.filling };
  const filled = `${title}, the floor fills its answers`;
  row(`${filled}: messages/s held`, filling, "rate");
  row(`${filled}: at that rate, messages in an answer`, filling, "carried");
  row(`${filled}: at that rate, µs CPU per delivery, all`, filling, "each");
  rowsOfRooms(`${title}, hold_ms_max = 0`, { ...all, chat: all.atOnce });
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

// More than one process can hold.
async function measureCrowd() {
  const { people } = SIZES.crowd;
  const title = `room of ${format(people)}`;
  const fronts = 4;
  const workers = 8;
  const result = await repeated(title, () =>
    crowd(() => startChat({ fronts, workers }), SIZES.crowd));
  row(`${title}: logins/s`, result, "logins");
  row(`${title}: s until all are logged in`, result, "loginSeconds");
  row(`${title}: KiB per parked poll, front ends (RSS)`, result, "front",
    { target: atMost(1) });
  row(`${title}: KiB per parked poll, nginx (Pss)`, result, "nginx");
  row(`${title}: KiB per parked poll, broker (RSS)`, result, "broker");
  row(`${title}: KiB per parked poll, all (Pss)`, result, "all");
  row(`${title}: µs CPU per delivery, all`, result, "cpu");
  row(`${title}: ms until the last has it`, result, "last");
  row(`${title}: the same, the worst`, result, "lastWorst");
  row(`${title}: lost, doubled, out of order, altered`, result, "faults",
    { target: atMost(0) });
}

// ---- faults ----

// Those who look on while something happens.
const READERS = SHORT
  ? { people: 50, rooms: 5, rate: 50, seconds: 1 }
  : { people: 200, rooms: 20, rate: 200, seconds: 4 };

function rowsBeside(title, result, target) {
  row(`${title}: ms to other rooms' readers before`, result, "calm50");
  row(`${title}: the same, p99`, result, "calm");
  row(`${title}: ms to other rooms' readers meanwhile`, result, "then50");
  row(`${title}: the same, p99`, result, "then");
  row(`${title}: the same, the worst`, result, "worst");
  row(`${title}: p99, times what it was`, result, "times", { target });
}

async function measureFlood() {
  const connections = 16;
  for (const rateLimits of SHORT ? [true] : [true, false]) {
    const title = `flood of posts, rate limits ${rateLimits ? "on" : "off"}`;
    const result = await repeated(title, () =>
      flood(() => startChat({ rateLimits }), { connections, ...READERS }));
    row(`${title}: posts/s accepted`, result, "accepted");
    row(`${title}: posts/s refused`, result, "refused");
    rowsBeside(title, result, atMost(2));
  }
}

async function measureHangUp() {
  const polls = SIZES.hangUps;
  const title = `${format(polls)} polls hang up`;
  const result = await repeated(title, () =>
    hangUp(() => startChat({ workers: 4 }), { polls, ...READERS }));
  row(`${title}: ms of CPU that takes the front end`, result, "frontMs");
  row(`${title}: KiB each that stay in it`, result, "kept");
  row(`${title}: descriptors more than before`, result, "descriptors");
  rowsBeside(title, result);
}

// What the front end lets wait for one stream (fcgi/polls.c); the allocator
// makes it at most twice as much.
const STREAM_PENDING_KIB = 256;

async function measureSlow() {
  const { people } = SIZES.slow;
  const title = `${format(people)} streams read at 1 byte/s`;
  const result = await repeated(title, () =>
    slowReaders(startChat, SIZES.slow));
  row(`${title}: KiB each, front end (RSS)`, result, "front",
    { target: atMost(2 * STREAM_PENDING_KIB) });
  row(`${title}: KiB each, nginx (Pss)`, result, "nginx");
  row(`${title}: KiB each, with the kernel's buffers`, result, "machine");
}

const PARTS = {
  polls: measurePolls,
  streams: () => measureFanOut(MIDDLE, { streams: true }),
  rooms: measureRooms,
  memory: measureMemory,
  large: measureCrowd,
  nginx: measureConfiguration,
  broker: measureCommands,
  posts: measurePosts,
  history: measureHistory,
  flood: measureFlood,
  hangup: measureHangUp,
  slow: measureSlow,
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
  `${fileSystem(FOLDER)}, ${format(syncMs)} ms to make 4 KiB durable.\n` +
  `Medians of ${ROUNDS} round${ROUNDS === 1 ? "" : "s"}.`,
);
rmSync(FOLDER, { recursive: true });
