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

// `site`: { settings, rateLimits, fronts, workers }: more lines of the chat's
// configuration; whether rate limits stay on; how many front ends and nginx
// workers there are, if not as many as make run starts.
function environment(port, { settings = "", rateLimits, fronts, workers }) {
  const conf = path.join(BUILD, "bench", "settings.conf");
  const limits = rateLimits ? "" : "[limits]\nrate_limits = off\n";
  writeFileSync(conf, `${limits}${settings}`);
  return {
    ...process.env, BUILD, RUN_DIR: FOLDER, CONF: conf, PORT: port,
    FCGI_PROCESSES: fronts ?? "", NGINX_WORKERS: workers ?? "",
  };
}

async function control(command, port, site = {}) {
  const pinned = ["-c", SERVER_CPU, "nginx/run.sh", command];
  await run("taskset", pinned, { env: environment(port, site) });
}

const pidOf = (part) =>
  Number(readFileSync(path.join(FOLDER, `${part}.pid`), "utf8"));

const frontPids = (fronts = 1) =>
  fronts === 1 ? [pidOf("fcgi")]
    : Array.from({ length: fronts }, (_, i) => pidOf(`fcgi-${i + 1}`));

// Without what an earlier run may have left.
async function clean(port) {
  await control("stop", port);
  rmSync(FOLDER, { recursive: true, force: true });
}

// The chat as the folder has it.
export async function resumeChat(port, site = {}) {
  await control("start", port, site);
  return {
    port,
    folder: FOLDER,
    dialect: [],
    parts: {
      front: frontPids(site.fronts),
      nginx: family(pidOf("nginx")),
      broker: [pidOf("broker")],
    },
    stop: () => control("stop", port, site),
  };
}

// The chat, all of it.
export async function startChat(site = {}) {
  const port = await freePort();
  await clean(port);
  return resumeChat(port, site);
}

// The same, and no answer waits for more to go with it.
export const startChatAtOnce = () =>
  startChat({ settings: "[front]\nhold_ms_max = 0\n" });

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

// nginx as FOLDER has its configuration, and behind it what only parks polls
// and answers them, with so many messages in an answer.
async function startFloorOf(port, messages) {
  const socket = path.join(FOLDER, "fcgi.sock");
  const floor = spawnPinned("floor", program("floor"), [socket, messages]);
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

// With the chat's nginx configuration.
export const startFloor = async () => startFloorOf(await configure(), 1);
export const startFillingFloor = async () =>
  startFloorOf(await configure(), 64);

// Configures an nginx that is not the chat's. `main` and `http`: lines.
function configureNginx(port, { main = "", http = "", locations }) {
  const paths = ["client_body", "fastcgi", "proxy", "scgi", "uwsgi"]
    .map((name) => `${name}_temp_path ${FOLDER}/tmp/${name};`);
  mkdirSync(path.join(FOLDER, "tmp"), { recursive: true });
  writeFileSync(path.join(FOLDER, "nginx.conf"), `
${main}
worker_rlimit_nofile 20000;
pid ${FOLDER}/nginx.pid;
error_log ${FOLDER}/error.log warn;
events { worker_connections 19000; }
http {
access_log off;
keepalive_requests 100000;
${paths.join("\n")}
${http}
server {
listen 127.0.0.1:${port} backlog=4096;
${locations}
}
}
`);
}

// The configuration that one finds everywhere, with the upstream kept alive
// as nginx's manual says.
const usual = () => ({
  main: `${process.getuid() === 0 ? "user root;" : ""} worker_processes auto;`,
  http: `
    upstream floor {
        server unix:${FOLDER}/fcgi.sock;
        keepalive 4096;
        keepalive_requests 1000000;
    }`,
  locations: `
    location /chat/v1/ {
        include /etc/nginx/fastcgi_params;
        fastcgi_keep_conn on;
        fastcgi_read_timeout 65s;
        fastcgi_pass floor;
    }`,
});

export async function startUsualFloor() {
  const port = await freePort();
  await clean(port);
  configureNginx(port, usual());
  return startFloorOf(port, 1);
}

const NCHAN_MODULE = "/usr/lib/nginx/modules/ngx_nchan_module.so";
export const hasNchan = () => existsSync(NCHAN_MODULE);

// One worker: with more, a message goes from one to the other.
const nchan = {
  main: `load_module ${NCHAN_MODULE}; worker_processes 1;`,
  http: "nchan_max_reserved_memory 256m;",
  locations: `
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
    }`,
};

// nginx with nchan: in nginx itself, in memory, without people and sessions.
export async function startNchan() {
  const port = await freePort();
  await clean(port);
  configureNginx(port, nchan);
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
