// What visitors can do who mean no good, or are unlucky, and what the others
// notice of it.
import { readdirSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";

import {
  Load, cpuWatch, each, runLoad, sum, target, withServer,
} from "./load.mjs";
import { availableKib, cpuUs, memoryKib } from "./proc.mjs";

// The rooms of those who do it: those of the others are below.
const ELSEWHERE = 900;

const descriptors = (pids) =>
  pids.reduce((count, pid) => count + readdirSync(`/proc/${pid}/fd`).length, 0);

// Many rooms at one rate, which is calm, and then the same again while
// something happens: `begin()` is called as the second time begins. Returns
// what the readers had to wait, both times, and what the front end took.
async function beside(server, { people, rooms, rate, seconds }, begin) {
  const watch = cpuWatch(server);
  const steps = [];
  await runLoad(
    "load",
    ["rooms", ...target(server), "--people", people, "--rooms", rooms,
      "--seconds", seconds, rate, rate],
    {
      step: async () => {
        if (steps.length === 1) await begin();
        watch.begin();
      },
      held: ({ delivery_ms: delivery }) => {
        steps.push({ ...delivery, ...watch.end() });
      },
    },
  );
  const [calm, then] = steps;
  return {
    calm50: calm.p50,
    calm: calm.p99,
    then50: then.p50,
    then: then.p99,
    worst: then.max,
    times: then.p99 / calm.p99,
    frontMs: (then.cpu.front - calm.cpu.front) / 1000,
    others: Math.max(calm.othersShare, then.othersShare) * 100,
  };
}

// One session posts in a room of its own as fast as it can.
export const flood = (start, { connections, ...readers }) =>
  withServer(start, async (server) => {
    const load = new Load("load", [
      "flood", ...target(server), "--people", connections,
      "--seconds", readers.seconds + 1, "--first-room", ELSEWHERE,
    ]);
    await load.phase();
    const numbers = await beside(server, readers, () => load.go());
    const { accepted, refused } = await load.phase();
    load.go();
    await load.phase();
    const seconds = readers.seconds + 1;
    return {
      ...numbers, accepted: accepted / seconds, refused: refused / seconds,
    };
  });

// People who have parked a poll each; kill() lets them go away at once.
async function park(server, polls) {
  const load = new Load("load", [
    "fanout", ...target(server), "--people", polls, "--messages", 0,
    "--first-room", ELSEWHERE,
  ]);
  await load.phase();
  const loggedInKib = memoryKib(server.parts.front).rss;
  load.go();
  await load.phase();
  return { kill: () => load.kill(), loggedInKib };
}

// Parks `polls`, whose browsers then go away all at once. For the second time:
// memory that the first time left to be used again is no leak.
export const hangUp = (start, { polls, ...readers }) =>
  withServer(start, async (server) => {
    const before = descriptors(server.parts.front);
    await (await park(server, polls)).kill();
    const load = await park(server, polls);
    const numbers = await beside(server, readers, () => load.kill());
    return {
      ...numbers,
      kept: (memoryKib(server.parts.front).rss - load.loggedInKib) / polls,
      descriptors: descriptors(server.parts.front) - before,
    };
  });

const LOOK_MS = 300;

// Until the server has nothing left to do.
async function settled(server) {
  const spentUs = () => sum(Object.values(each(server.parts, cpuUs)));
  for (let before = spentUs(), now; ; before = now) {
    await pause(LOOK_MS);
    now = spentUs();
    if (now - before < LOOK_MS * 50) return; // 5 %
  }
}

// Streams that are read at 1 byte/s, while much is said.
export const slowReaders = (start, { people, messages }) =>
  withServer(start, async (server) => {
    const seen = {};
    const look = async ({ phase }) => {
      await settled(server);
      seen[phase] = {
        front: memoryKib(server.parts.front).rss,
        nginx: memoryKib(server.parts.nginx).pss,
        machine: -availableKib(),
      };
    };
    await runLoad(
      "load",
      ["slow", ...target(server), "--people", people, "--messages", messages],
      { listening: look, done: look },
    );
    const { listening, done } = seen;
    const grown = (name) => (done[name] - listening[name]) / people;
    return {
      front: grown("front"),
      nginx: grown("nginx"),
      machine: grown("machine"),
      others: 0, // they have no part in it
    };
  });
