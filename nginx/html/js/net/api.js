/*
 * The chat's HTTP interface as functions. Every call ends within its timeout,
 * and every failure is an Error with a `kind`:
 *
 *   "problem"  the server refused: `status`, `code`, `retryAfterMs` (or null)
 *   "network"  no usable answer: connection refused, lost, or not JSON
 *   "timeout"  no answer in time
 *   "aborted"  the caller's signal cancelled it
 */

import { readStream } from "./stream.js";

const TIMEOUT_MS = 10_000;

/** How long the server may hold a poll, and how much longer we wait for it. */
export const POLL_WAIT_SECONDS = 25;
const POLL_MARGIN_MS = 15_000;

function failure(kind, fields = {}) {
  return Object.assign(new Error(fields.code ?? kind), { kind }, fields);
}

/** Whether the same request may succeed later, unchanged. */
export function isTransient(error) {
  return error.kind === "network" || error.kind === "timeout" ||
    error.status === 429 || error.status >= 500;
}

function retryAfterMs(response) {
  const seconds = Number(response.headers.get("Retry-After"));
  return seconds > 0 ? seconds * 1000 : null;
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

async function read(response) {
  const text = await response.text();
  const body = parse(text);
  if (!response.ok) {
    throw failure("problem", {
      status: response.status,
      code: body?.code ?? "unknown",
      retryAfterMs: retryAfterMs(response),
    });
  }
  if (response.status !== 204 && (body === null || typeof body !== "object")) {
    throw failure("network");
  }
  return body;
}

function query(parameters) {
  const given = Object.entries(parameters).filter(([, v]) => v !== undefined);
  return given.length ? `?${new URLSearchParams(given)}` : "";
}

const roomPath = (room) => `rooms/${encodeURIComponent(room)}`;
const messagePath = (room, seq) => `${roomPath(room)}/messages/${seq}`;
const memberPath = (room, list, nick) =>
  `${roomPath(room)}/${list}/${encodeURIComponent(nick)}`;

/* So asked, the server does not refuse, which browsers would report. */
async function lookedFor(session) {
  return await session ?? Promise.reject(
    failure("problem", { status: 401, code: "session_required" }));
}

/**
 * @param {object} options
 * @param {typeof fetch} [options.fetch]
 * @param {string} [options.base] what all paths begin with
 * @param {(run: () => Promise) => Promise} [options.aside] runs every request
 *   but the poll; see connection.js. Default: at once.
 * @param {(url: string) => EventSource} [options.openStream]
 */
export function createApi({
  fetch = globalThis.fetch.bind(globalThis),
  base = "v1/",
  aside = (run) => run(),
  openStream,
} = {}) {
  async function request(method, path, { body, signal, timeoutMs } = {}) {
    const abort = new AbortController();
    const cancel = () => abort.abort();
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      cancel();
    }, timeoutMs ?? TIMEOUT_MS);
    signal?.addEventListener("abort", cancel);
    if (signal?.aborted) {
      cancel();
    }
    try {
      const json = body && JSON.stringify(body);
      return await read(await fetch(base + path, {
        method,
        body: json,
        headers: json ? { "Content-Type": "application/json" } : {},
        signal: abort.signal,
        cache: "no-store",
        credentials: "same-origin",
      }));
    } catch (error) {
      if (error.kind) {
        throw error;
      }
      const aborted = abort.signal.aborted;
      throw failure(late ? "timeout" : aborted ? "aborted" : "network");
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", cancel);
    }
  }

  const call = (method, path, body) =>
    aside(() => request(method, path, { body }));

  return {
    /** Rejects with 401 if there is none. */
    session: () => lookedFor(call("GET", "session?optional=1")),
    join: (nick, { rooms, passphrase } = {}) =>
      call("POST", "session", { nick, rooms, passphrase }),
    logout: () => call("DELETE", "session"),
    /** Makes our nick an account, which only the passphrase opens. */
    register: (passphrase) => call("POST", "account", { passphrase }),
    changePassphrase: (old, passphrase) =>
      call("PATCH", "account", { old, passphrase }),
    endAllSessions: () => call("DELETE", "sessions"),
    changeNick: (nick) => call("PATCH", "session", { nick }),
    rooms: () => call("GET", "rooms"),
    createRoom: (room, topic) =>
      call("POST", "rooms", { room, topic }),
    joinRoom: (room, passphrase) =>
      call("POST", `${roomPath(room)}/join`, { passphrase }),
    leaveRoom: (room) => call("POST", `${roomPath(room)}/leave`, {}),
    /** The room of us and that person; made if there is none. */
    direct: (nick) => call("POST", "direct", { nick }),
    setTopic: (room, topic) => call("PATCH", roomPath(room), { topic }),
    invite: (room, nick) =>
      call("POST", `${roomPath(room)}/invites`, { nick }),
    kick: (room, nick, reason) =>
      call("DELETE", memberPath(room, "members", nick) + query({ reason })),
    /** `seconds` undefined: for ever; also of ban. */
    mute: (room, nick, seconds, reason) =>
      call("POST", `${roomPath(room)}/mutes`, { nick, seconds, reason }),
    unmute: (room, nick) => call("DELETE", memberPath(room, "mutes", nick)),
    ban: (room, nick, seconds, reason) =>
      call("POST", `${roomPath(room)}/bans`, { nick, seconds, reason }),
    bans: (room, after) =>
      call("GET", `${roomPath(room)}/bans${query({ after })}`),
    unban: (room, id) => call("DELETE", `${roomPath(room)}/bans/${id}`),
    typing: (room) => call("POST", `${roomPath(room)}/typing`),
    idle: (idle) => call("POST", "presence", { idle }),
    read: (room, seq) => call("POST", `${roomPath(room)}/read`, { seq }),
    /** `range`: limit, types, and at most one of before, after, around. */
    history: (room, range = {}) =>
      call("GET", `${roomPath(room)}/messages${query(range)}`),
    post: (room, { id, type, text }) =>
      call("POST", `${roomPath(room)}/messages`, { id, type, text }),
    edit: (room, seq, text) =>
      call("PATCH", messagePath(room, seq), { text }),
    remove: (room, seq) => call("DELETE", messagePath(room, seq)),
    report: (room, seq, reason) =>
      call("POST", `${messagePath(room, seq)}/report`, { reason }),
    react: (room, seq, emoji, on) =>
      call("POST", `${messagePath(room, seq)}/reactions`, { emoji, on }),
    /** `range`: room, before, limit. */
    search: (q, range = {}) => call("GET", `search${query({ q, ...range })}`),
    /** Not aside: this is the request the others step aside for. */
    poll: (since, tab, wait, signal) =>
      request("GET", `events${query({ since, wait, tab })}`, {
        signal,
        timeoutMs: wait * 1000 + POLL_MARGIN_MS,
      }),
    /** Resolves with how it ended; see stream.js. */
    stream: (since, tab, signal, take) =>
      readStream(`${base}stream${query({ since, tab })}`,
        { open: openStream, signal, take }),
  };
}
