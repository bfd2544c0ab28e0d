// The measurements. Each starts a server, loads it, stops it, and returns one
// flat object of numbers.
import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from "node:fs";
import path from "node:path";

import {
  cpuWatch, each, faults, runLoad, sum, target, withServer,
} from "./load.mjs";
import { memoryKib } from "./proc.mjs";
import { resumeChat, startBroker, startBrokerAgain } from "./servers.mjs";

// One room of `people` parked polls gets `messages` messages one by one.
// `more`: further options of the load program.
export const fanOut = (start, { people, messages, more = [] }) =>
  withServer(start, async (server) => {
    const watch = cpuWatch(server);
    let used;
    const numbers = await runLoad(
      "load",
      ["fanout", ...target(server), "--people", people,
        "--messages", messages, ...more],
      {
        parked: () => watch.begin(),
        done: () => {
          used = watch.end();
        },
      },
    );
    const perDelivery = (us) => us / (people * messages);
    return {
      front: perDelivery(used.cpu.front),
      nginx: perDelivery(used.cpu.nginx),
      broker: perDelivery(used.cpu.broker),
      all: perDelivery(sum(Object.values(used.cpu))),
      others: used.othersShare * 100,
      last: numbers.last_ms.p50,
      last99: numbers.last_ms.p99,
      each: numbers.each_ms.p50,
      faults: faults(numbers),
    };
  });

// Memory for each of `people` parked polls, in KiB, from a server that has
// just started.
export const memory = (start, { people, more = [] }) =>
  withServer(start, async (server) => {
    const seen = { started: each(server.parts, memoryKib) };
    const look = (phase) => () => {
      seen[phase] = each(server.parts, memoryKib);
    };
    await runLoad(
      "load",
      ["fanout", ...target(server), "--people", people, "--messages", 0,
        ...more],
      { logged_in: look("logged_in"), parked: look("parked") },
    );
    const grown = (part, kind, from = "started") =>
      (seen.parked[part][kind] - seen[from][part][kind]) / people;
    return {
      front: grown("front", "rss"),
      frontPoll: grown("front", "rss", "logged_in"),
      nginx: grown("nginx", "pss"),
      broker: grown("broker", "rss"),
      all: grown("front", "pss") + grown("nginx", "pss") +
        grown("broker", "pss"),
      others: 0, // they have no part in it
    };
  });

// Many rooms at rising rates, of which the highest that is held counts; -1 is
// what there is not if even the first is not. `calm` is the first rate.
export const manyRooms = (start, { people, rooms, seconds, rates }) =>
  withServer(start, async (server) => {
    const watch = cpuWatch(server);
    const best = {
      rate: 0, p50: -1, p99: -1, carried: -1, load: -1,
      each: -1, front: -1, nginx: -1, broker: -1,
    };
    let calm;
    let others = 0;
    const numbers = await runLoad(
      "load",
      ["rooms", ...target(server), "--people", people, "--rooms", rooms,
        "--seconds", seconds, ...rates],
      {
        step: () => watch.begin(),
        held: (step) => {
          const used = watch.end();
          const deliveries = (step.rate * seconds * people) / rooms;
          calm ??= step.delivery_ms;
          if (!step.held) return;
          others = used.othersShare;
          best.rate = step.rate;
          best.p50 = step.delivery_ms.p50;
          best.p99 = step.delivery_ms.p99;
          best.each = sum(Object.values(used.cpu)) / deliveries;
          for (const [part, us] of Object.entries(used.cpu)) {
            best[part] = us / deliveries;
          }
          best.carried = deliveries / step.answers;
          best.load = used.loadShare * 100;
        },
      },
    );
    return {
      ...best,
      calm: calm.p50,
      calm99: calm.p99,
      faults: faults(numbers),
      others: others * 100,
    };
  });

// Posts one after the other by each of `people`.
export const posts = (start, { people, seconds, messages = 0 }) =>
  withServer(start, async (server) => {
    const watch = cpuWatch(server);
    let used;
    const numbers = await runLoad(
      "load",
      ["post", ...target(server), "--people", people,
        "--seconds", seconds, "--messages", messages],
      {
        logged_in: () => watch.begin(),
        done: () => {
          used = watch.end();
        },
      },
    );
    return {
      rate: numbers.posts / numbers.seconds,
      median: numbers.post_ms.p50,
      p99: numbers.post_ms.p99,
      front: used.cpu.front / numbers.posts,
      nginx: used.cpu.nginx / numbers.posts,
      broker: used.cpu.broker / numbers.posts,
      others: used.othersShare * 100,
    };
  });

// Batches of posts over the link, one after the other.
export const commands = ({ batch, seconds }) =>
  withServer(startBroker, async (server) => {
    const watch = cpuWatch(server);
    let used;
    const numbers = await runLoad(
      "broker_load",
      [path.join(server.folder, "ajaxchat.conf"), batch, seconds],
      {
        ready: () => watch.begin(),
        done: () => {
          used = watch.end();
        },
      },
    );
    return {
      rate: numbers.commands / numbers.seconds,
      median: numbers.batch_ms.p50,
      p99: numbers.batch_ms.p99,
      broker: used.cpu.broker / numbers.commands,
      others: used.othersShare * 100,
    };
  });

// A room that has `messages` of history, which are posted to the broker alone:
// how soon the broker starts and how large it is then, and posts by 10 people.
export async function history({ messages, seconds }) {
  const { port } = await withServer(startBroker, async (server) => {
    const conf = path.join(server.folder, "ajaxchat.conf");
    const batch = Math.min(messages, 1000);
    await runLoad("broker_load", [conf, batch, 0, messages]);
    return server;
  });
  const begun = { startMs: 0, mib: 0 };
  await withServer(startBrokerAgain, (server) => {
    begun.startMs = server.startMs;
    begun.mib = memoryKib(server.parts.broker).rss / 1024;
  });
  const numbers = await posts(() => resumeChat(port), { people: 10, seconds });
  return { ...numbers, ...begun, rest: numbers.front + numbers.nginx };
}

// What the disk needs to make 4 KiB at the end of a file durable, in ms.
export function diskSync(folder, times) {
  const file = path.join(folder, "sync-probe");
  const fd = openSync(file, "w");
  const block = Buffer.alloc(4096, 1);
  const took = [];
  for (let i = 0; i < times; i++) {
    const begun = performance.now();
    writeSync(fd, block);
    fdatasyncSync(fd);
    took.push(performance.now() - begun);
  }
  closeSync(fd);
  rmSync(file);
  took.sort((one, other) => one - other);
  return took[Math.floor(times / 2)];
}
