// Instances for the scenarios: real nginx, front ends and broker in a
// temporary folder, on ports of their own, started and stopped by
// nginx/run.sh as a person would. BUILD names the programs' folder (build).
//
// Each scenario ends with a look at the logs: an [alert], a sanitizer's
// report or an error line that it did not announce fails it.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { Client } from "./client.mjs";

const top = fileURLToPath(new URL("../..", import.meta.url));
const build = path.resolve(top, process.env.BUILD ?? "build");

/** The longest that anything may take: far more than it should. */
const PATIENCE_MS = 60_000;

/**
 * Resolves with the first truthy value of `condition()`, asked again and
 * again. What throws is false for now.
 */
export async function waitFor(what, condition, limit_ms = PATIENCE_MS) {
  const deadline = Date.now() + limit_ms;
  let last;
  for (;;) {
    try {
      const value = await condition();
      if (value) return value;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) {
      throw new Error(`gave up waiting: ${what}`, { cause: last });
    }
    await new Promise((resolve) => { setTimeout(resolve, 20); });
  }
}

/** How long `promise` took: {value, elapsed_ms}. */
export async function timed(promise) {
  const start = performance.now();
  const value = await promise;
  return { value, elapsed_ms: performance.now() - start };
}

function runProgram(command, args, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args,
      { stdio: ["ignore", "pipe", "pipe"], ...options });
    let output = "";
    child.stdout.on("data", (chunk) => { output += chunk; });
    child.stderr.on("data", (chunk) => { output += chunk; });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, output }));
  });
}

/** Runs one of the programs to its end: {code, output}. */
export const runBuilt = (name, args) =>
  runProgram(path.join(build, name), args, {});

/**
 * Ports below those that the kernel gives out, so that nobody has them, and
 * above those that browsers refuse (the last one is 10080).
 */
const randomPort = () => 11_000 + Math.floor(Math.random() * 8_000);

const isSanitizerReport =
  /AddressSanitizer|LeakSanitizer|runtime error:|UndefinedBehaviorSanitizer/;

export class Instance {
  #clients = [];
  #folder;
  #environment;

