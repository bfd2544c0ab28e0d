// A browser as the tests see it: HTTP with a cookie jar, one connection pool,
// and no patience for replies that break the contract of every reply.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import http from "node:http";
import net from "node:net";

/** A fresh message id. */
export const newId = () => randomBytes(12).toString("base64url");

/** What every reply of the interface has, whoever made it. */
function assertContract(what, reply) {
  const { status, headers, raw } = reply;
  assert.equal(headers["cache-control"], "no-store", `${what}: ${reply.text}`);
  assert.equal(headers["x-content-type-options"], "nosniff", what);
  if (status === 204) {
    assert.equal(raw.length, 0, what);
    assert.equal(headers["content-length"], undefined, what);
    return;
  }
  assert.equal(Number(headers["content-length"]), raw.length, what);
  const type = status < 400 ? "application/json" : "application/problem+json";
  assert.equal(headers["content-type"], type, what);
  if (status >= 400) {
    assert.equal(reply.json.status, status, what);
    assert.match(reply.json.code, /^[a-z_]+$/, what);
    assert.equal(typeof reply.json.title, "string", what);
  }
  if (status === 429 || status === 503) {
    assert.match(headers["retry-after"], /^[1-9][0-9]*$/, what);
  }
}

/** One person's browser, or with `bearer: true` at login one script. */
export class Client {
  #agent;
  #cookie = null;
  #token = null;

  /** `options.localAddress`: where its connections come from. */
  constructor(port, options = {}) {
    this.port = port;
    this.nick = null;
    this.#agent = new http.Agent({ keepAlive: true, ...options });
  }

