// A reader of Server-Sent Events as the standard has it (WHATWG HTML, 9.2.6),
// as far as the interface uses it, and one who never gives up.
import assert from "node:assert/strict";
import http from "node:http";

import { assertInOrder } from "./client.mjs";
import { waitFor } from "./harness.mjs";

/** One stream: what has come so far, and whether it has ended. */
export class EventStream {
  #rest = "";
  #request;
  #response;
  #event = { id: null, data: [] };

  /** Each message's JSON, with its `id` checked against `next`. */
  messages = [];
  comments = [];
  ended = false;

  constructor(request, response) {
    this.#request = request;
    this.#response = response;
    this.headers = response.headers;
    response.setEncoding("utf8");
    response.on("data", (chunk) => this.#take(chunk));
    response.on("close", () => { this.ended = true; });
    response.on("error", () => {}); // "close" follows
  }

  /** Resolves when the head is there; rejects with a refusal's status. */
  static open(client, { since, tab, lastId } = {}) {
    const query = new URLSearchParams();
    if (since !== undefined) query.set("since", since);
    if (tab !== undefined) query.set("tab", tab);
    const headers = { Cookie: `ajaxchat=${client.cookie}` };
    if (lastId !== undefined) headers["Last-Event-ID"] = lastId;
    return new Promise((resolve, reject) => {
      const request = http.request({
        host: "127.0.0.1", port: client.port, agent: false, headers,
        path: `/chat/v1/stream?${query}`,
      }, (response) => {
        if (response.statusCode === 200) {
          resolve(new EventStream(request, response));
        } else {
          response.resume();
          reject(Object.assign(new Error(`stream: ${response.statusCode}`),
            { status: response.statusCode }));
        }
      });
      request.on("error", reject);
      request.end();
    });
  }

  get lastId() { return this.messages.at(-1)?.next; }

  get events() { return this.messages.flatMap(({ events }) => events); }

  get texts() { return textsOf(this.events); }

  /** Reads nothing until resume(); what comes waits in the network. */
  pause() { this.#response.pause(); }

  resume() { this.#response.resume(); }

  close() { this.#request.destroy(); }

  async message(what, condition) {
    await waitFor(what, () => this.messages.some(condition));
  }

  #take(chunk) {
    const lines = (this.#rest + chunk).split("\n");
    this.#rest = lines.pop();
    for (const line of lines) this.#line(line);
  }

  #line(line) {
    if (line === "") this.#dispatch();
    else if (line.startsWith(":")) this.comments.push(line);
    else if (line.startsWith("id: ")) this.#event.id = line.slice(4);
    else if (line.startsWith("data: ")) this.#event.data.push(line.slice(6));
    else assert.fail(`a line of a stream: ${line}`);
  }

  #dispatch() {
    const { id, data } = this.#event;
    this.#event = { id: null, data: [] };
    if (data.length === 0) return;
    const message = JSON.parse(data.join("\n"));
    assert.equal(id, message.next);
    const before = this.messages.at(-1);
    if (before) assert.equal(message.since, before.next);
    this.messages.push(message);
  }
}

export const textsOf = (events) =>
  events.filter(({ type }) => type === "message").map(({ text }) => text);

/**
 * Reads streams, one after the other, as EventSource does, until `enough` of
 * the events; resolves with the events and how many streams it took.
 */
export async function follow(client, since, enough) {
  const events = [];
  let lastId = since;
  let streams = 0;
  while (!enough(events)) {
    let stream;
    try {
      stream = await EventStream.open(client, { since, lastId });
    } catch (error) {
      assert.ok(error.status === undefined || error.status === 503, error);
      await new Promise((resolve) => { setTimeout(resolve, 50); });
      continue;
    }
    streams += 1;
    await waitFor("the stream has ended or told enough", () =>
      stream.ended || enough([...events, ...stream.events]));
    stream.close();
    events.push(...stream.events);
    lastId = stream.lastId ?? lastId;
  }
  assertInOrder(events);
  return { events, lastId, streams };
}

