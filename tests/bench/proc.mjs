// What the kernel knows of processes: CPU time, memory, children.
import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";

const TICKS_PER_SECOND = Number(
  execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }),
);

// User and system time of these processes' threads so far, in µs. It is what
// /proc/PID/stat has in ticks of 10 ms, to the nanosecond.
export function cpuUs(pids) {
  let ns = 0;
  for (const pid of pids) {
    for (const task of readdirSync(`/proc/${pid}/task`)) {
      const text = readFileSync(`/proc/${pid}/task/${task}/schedstat`, "utf8");
      ns += Number(text.split(" ")[0]);
    }
  }
  return ns / 1000;
}

// How long CPU number `cpu` has done anything at all, in µs.
export function busyUs(cpu) {
  const line = readFileSync("/proc/stat", "utf8")
    .split("\n")
    .find((text) => text.startsWith(`cpu${cpu} `));
  const [user, nice, system, , , irq, softirq] = line
    .split(" ")
    .slice(1)
    .map(Number);
  return ((user + nice + system + irq + softirq) * 1e6) / TICKS_PER_SECOND;
}

// Resident memory of these processes in KiB: `rss` counts pages they share
// once for each, `pss` once for all.
export function memoryKib(pids) {
  const sum = { rss: 0, pss: 0 };
  for (const pid of pids) {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
    sum.rss += Number(/^Rss: +(\d+)/m.exec(rollup)[1]);
    sum.pss += Number(/^Pss: +(\d+)/m.exec(rollup)[1]);
  }
  return sum;
}

// What memory the machine has left, in KiB: the kernel's own buffers show here
// alone.
export function availableKib() {
  const meminfo = readFileSync("/proc/meminfo", "utf8");
  return Number(/^MemAvailable: +(\d+)/m.exec(meminfo)[1]);
}

// The process and its children (an nginx with its workers).
export function family(pid) {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
  return [pid, ...children.split(" ").filter(Boolean).map(Number)];
}

export function machine() {
  const cpuinfo = readFileSync("/proc/cpuinfo", "utf8");
  const model = /^model name\s*: (.*)$/m.exec(cpuinfo)?.[1] ?? "unknown CPU";
  const cores = cpuinfo.match(/^processor\s*:/gm).length;
  const kernel = readFileSync("/proc/sys/kernel/osrelease", "utf8").trim();
  return { model, cores, kernel };
}

export function fileSystem(folder) {
  const output = execFileSync("df", ["--output=fstype", folder], {
    encoding: "utf8",
  });
  return output.trim().split("\n").at(-1);
}
