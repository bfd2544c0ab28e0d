// The servers that are measured, each pinned to CPU 0, and all started anew
// for each measurement. A server is { port, folder, parts, stop }, where
// `parts` are the process ids by part: front, nginx, broker.
import { execFile, spawn } from "node:child_process";
import { openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createConnection, createServer } from "node:net";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";

import { family } from "./proc.mjs";

const BUILD = path.resolve(process.env.BUILD || "build");
const FOLDER = path.resolve("run-bench");
const SERVER_CPU = "0";
const START_MS = 10000;

const run = promisify(execFile);

export const program = (name) => path.join(BUILD, "bench", name);
export { FOLDER };

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => {
    server.once("listening", resolve);
  });
  const { port } = server.address();
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return port;
}

function environment(port) {
  const conf = path.join(BUILD, "bench", "settings.conf");
  writeFileSync(conf, "[limits]\nrate_limits = off\n");
  return { ...process.env, BUILD, RUN_DIR: FOLDER, CONF: conf, PORT: port };
}

async function control(command, port) {
  const pinned = ["-c", SERVER_CPU, "nginx/run.sh", command];
  await run("taskset", pinned, { env: environment(port) });
}

const pidOf = (part) =>
  Number(readFileSync(path.join(FOLDER, `${part}.pid`), "utf8"));

// The chat, all of it; without what an earlier run may have left.
export async function startChat() {
  const port = await freePort();
  await control("stop", port);
  rmSync(FOLDER, { recursive: true, force: true });
  await control("start", port);
  return {
    port,
    folder: FOLDER,
    parts: {
      front: [pidOf("fcgi")],
      nginx: family(pidOf("nginx")),
      broker: [pidOf("broker")],
    },
    stop: () => control("stop", port),
  };
}

// Writes the chat's configuration, by starting and stopping it.
async function configure() {
  const chat = await startChat();
  await chat.stop();
  return chat.port;
}

function spawnPinned(name, file, args) {
  const log = openSync(path.join(FOLDER, `${name}.log`), "a");
  const child = spawn("taskset", ["-c", SERVER_CPU, file, ...args], {
    cwd: FOLDER,
    stdio: ["ignore", log, log],
  });
  child.ended = new Promise((resolve) => {
    child.once("exit", resolve);
  });
  return child;
}

async function end(child) {
  child.kill("SIGTERM");
  await child.ended;
}

const canConnect = (port) =>
  new Promise((resolve) => {
    const socket = createConnection(port, "127.0.0.1");
    socket.once("error", () => resolve(false));
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
  });

async function waitListening(port) {
  const deadline = Date.now() + START_MS;
  while (!(await canConnect(port))) {
    if (Date.now() > deadline) throw new Error(`nothing listens on ${port}`);
    await pause(20);
  }
}

// nginx with the chat's configuration, and behind it what only parks polls
// and answers them.
export async function startFloor() {
  const port = await configure();
  const socket = path.join(FOLDER, "fcgi.sock");
  const floor = spawnPinned("floor", program("floor"), [socket]);
  const conf = path.join(FOLDER, "nginx.conf");
  const nginx = spawnPinned("error", "/usr/sbin/nginx", [
    "-p", FOLDER, "-c", conf, "-g", "daemon off;",
  ]);
  await waitListening(port);
  return {
    port,
    folder: FOLDER,
    parts: { front: [floor.pid], nginx: family(nginx.pid), broker: [] },
    stop: async () => {
      await end(nginx);
      await end(floor);
    },
  };
}

// The broker alone.
export async function startBroker() {
  await configure();
  const conf = path.join(FOLDER, "ajaxchat.conf");
  const broker = spawnPinned("broker", path.join(BUILD, "ajaxchatd"), [
    "--config", conf,
  ]);
  return {
    folder: FOLDER,
    parts: { broker: [broker.pid] },
    stop: () => end(broker),
  };
}
