// One room that is too large for one process of any kind: several nginx
// workers, front ends and load programs.
import { Load, each, faults, sum, target, withServer } from "./load.mjs";
import { cpuUs, memoryKib } from "./proc.mjs";

const last = (values) => values.at(-1);

// Lets all of them go on once each has come to its next phase; `look()` is
// called while they wait. Returns their numbers of that phase.
async function together(loads, look = () => {}) {
  const numbers = await Promise.all(loads.map((load) => load.phase()));
  look();
  for (const load of loads) load.go();
  return numbers;
}

// How long each message took until the last of all had it, in ms.
function lastMs(numbers) {
  const [{ posted_us: posted }] = numbers; // the first posts
  return posted.map((from, i) =>
    (Math.max(...numbers.map((part) => part.last_us[i])) - from) / 1000);
}

export const crowd = (start, { people, processes, messages, seconds }) =>
  withServer(start, async (server) => {
    const seen = {};
    const look = (name) => () => {
      seen[name] = {
        at: performance.now(),
        memory: each(server.parts, memoryKib),
        cpu: sum(Object.values(each(server.parts, cpuUs))),
      };
    };
    look("started")();
    const loads = Array.from({ length: processes }, (_, i) =>
      new Load("load", [
        "crowd", ...target(server), "--people", people / processes,
        "--messages", messages, "--seconds", seconds,
        ...(i === 0 ? ["--posts"] : []),
      ]));
    await together(loads, look("loggedIn"));
    await together(loads, look("parked"));
    const numbers = await together(loads, look("done"));
    await Promise.all(loads.map((load) => load.phase()));
    const { started, loggedIn, parked, done } = seen;
    const kib = (part, kind) =>
      (parked.memory[part][kind] - started.memory[part][kind]) / people;
    const times = lastMs(numbers).sort((one, other) => one - other);
    return {
      logins: people / ((loggedIn.at - started.at) / 1000),
      loginSeconds: (loggedIn.at - started.at) / 1000,
      front: kib("front", "rss"),
      nginx: kib("nginx", "pss"),
      broker: kib("broker", "rss"),
      all: kib("front", "pss") + kib("nginx", "pss") + kib("broker", "pss"),
      cpu: (done.cpu - parked.cpu) / (people * messages),
      last: times[Math.floor(times.length / 2)],
      lastWorst: last(times),
      faults: sum(numbers.map(faults)),
      others: 0, // seconds long: little by comparison
    };
  });
