// Bytes from people who mean no good, at the broker's port and at the FastCGI
// socket: closed on, and nobody else notices.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import net from "node:net";

import { exchangeBytes } from "./client.mjs";
import { scenario, timed } from "./harness.mjs";

// SP over TCP: the greeting with a protocol's number, then messages with
// their length before them. 0x30 is REQ, 0x31 REP, 0x10 PAIR.
const greeting = (protocol) =>
  Buffer.from([0, 0x53, 0x50, 0, 0, protocol, 0, 0]);
const message = (bytes, length = bytes.length) => {
  const head = Buffer.alloc(8);
  head.writeBigUInt64BE(BigInt(length));
  return Buffer.concat([head, bytes]);
};
const request = Buffer.from([0x80, 0, 0, 1]); // the id of a REQ request

/** All that is said goes on as if nothing were. */
async function assertUnharmed(chat, client, parts, pids) {
  const { cursor } = await client.snapshot();
  const said = await client.say("lobby", "still here");
  const { messages } = await client.readMessages(cursor, 1);
  assert.equal(messages[0].seq, said.seq);
  assert.deepEqual(parts.map((part) => chat.pid(part)), pids);
}

scenario("the broker's port takes nothing from strangers", {},
  async (chat) => {
    const parts = ["broker", "fcgi", "nginx"];
    const pids = parts.map((part) => chat.pid(part));
    const alice = await chat.visitor("alice");
    const req = greeting(0x30);
    const hello = (size) => message(Buffer.concat([request,
      Buffer.from([1, 1]), randomBytes(size)]));
    const attempts = {
      "garbage": randomBytes(4096),
      "HTTP": Buffer.from("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
      "zeros": Buffer.alloc(4096),
      "a wrong protocol": Buffer.concat([greeting(0x10), message(request)]),
      "another broker": Buffer.concat([greeting(0x31), message(request)]),
      "an empty message": Buffer.concat([req, message(Buffer.alloc(0))]),
      "no request id": Buffer.concat([req, message(Buffer.from([0, 0, 0]))]),
      "an oversize message": Buffer.concat([req,
        message(request, 2 ** 40)]),
      "a length of nearly all": Buffer.concat([req,
        Buffer.alloc(8, 0xff), request]),
      "half a hello": Buffer.concat([req, hello(7)]),
      "data before a proof": Buffer.concat([req, message(Buffer.concat([
        request, Buffer.from([5]), Buffer.from("{\"commands\":[]}")]))]),
      "a hello and a made-up proof": Buffer.concat([req, hello(32),
        message(Buffer.concat([request, Buffer.from([3]),
          randomBytes(32)]))]),
    };
    for (const [what, bytes] of Object.entries(attempts)) {
      const { elapsed_ms } = await timed(
        exchangeBytes(chat.brokerPort, bytes));
      assert.ok(elapsed_ms < 15_000, `${what}: closed after ${elapsed_ms} ms`);
    }
    await assertUnharmed(chat, alice, parts, pids);
  });

scenario("silent strangers at the broker's port lock nobody out", {},
  async (chat) => {
    const parts = ["broker", "nginx"];
    const pids = parts.map((part) => chat.pid(part));
    const alice = await chat.visitor("alice");
    const strangers = Array.from({ length: 300 }, (_, i) => {
      const socket = net.connect({ port: chat.brokerPort, host: "127.0.0.1" });
      socket.on("error", () => {});
      // Some say nothing at all, some greet and wait, some begin a message.
      if (i % 3 > 0) socket.write(greeting(0x30));
      if (i % 3 > 1) socket.write(message(request, 100));
      return socket;
    });
    await assertUnharmed(chat, alice, parts, pids);
    // A front end that comes now gets in as well.
    await chat.kill("fcgi");
    await chat.start();
    await assertUnharmed(chat, alice, parts, pids);
    for (const socket of strangers) socket.destroy();
  });

// FastCGI 1.0: version, type, id, content length, padding, reserved.
const record = (type, content = "", { id = 1, version = 1, padding = 0,
  length } = {}) => {
  const bytes = Buffer.from(content);
  const head = Buffer.from([version, type, id >> 8, id & 255, 0, 0, padding,
    0]);
  head.writeUInt16BE(length ?? bytes.length, 4);
  return Buffer.concat([head, bytes, Buffer.alloc(padding)]);
};
const BEGIN = 1, ABORT = 2, PARAMS = 4, STDIN = 5, GET_VALUES = 9;
const begin = (role = 1, flags = 0, options = {}) =>
  record(BEGIN, Buffer.from([role >> 8, role & 255, flags, 0, 0, 0, 0, 0]),
    options);
const params = (values) => Buffer.concat(Object.entries(values).map(
  ([name, value]) => Buffer.concat([
    Buffer.from([name.length, value.length]), Buffer.from(name + value)])));
const livez = params({ REQUEST_METHOD: "GET", REQUEST_URI: "/chat/v1/livez" });
const whole = Buffer.concat([begin(), record(PARAMS, livez), record(PARAMS),
  record(STDIN)]);

scenario("the FastCGI socket closes on what is no request", {},
  async (chat) => {
    const parts = ["broker", "fcgi", "nginx"];
    const pids = parts.map((part) => chat.pid(part));
    const alice = await chat.visitor("alice");
    const socket = chat.path("fcgi.sock");
    const answer = await exchangeBytes(socket, whole);
    assert.match(answer.toString("latin1"), /"status":"live"/);

    const huge = Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
    const attempts = {
      "garbage": randomBytes(4096),
      "HTTP": "GET / HTTP/1.1\r\n\r\n",
      "half a header": whole.subarray(0, 5),
      "half a record": Buffer.concat([begin(),
        record(PARAMS, "abc", { length: 65535 })]),
      "all but the end": whole.subarray(0, whole.length - 1),
      "another version": record(BEGIN, "12345678", { version: 9 }),
      "no beginning": Buffer.concat([record(PARAMS, livez), record(PARAMS),
        record(STDIN)]),
      "another role": Buffer.concat([begin(3), record(PARAMS, livez),
        record(PARAMS), record(STDIN)]),
      "huge lengths of a parameter": Buffer.concat([begin(),
        record(PARAMS, huge), record(PARAMS), record(STDIN)]),
      "parameters without end": Buffer.concat([begin(),
        ...Array.from({ length: 20 }, () =>
          record(PARAMS, Buffer.alloc(60000, 1)))]),
      "a body without end": Buffer.concat([begin(), record(PARAMS, livez),
        record(PARAMS), ...Array.from({ length: 20 }, () =>
          record(STDIN, Buffer.alloc(60000, 32)))]),
      "an aborted request": Buffer.concat([begin(), record(PARAMS, livez),
        record(ABORT)]),
      "a management record": record(GET_VALUES, params({ FCGI_MAX_REQS: "" }),
        { id: 0 }),
      "two requests in one": Buffer.concat([begin(), begin(1, 0, { id: 2 }),
        record(PARAMS, livez), record(PARAMS, livez, { id: 2 })]),
      "an unknown type": Buffer.concat([begin(), record(77, "x"),
        record(PARAMS, livez)]),
    };
    await Promise.all(Object.entries(attempts).map(async ([what, bytes]) => {
      const { elapsed_ms } = await timed(exchangeBytes(socket, bytes));
      assert.ok(elapsed_ms < 15_000, `${what}: closed after ${elapsed_ms} ms`);
    }));
    await assertUnharmed(chat, alice, parts, pids);
  });

scenario("half a request at the FastCGI socket delays nobody", {},
  async (chat) => {
    const alice = await chat.visitor("alice");
    const sockets = Array.from({ length: 100 }, (_, i) => {
      const socket = net.connect({ path: chat.path("fcgi.sock") });
      socket.on("error", () => {});
      socket.write(whole.subarray(0, 1 + i % (whole.length - 1)));
      return socket;
    });
    for (let i = 0; i < 20; i++) {
      const { elapsed_ms } = await timed(alice.say("lobby", `line ${i}`));
      assert.ok(elapsed_ms < 2000, `${elapsed_ms} ms`);
    }
    for (const socket of sockets) socket.destroy();
  });
