// The servers that are measured, each pinned to CPU 0, and all started anew
// for each measurement. A server is { port, folder, parts, stop, dialect },
// where `parts` are the process ids by part (front, nginx, broker), and
// `dialect` are the load generator's options for it.
import { execFile, spawn } from "node:child_process";
import {
  existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync,
} from "node:fs";
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

function environment(port, settings) {
  const conf = path.join(BUILD, "bench", "settings.conf");
  writeFileSync(conf, `[limits]\nrate_limits = off\n${settings}`);
  return { ...process.env, BUILD, RUN_DIR: FOLDER, CONF: conf, PORT: port };
}

async function control(command, port, settings = "") {
  const pinned = ["-c", SERVER_CPU, "nginx/run.sh", command];
  await run("taskset", pinned, { env: environment(port, settings) });
}

const pidOf = (part) =>
  Number(readFileSync(path.join(FOLDER, `${part}.pid`), "utf8"));

// Without what an earlier run may have left.
async function clean(port) {
  await control("stop", port);
  rmSync(FOLDER, { recursive: true, force: true });
}

// The chat as the folder has it.
export async function resumeChat(port, settings = "") {
  await control("start", port, settings);
  return {
    port,
    folder: FOLDER,
    dialect: [],
    parts: {
      front: [pidOf("fcgi")],
      nginx: family(pidOf("nginx")),
      broker: [pidOf("broker")],
    },
    stop: () => control("stop", port, settings),
  };
}

// The chat, all of it; `settings` are more lines of its configuration.
export async function startChat(settings = "") {
  const port = await freePort();
  await clean(port);
  return resumeChat(port, settings);
}

// The same, and no answer waits for more to go with it.
export const startChatAtOnce = () => startChat("[front]\nhold_ms_max = 0\n");

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
    await pause(5);
  }
}

const WORKERS_MS = 200;

// An nginx as FOLDER has its configuration, with its workers, which come a
// moment after it listens.
async function startNginx(port) {
  const nginx = spawnPinned("error", "/usr/sbin/nginx", [
    "-p", FOLDER, "-c", path.join(FOLDER, "nginx.conf"), "-g", "daemon off;",
  ]);
  await waitListening(port);
  await pause(WORKERS_MS);
  return nginx;
}

// nginx with the chat's configuration, and behind it what only parks polls
// and answers them.
export async function startFloor() {
  const port = await configure();
  const socket = path.join(FOLDER, "fcgi.sock");
  const floor = spawnPinned("floor", program("floor"), [socket]);
  const nginx = await startNginx(port);
  return {
    port,
    folder: FOLDER,
    dialect: [],
    parts: { front: [floor.pid], nginx: family(nginx.pid), broker: [] },
    stop: async () => {
      await end(nginx);
      await end(floor);
    },
  };
}

const NCHAN_MODULE = "/usr/lib/nginx/modules/ngx_nchan_module.so";
export const hasNchan = () => existsSync(NCHAN_MODULE);

// One worker: with more, a message goes from one to the other.
const nchanConfiguration = (port) => `
load_module ${NCHAN_MODULE};
worker_processes 1;
worker_rlimit_nofile 20000;
pid ${FOLDER}/nginx.pid;
error_log ${FOLDER}/error.log warn;
events { worker_connections 19000; }
http {
    access_log off;
    keepalive_requests 100000;
    client_body_temp_path ${FOLDER}/tmp/body;
    fastcgi_temp_path ${FOLDER}/tmp/fastcgi;
    proxy_temp_path ${FOLDER}/tmp/proxy;
    scgi_temp_path ${FOLDER}/tmp/scgi;
    uwsgi_temp_path ${FOLDER}/tmp/uwsgi;
    nchan_max_reserved_memory 256m;
    server {
        listen 127.0.0.1:${port};
        nchan_message_buffer_length 1000;
        nchan_message_timeout 1m;
        nchan_subscriber_first_message newest;
        location = /publish {
            nchan_publisher;
            nchan_channel_id $arg_room;
        }
        location = /events {
            nchan_subscriber longpoll;
            nchan_channel_id $arg_room;
            nchan_longpoll_multipart_response raw;
        }
        location = /stream {
            nchan_subscriber eventsource;
            nchan_channel_id $arg_room;
        }
    }
}
`;

// nginx with nchan: in nginx itself, in memory, without people and sessions.
export async function startNchan() {
  const port = await freePort();
  await clean(port);
  mkdirSync(path.join(FOLDER, "tmp"), { recursive: true });
  const conf = path.join(FOLDER, "nginx.conf");
  writeFileSync(conf, nchanConfiguration(port));
  const nginx = await startNginx(port);
  return {
    port,
    folder: FOLDER,
    dialect: ["--nchan"],
    parts: { front: [], nginx: family(nginx.pid), broker: [] },
    stop: () => end(nginx),
  };
}

// The broker, on the folder as it is, once it answers on its port; `startMs`:
// how long that took.
export async function startBrokerAgain() {
  const conf = path.join(FOLDER, "ajaxchat.conf");
  const [, port] = /^listen *=.*:(\d+)/m.exec(readFileSync(conf, "utf8"));
  const begun = performance.now();
  const broker = spawnPinned("broker", path.join(BUILD, "ajaxchatd"), [
    "--config", conf,
  ]);
  await waitListening(port);
  return {
    folder: FOLDER,
    parts: { broker: [broker.pid] },
    startMs: performance.now() - begun,
    stop: () => end(broker),
  };
}

// The broker alone, with nothing in its database; `port`: what nginx will
// have.
export async function startBroker() {
  const port = await configure();
  return { ...(await startBrokerAgain()), port };
}