  get cookie() { return this.#cookie; }
  set cookie(value) { this.#cookie = value; }
  get token() { return this.#token; }
  set token(value) { this.#token = value; }

  /** Closes its connections, which cancels what is under way. */
  close() { this.#agent.destroy(); }

  /**
   * One request below /chat/v1; resolves with {status, headers, text, json,
   * raw}, rejects when the connection fails. An object as `body` goes as JSON.
   */
  request(method, path, { body, headers = {}, signal } = {}) {
    const all = { ...headers };
    let bytes = body;
    if (body !== undefined && typeof body !== "string" &&
        !Buffer.isBuffer(body)) {
      bytes = JSON.stringify(body);
    }
    if (bytes !== undefined) {
      all["Content-Type"] ??= "application/json";
      all["Content-Length"] ??= Buffer.byteLength(bytes);
    }
    if (this.#cookie !== null) all.Cookie ??= `ajaxchat=${this.#cookie}`;
    if (this.#token !== null) all.Authorization ??= `Bearer ${this.#token}`;
    return new Promise((resolve, reject) => {
      const request = http.request({
        host: "127.0.0.1", port: this.port, agent: this.#agent, signal,
        method, path: `/chat/v1/${path}`, headers: all,
      });
      request.on("error", reject);
      request.on("response", (response) => {
        const chunks = [];
        response.on("data", (chunk) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          try {
            resolve(this.#reply(`${method} ${path}`, response, chunks));
          } catch (error) {
            reject(error);
          }
        });
      });
      request.end(bytes);
    });
  }

  #reply(what, response, chunks) {
    const raw = Buffer.concat(chunks);
    const text = raw.toString();
    const { statusCode: status, headers } = response;
    const reply = { status, headers, raw, text, json: null };
    if (/json/.test(headers["content-type"])) reply.json = JSON.parse(text);
    assertContract(`${what} -> ${status}`, reply);
    const cookie = headers["set-cookie"]?.[0].match(/^ajaxchat=([^;]*)/);
    if (cookie) this.#cookie = cookie[1] === "" ? null : cookie[1];
    return reply;
  }

  get(path, options) { return this.request("GET", path, options); }

  post(path, body, options) {
    return this.request("POST", path, { body, ...options });
  }

  delete(path, options) { return this.request("DELETE", path, options); }

  /** Logs in; resolves with the snapshot. */
  async login(nick, more = {}) {
    const reply = await this.post("session", { nick, ...more });
    assert.equal(reply.status, 200, reply.text);
    if (more.bearer) this.#token = reply.json.token;
    this.nick = nick;
    return reply.json;
  }

  async snapshot() {
    const reply = await this.get("session");
    assert.equal(reply.status, 200, reply.text);
    return reply.json;
  }

  /** The reply of one poll, whatever its status. */
  poll(since, { wait = 25, tab, signal } = {}) {
    const query = new URLSearchParams({ since, wait });
    if (tab !== undefined) query.set("tab", tab);
    return this.get(`events?${query}`, { signal });
  }

  /** Posts; resolves with the acknowledgement of a 201. */
  async say(room, text, id = newId()) {
    const reply = await this.post(`rooms/${encodeURIComponent(room)}/messages`,
      { id, text });
    assert.equal(reply.status, 201, reply.text);
    return reply.json;
  }

  /** A page of a room's history: {messages, more}. */
  async history(room, query = {}) {
    const search = new URLSearchParams(query);
    const reply = await this.get(
      `rooms/${encodeURIComponent(room)}/messages?${search}`);
    assert.equal(reply.status, 200, reply.text);
    return reply.json;
  }

  /**
   * Polls from `since` until `enough(events)`; resolves with all events and
   * the cursor after them. Checks what holds for every poll on the way.
   */
  async readUntil(since, enough, options = {}) {
    const events = [];
    let cursor = since;
    while (!enough(events)) {
      const reply = await this.poll(cursor, options);
      assert.equal(reply.status, 200, reply.text);
      assert.equal(reply.json.since, cursor);
      assertInOrder([...events, ...reply.json.events]);
      events.push(...reply.json.events);
      cursor = reply.json.next;
    }
    return { events, cursor };
  }

  /** Messages of others and of oneself after `since`, `count` of them. */
  async readMessages(since, count, options) {
    const isMessage = (event) => event.type === "message";
    const { events, cursor } = await this.readUntil(since,
      (all) => all.filter(isMessage).length >= count, options);
    return { messages: events.filter(isMessage), cursor };
  }
}

/** Events are in log order, each once; in each room numbered without a gap. */
export function assertInOrder(events) {
  const lastOf = new Map();
  let seq = 0;
  for (const event of events) {
    assert.ok(event.seq > seq, `seq ${event.seq} after ${seq}`);
    seq = event.seq;
    const last = lastOf.get(event.room);
    if (last !== undefined) {
      assert.equal(event.n, last + 1, `room ${event.room}`);
    }
    lastOf.set(event.room, event.n);
  }
}

/** Asserts that `reply` is the refusal `status` `code`. */
export function assertProblem(reply, status, code) {
  assert.deepEqual([reply.status, reply.json?.code], [status, code],
    reply.text);
}

/**
 * Sends bytes to a TCP port or (a string) a Unix socket and resolves with
 * all that came back until the other side closed, or `enough(bytes)`.
 */
export function exchangeBytes(address, bytes, enough = () => false) {
  return new Promise((resolve, reject) => {
    const socket = typeof address === "string"
      ? net.connect({ path: address })
      : net.connect({ port: address, host: "127.0.0.1" });
    let received = Buffer.alloc(0);
    socket.on("error", (error) => {
      // A reset is one way to say no.
      if (/ECONNRESET|EPIPE/.test(error.code)) resolve(received);
      else reject(error);
    });
    socket.on("data", (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (enough(received)) socket.destroy();
    });
    socket.on("close", () => resolve(received));
    socket.write(bytes);
  });
}

/** Polls until a signal comes that `wanted` is true for. */
export async function readSignal(client, since, wanted) {
  let cursor = since;
  for (;;) {
    const { status, text, json } = await client.poll(cursor);
    assert.equal(status, 200, text);
    const signal = json.signals.find(wanted);
    if (signal) return signal;
    cursor = json.next;
  }
}
