/* The HTTP interface (fcgi/API.md) as functions, and what trying again takes. */

const TIMEOUT_MS = 10_000;
const SOON_MS = 3500; // for what can be asked again at once
export const POLL_WAIT_SECONDS = 25;
const POLL_MARGIN_MS = 15_000;
/* A stream's server speaks at once, and then every 20 s. */
const FIRST_MS = 5000;
const SILENCE_MS = 45_000;
const RETRY_FIRST_MS = 1000;
const RETRY_AFTER_LONGEST_MS = 60_000;

function failure(kind, fields = {}) {
  return Object.assign(new Error(fields.code ?? kind), { kind }, fields);
}

/** Whether the same request may succeed later. */
export function isTransient(error) {
  return error.kind === "network" || error.kind === "timeout" ||
    error.status === 429 || error.status >= 500;
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

async function read(response) {
  const body = parse(await response.text());
  const seconds = Number(response.headers.get("Retry-After"));
  if (!response.ok) {
    throw failure("problem", {
      status: response.status,
      code: body?.code ?? "unknown",
      retryAfterMs: seconds > 0 ? seconds * 1000 : null,
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

/*
 * Arguments go into the ":" parts, then into the fields of the body or, behind
 * a "?", of the query; "*" is an object with more of them.
 */
const CALLS = {
  logout: "DELETE session",
  changeNick: "PATCH session nick",
  sessions: "GET sessions",
  endSession: "DELETE sessions/:id",
  endAllSessions: "DELETE sessions",
  register: "POST account passphrase",
  changePassphrase: "PATCH account old passphrase",
  giveUpAccount: "DELETE account passphrase",
  person: "GET people/:nick",
  setRole: "PATCH people/:nick role",
  blocks: "GET blocks",
  block: "POST blocks nick",
  unblock: "DELETE blocks/:nick",
  direct: "POST direct nick",
  createBot: "POST bots nick role",
  endBot: "DELETE bots/:nick",
  rooms: "GET rooms",
  createRoom: "POST rooms room *",
  changeRoom: "PATCH rooms/:room *",
  deleteRoom: "DELETE rooms/:room",
  joinRoom: "POST rooms/:room/join passphrase",
  leaveRoom: "POST rooms/:room/leave",
  setTopic: "PATCH rooms/:room topic",
  invite: "POST rooms/:room/invites nick",
  uninvite: "DELETE rooms/:room/invites/:nick",
  members: "GET rooms/:room/members ? *",
  rank: "PATCH rooms/:room/members/:nick rank",
  hooks: "GET rooms/:room/hooks",
  createHook: "POST rooms/:room/hooks name url",
  endHook: "DELETE rooms/:room/hooks/:id",
  post: "POST rooms/:room/messages *",
  message: "GET rooms/:room/messages/:seq",
  edit: "PATCH rooms/:room/messages/:seq text",
  edits: "GET rooms/:room/messages/:seq/edits",
  remove: "DELETE rooms/:room/messages/:seq ? reason",
  react: "POST rooms/:room/messages/:seq/reactions emoji on",
  report: "POST rooms/:room/messages/:seq/report reason",
  history: "GET rooms/:room/messages ? *",
  search: "GET search ? q *",
  typing: "POST rooms/:room/typing",
  read: "POST rooms/:room/read seq",
  kick: "DELETE rooms/:room/members/:nick ? reason",
  mute: "POST rooms/:room/mutes nick seconds reason",
  unmute: "DELETE rooms/:room/mutes/:nick",
  ban: "POST rooms/:room/bans nick seconds reason address",
  bans: "GET rooms/:room/bans ? after",
  unban: "DELETE rooms/:room/bans/:id",
  undo: "POST rooms/:room/undo nick seconds *",
  pending: "GET rooms/:room/pending",
  decide: "POST rooms/:room/pending/:seq approve",
  endReport: "DELETE rooms/:room/pending/:seq",
  audit: "GET rooms/:room/audit ? *",
  serverBan: "POST bans nick seconds reason address",
  serverBans: "GET bans ? after",
  serverUnban: "DELETE bans/:id",
  serverAudit: "GET audit ? *",
};

function fill(call, args) {
  const [method, template, ...fields] = call.split(" ");
  const rest = [...args];
  const path = template.replace(/:\w+/g,
    () => encodeURIComponent(rest.shift()));
  const isQuery = fields[0] === "?";
  const values = Object.assign({}, ...fields.slice(isQuery ? 1 : 0)
    .map((name) => name === "*" ? rest.shift() : { [name]: rest.shift() }));
  return isQuery ? [method, path + query(values)]
    : [method, path, fields.length ? values : undefined];
}

/* (crypto.randomUUID needs HTTPS.) */
export function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
}

export function createBackoff(longestMs = 10_000) {
  let tries = 0;
  return {
    next(retryAfterMs) {
      const longest = Math.min(RETRY_FIRST_MS * 2 ** tries, longestMs);
      tries = Math.min(tries + 1, 10);
      const jittered = longest * (1 + Math.random()) / 2;
      const asked = Math.min(retryAfterMs ?? 0, RETRY_AFTER_LONGEST_MS);
      return asked > jittered
        ? asked + Math.random() * RETRY_FIRST_MS / 2 : jittered;
    },
    reset() {
      tries = 0;
    },
  };
}

/** Waits that cut() ends, all of them. */
export function createPause() {
  const waiting = new Set();
  return {
    wait(ms) {
      return new Promise((resolve) => {
        const end = () => {
          clearTimeout(timer);
          waiting.delete(end);
          resolve();
        };
        const timer = setTimeout(end, ms);
        waiting.add(end);
      });
    },
    cut() {
      [...waiting].forEach((end) => end());
    },
  };
}

/** Gives `take` the messages until it says false; how that ends: PAGE.md. */
export function readStream(url, { open, take, signal }) {
  return new Promise((resolve, reject) => {
    let source = null;
    let timer = null;
    let hasSpoken = false;

    const end = (settle, value) => {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
      source?.close();
      settle(value);
    };
    const stop = () => end(resolve, "stopped");
    const giveUp = () => end(resolve, hasSpoken ? "ended" : "silent");

    const receive = ({ data }) => {
      hasSpoken = true;
      clearTimeout(timer);
      timer = setTimeout(giveUp, SILENCE_MS);
      try {
        if (!take(JSON.parse(data))) {
          stop();
        }
      } catch (error) {
        end(reject, error);
      }
    };

    if (signal.aborted) {
      stop();
      return;
    }
    signal.addEventListener("abort", stop);
    timer = setTimeout(giveUp, FIRST_MS);
    source = open(url);
    source.onmessage = receive;
    source.onerror = () => end(resolve, hasSpoken ? "ended" : "failed");
  });
}

export function createApi({
  fetch = globalThis.fetch.bind(globalThis),
  base = "v1/",
  aside = (run) => run(),
  tokens = null,
  openStream,
} = {}) {
  let token = tokens?.get("token") ?? null;

  const headers = (body) => ({
    ...body && { "Content-Type": "application/json" },
    ...token && { Authorization: `Bearer ${token}` },
  });

  async function request(method, path, body, {
    signal, timeoutMs = TIMEOUT_MS,
  } = {}) {
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort("timeout"), timeoutMs);
    signal?.addEventListener("abort", () => abort.abort("aborted"));
    try {
      return await read(await fetch(base + path, {
        method,
        body: body && JSON.stringify(body),
        headers: headers(body),
        signal: abort.signal,
        cache: "no-store",
      }));
    } catch (error) {
      throw error.kind ? error : failure(abort.signal.reason ?? "network");
    } finally {
      clearTimeout(timer);
    }
  }

  const call = (...what) => aside(() => request(...what));

  return {
    ...Object.fromEntries(Object.entries(CALLS).map(([name, template]) =>
      [name, (...args) => call(...fill(template, args))])),
    /** Rejects with 401 if there is none. */
    async session() {
      const session = await call("GET", "session?optional=1");
      return session ?? Promise.reject(
        failure("problem", { status: 401, code: "session_required" }));
    },
    async join(nick, { rooms, passphrase } = {}) {
      const session = await call("POST", "session",
        { nick, rooms, passphrase, bearer: tokens ? true : undefined });
      if (tokens) {
        ({ token } = session);
        tokens.set("token", token);
      }
      return session;
    },
    post: (...args) => aside(() =>
      request(...fill(CALLS.post, args), { timeoutMs: SOON_MS })),
    poll: (since, tab, wait, signal) =>
      request("GET", `events${query({ since, wait, tab })}`, undefined, {
        signal, timeoutMs: wait ? wait * 1000 + POLL_MARGIN_MS : SOON_MS,
      }),
    stream: (since, tab, signal, take) =>
      readStream(`${base}stream${query({ since, tab })}`,
        { open: openStream, signal, take }),
    /** The page goes, and cannot wait; nor come back with a lost token. */
    bye() {
      const isKept = tokens?.get("token") === token;
      return token
        ? fetch(base + (isKept ? "bye" : "session"), { headers: headers(),
          method: isKept ? "POST" : "DELETE", keepalive: true }).catch(() => {})
        : navigator.sendBeacon(`${base}bye`);
    },
  };
}
