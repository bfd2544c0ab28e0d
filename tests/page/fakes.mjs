/*
 * What the page's modules meet in these tests instead of a browser: time that
 * stands still until a test moves it, a server that answers when told to, and
 * storage in memory.
 */

import { webcrypto } from "node:crypto";

globalThis.crypto ??= webcrypto; // not global in node 18

/** Lets everything that is ready run; no time passes. */
export async function settle() {
  for (let i = 0; i < 20; i++) {
    await new Promise(setImmediate);
  }
}

/**
 * Stops the clock for one test: setTimeout and Date.now() (node's own mock of
 * them differs between versions). Delays are not random: the shortest.
 * @returns moves it by so many ms
 */
export function stopClock(t) {
  const real = { setTimeout, clearTimeout, now: Date.now };
  const { random } = Math;
  const timers = new Map();
  let now = 0;
  let last = 0;

  globalThis.setTimeout = (callback, ms = 0, ...args) => {
    timers.set(++last, { at: now + ms, run: () => callback(...args) });
    return last;
  };
  globalThis.clearTimeout = (id) => timers.delete(id);
  Date.now = () => now;
  Math.random = () => 0;
  t.after(() => {
    globalThis.setTimeout = real.setTimeout;
    globalThis.clearTimeout = real.clearTimeout;
    Date.now = real.now;
    Math.random = random;
  });

  const runNext = (until) => {
    const [first] = [...timers].sort((a, b) => a[1].at - b[1].at);
    if (first === undefined || first[1].at > until) return false;
    timers.delete(first[0]);
    now = first[1].at;
    first[1].run();
    return true;
  };
  return async (ms) => {
    const until = now + ms;
    await settle();
    while (runNext(until));
    now = until;
    await settle();
  };
}

/**
 * A fetch whose requests wait in `requests` until the test answers them:
 * reply(status, body, headers) or fail(); `path` is without the base.
 */
export function fakeFetch() {
  const requests = [];
  const fetch = (url, options) => new Promise((resolve, reject) => {
    const fail = () => reject(new TypeError("fetch failed"));
    const request = {
      method: options.method,
      path: url.replace(/^v1\//, ""),
      body: options.body && JSON.parse(options.body),
      headers: options.headers,
      aborted: false,
      fail,
      reply: (status, body = null, headers = {}) => resolve(new Response(
        body === null ? null : JSON.stringify(body), { status, headers })),
    };
    options.signal?.addEventListener("abort", () => {
      request.aborted = true;
      fail();
    });
    requests.push(request);
  });
  return { fetch, requests };
}

/**
 * EventSources that the test opens: `open(url)` for the page, and in `opened`
 * each with say(reply), fail(), and whether the page has `closed` it.
 */
export function fakeEventSources() {
  const opened = [];
  const open = (url) => {
    const source = {
      path: url.replace(/^v1\//, ""),
      closed: false,
      close: () => {
        source.closed = true;
      },
      say: (reply) => !source.closed &&
        source.onmessage({ data: JSON.stringify(reply) }),
      fail: () => !source.closed && source.onerror({}),
    };
    opened.push(source);
    return source;
  };
  return { open, opened };
}

/* A LockManager with one lock. */
function fakeLocks() {
  const queue = [];
  let holder = null;

  function hold(entry) {
    holder = entry;
    Promise.resolve().then(entry.callback).then((value) => {
      if (holder === entry) {
        holder = null;
        entry.resolve(value);
        grantNext();
      }
    });
  }

  function grantNext() {
    if (holder === null && queue.length) {
      hold(queue.shift());
    }
  }

  return {
    request: (name, { steal, signal }, callback) =>
      new Promise((resolve, reject) => {
        const entry = { callback, resolve };
        entry.fail = () => reject(new Error("AbortError"));
        signal?.addEventListener("abort", () => {
          const place = queue.indexOf(entry);
          if (place >= 0) {
            queue.splice(place, 1);
            entry.fail();
          }
        });
        if (steal) {
          holder?.fail();
          hold(entry);
        } else {
          queue.push(entry);
          grantNext();
        }
      }),
  };
}

/**
 * A browser whose tabs share locks and a channel: `tab()` is what
 * createClient() takes as `sharing`. What is said to a tab that is `frozen`
 * is lost; `isShown`: is it in view?
 */
export function fakeBrowser(locks = fakeLocks()) {
  const tabs = [];
  const tab = () => {
    const self = { name: "ajaxchat", locks, frozen: false, isShown: true };
    self.isHidden = () => !self.isShown;
    self.channel = {
      onmessage: null,
      postMessage: (data) => tabs
        .filter((other) => other !== self && !other.frozen)
        .forEach(({ channel }) => setImmediate(() =>
          channel.onmessage?.({ data: structuredClone(data) }))),
    };
    tabs.push(self);
    return self;
  };
  return { tab, tabs };
}

/** Storage as js/storage.js gives it. */
export function fakeStorage(values = {}) {
  return {
    values,
    get: (key) => values[key] ?? null,
    set: (key, value) => {
      values[key] = structuredClone(value);
    },
  };
}

/** A refusal as js/api.js throws it. */
export function refusal(status, code, retryAfterMs = null) {
  return Object.assign(new Error(code),
    { kind: "problem", status, code, retryAfterMs });
}

/** An event of a room; `fields` win. */
export function event(seq, fields = {}) {
  return { seq, n: seq, room: "lobby", at: 1_000_000 + seq, type: "message",
    from: "bob", text: `text ${seq}`, id: `id-${seq}`, ...fields };
}

/** A session's snapshot with these rooms. */
export function snapshot(rooms = ["lobby"], fields = {}) {
  return {
    nick: "alice", role: "guest", cursor: "e.10", limits: { text_bytes: 4000 },
    rooms: rooms.map((room) => ({ room, topic: "", n: 10, member_count: 2,
      members: ["alice", "bob"].map((nick) => ({ nick, role: "guest" })),
    })),
    ...fields,
  };
}
