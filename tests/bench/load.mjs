// Running load programs, and what the servers spend meanwhile.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

import { busyUs, cpuUs } from "./proc.mjs";
import { program } from "./servers.mjs";

const LOAD_CPU = "1";
const SERVER_CPU = 0;

// A load program at work. It stops at each of its phases until go().
export class Load {
  #child;
  #lines;
  #ended;
  #what;

  constructor(name, args) {
    const command = ["-c", LOAD_CPU, program(name), ...args.map(String)];
    this.#what = `${name} ${args.join(" ")}`;
    this.#child = spawn("taskset", command, {
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#lines = createInterface({ input: this.#child.stdout })[
      Symbol.asyncIterator]();
    this.#ended = new Promise((resolve) => {
      this.#child.once("exit", resolve);
    });
  }

  // The next phase's numbers; undefined after the last.
  async phase() {
    const { value, done } = await this.#lines.next();
    if (!done) return JSON.parse(value);
    if ((await this.#ended) !== 0) throw new Error(`${this.#what} has failed`);
    return undefined;
  }

  go() {
    this.#child.stdin.write("\n");
  }

  // Ends it at once, whatever it does, with all its connections.
  async kill() {
    this.#child.kill("SIGKILL");
    await this.#ended;
  }
}

// Runs a load program. In each of its phases `look[phase]` is called, while
// the program waits. Returns the numbers of the last phase.
export async function runLoad(name, args, look = {}) {
  const load = new Load(name, args);
  let last = {};
  for (let numbers; (numbers = await load.phase()) !== undefined;) {
    last = numbers;
    await look[numbers.phase]?.(numbers);
    load.go();
  }
  return last;
}

// Looks at all parts of a server at once.
export const each = (parts, look) =>
  Object.fromEntries(
    Object.entries(parts).map(([part, pids]) => [part, look(pids)]),
  );

export const sum = (numbers) => numbers.reduce((one, other) => one + other, 0);

// CPU time of a server's parts between begin() and end().
export function cpuWatch(server) {
  const before = {};
  return {
    begin() {
      before.parts = each(server.parts, cpuUs);
      before.busy = busyUs(SERVER_CPU);
      before.load = busyUs(LOAD_CPU);
      before.at = performance.now();
    },
    end() {
      const after = each(server.parts, cpuUs);
      const cpu = {};
      for (const part of Object.keys(after)) {
        cpu[part] = after[part] - before.parts[part];
      }
      const others =
        busyUs(SERVER_CPU) - before.busy - sum(Object.values(cpu));
      const elapsedUs = (performance.now() - before.at) * 1000;
      return {
        cpu,
        othersShare: Math.max(0, others / elapsedUs),
        loadShare: (busyUs(LOAD_CPU) - before.load) / elapsedUs,
      };
    },
  };
}

export async function withServer(start, measure) {
  const server = await start();
  try {
    return await measure(server);
  } finally {
    await server.stop();
  }
}

export const target = (server) => ["--port", server.port, ...server.dialect];

export const faults = (numbers) =>
  numbers.lost + numbers.duplicated + numbers.out_of_order + numbers.altered;