  /**
   * `settings`: {"section.name": value}; `fronts`: how many front ends;
   * `frameAncestors`: whose pages may have the chat in a frame.
   */
  constructor({ settings = {}, fronts = 1, frameAncestors = "" } = {}) {
    this.#folder = fs.mkdtempSync(path.join(os.tmpdir(), "ajaxchat-"));
    this.dir = path.join(this.#folder, "run");
    this.port = randomPort();
    this.fronts = fronts;
    const conf = path.join(this.#folder, "extra.conf");
    fs.writeFileSync(conf, Object.entries(settings).map(([name, value]) => {
      const [section, key] = name.split(".");
      return `[${section}]\n${key} = ${value}\n`;
    }).join(""));
    this.#environment = {
      ...process.env, BUILD: build, RUN_DIR: this.dir, CONF: conf,
      FCGI_PROCESSES: String(fronts), LISTEN: "",
      FRAME_ANCESTORS: frameAncestors,
    };
  }

  #runSh(command) {
    return runProgram(path.join(top, "nginx/run.sh"), [command],
      { cwd: top, env: { ...this.#environment, PORT: String(this.port) } });
  }

  /** Starts what does not run and waits until it is ready. */
  async start() {
    for (;;) {
      const { code, output } = await this.#runSh("start");
      if (code === 0) return;
      if (!output.includes("in use by another program")) {
        throw new Error(`run.sh start failed:\n${output}`);
      }
      this.port = randomPort();
    }
  }

  async stop() {
    for (const client of this.#clients) client.close();
    const { code, output } = await this.#runSh("stop");
    assert.equal(code, 0, output);
    assert.ok(!output.includes("killing"), output);
  }

  remove() {
    fs.rmSync(this.#folder, { recursive: true, force: true });
  }

  /** A new browser. */
  client(options) {
    const client = new Client(this.port, options);
    this.#clients.push(client);
    return client;
  }

  /** A new browser of somebody who is logged in, with its snapshot. */
  async visitor(nick, more) {
    const client = this.client();
    client.at = await client.login(nick, more);
    return client;
  }

  path(name) { return path.join(this.dir, name); }

  read(name) {
    return fs.existsSync(this.path(name))
      ? fs.readFileSync(this.path(name), "utf8") : "";
  }

  /** The process id of "broker", "nginx", "fcgi" or "fcgi-2". */
  pid(part) { return Number(this.read(`${part}.pid`)); }

  signal(part, signal) { process.kill(this.pid(part), signal); }

  /** How many sockets a part has open, a few of its own among them. */
  connections(part) {
    const fds = `/proc/${this.pid(part)}/fd`;
    return fs.readdirSync(fds).filter((fd) => {
      try {
        return fs.readlinkSync(`${fds}/${fd}`).startsWith("socket:");
      } catch {
        return false; // closed meanwhile
      }
    }).length;
  }

  /** Lets every part go on that was stopped by SIGSTOP. */
  resumeAll() {
    for (const name of fs.readdirSync(this.dir)) {
      if (!name.endsWith(".pid")) continue;
      const pid = this.pid(name.slice(0, -".pid".length));
      if (isAlive(pid)) process.kill(pid, "SIGCONT");
    }
  }

  /** Ends a part at once and waits until it is gone. */
  async kill(part) {
    const pid = this.pid(part);
    process.kill(pid, "SIGKILL");
    await waitFor(`${part} is gone`, () => !isAlive(pid));
  }

  /** Waits until the part has ended by itself. */
  async ended(part) {
    const pid = this.pid(part);
    await waitFor(`${part} has ended`, () => !isAlive(pid));
  }

  get brokerPort() { return Number(this.read("broker.port")); }

  logNames() {
    return fs.readdirSync(this.dir).filter((name) =>
      /^(broker|fcgi.*|error)\.log$/.test(name));
  }

  /** Fails on what should not be in the logs; `expected` are RegExps. */
  checkLogs(expected) {
    for (const name of this.logNames()) {
      const text = this.read(name);
      assert.doesNotMatch(text, isSanitizerReport, name);
      const bad = name === "error.log" ? /\[(alert|emerg|crit)\]/
        : /^\S+ \S+ error /;
      const unexpected = text.split("\n").filter((line) => bad.test(line) &&
        !expected.some((pattern) => pattern.test(line)));
      assert.deepEqual(unexpected, [], name);
    }
  }

  /** The ends of the logs, for a person to read. */
  logTails() {
    return this.logNames().map((name) => {
      const lines = this.read(name).trimEnd().split("\n").slice(-25);
      return `---- ${name}\n${lines.map((line) => line.slice(0, 300))
        .join("\n")}`;
    }).join("\n");
  }
}

function isAlive(pid) {
  try {
    // A zombie's has no content.
    return fs.readFileSync(`/proc/${pid}/cmdline`).length > 0;
  } catch {
    return false;
  }
}

/** The value of `promise`, or an error after that time. */
async function within(limit_ms, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() =>
      reject(new Error(`not done within ${limit_ms} ms`)), limit_ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
    promise.catch(() => {}); // of the instance that is gone by then
  }
}

/* On a busy machine a scenario may be given a second try, which it tells. */
const TRIES = Number(process.env.TRIES ?? 1);

async function tryScenario(name, { expectedErrors = [], limit_ms = 60_000,
  ...rest }, body) {
  const instance = new Instance(rest);
  try {
    await instance.start();
    await within(limit_ms, body(instance));
    await instance.stop();
    instance.checkLogs(expectedErrors);
  } catch (error) {
    console.error(`${name}\n${instance.logTails()}`);
    throw error;
  } finally {
    // Nothing of a failed scenario stays behind.
    instance.resumeAll();
    await instance.stop().catch(() => {});
    instance.remove();
  }
}

/**
 * A test on an instance of its own: `body(instance)`. `expectedErrors` are
 * RegExps of log lines that belong to the scenario.
 */
export function scenario(name, options, body) {
  test(name, async () => {
    for (let left = TRIES - 1; ; left -= 1) {
      try {
        await tryScenario(name, options, body);
        return;
      } catch (error) {
        if (left <= 0) throw error;
        console.error(`SECOND TRY of "${name}", which failed with`, error);
      }
    }
  });
}
