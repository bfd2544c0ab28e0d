// Everything that can be wrong with a request, and what it gets.
import assert from "node:assert/strict";

import { assertProblem, exchangeBytes, newId } from "./client.mjs";
import { scenario, timed } from "./harness.mjs";

const messages = "rooms/lobby/messages";

scenario("what does not exist is not found, by any method", {},
  async (chat) => {
    const alice = await chat.visitor("alice");
    for (const path of ["", "nothing", "session/", "session/x", "rooms/",
      "rooms/lobby/nothing", "rooms//join", "rooms/lobby/join/",
      "events/", "SESSION", "rooms/a/b/messages", ".", "livez/"]) {
      for (const method of ["GET", "POST", "DELETE"]) {
        assertProblem(await alice.request(method, path), 404, "not_found");
      }
    }
  });

scenario("a method that a route lacks is answered with those it has", {},
  async (chat) => {
    const alice = await chat.visitor("alice");
    const routes = {
      session: ["DELETE", "GET", "PATCH", "POST"],
      events: ["GET"],
      rooms: ["GET", "POST"],
      "rooms/lobby/join": ["POST"],
      "rooms/lobby/leave": ["POST"],
      [messages]: ["GET", "POST"],
      livez: ["GET"],
      readyz: ["GET"],
    };
    for (const [path, methods] of Object.entries(routes)) {
      for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE",
        "OPTIONS", "PROPFIND"]) {
        if (methods.includes(method)) continue;
        const reply = await alice.request(method, path);
        assertProblem(reply, 405, "method_not_allowed");
        const allowed = reply.headers.allow.split(", ").sort();
        assert.deepEqual(allowed, methods, `${method} ${path}`);
      }
    }
  });

scenario("who has no session is told so", {}, async (chat) => {
  const nobody = chat.client();
  const requests = [
    ["GET", "session"], ["DELETE", "session"], ["GET", "events?since=x.1"],
    ["GET", "rooms"], ["POST", "rooms", { room: "dev" }],
    ["POST", "rooms/lobby/join"], ["POST", "rooms/lobby/leave"],
    ["GET", messages], ["POST", messages, { id: "a", text: "b" }],
  ];
  for (const cookie of [null, "", "x", "x".repeat(43), "x".repeat(5000),
    "../../etc/passwd", "%00%ff"]) {
    nobody.cookie = cookie;
    for (const [method, path, body] of requests) {
      assertProblem(await nobody.request(method, path, { body }), 401,
        "session_required");
    }
  }
  nobody.cookie = null;
  for (const authorization of ["Bearer", "Bearer ", "Bearer x",
    `Bearer ${"x".repeat(5000)}`, "Bearer a b", "Basic YTpi"]) {
    assertProblem(await nobody.get("session",
      { headers: { Authorization: authorization } }), 401,
    "session_required");
  }
});

scenario("a body is JSON, whole, and says what it must", {}, async (chat) => {
  const alice = await chat.visitor("alice");
  const bodies = {
    "no JSON": "hello", "nothing": "", "blank": " ", "half": "{\"id\":\"a\"",
    "an array": "[]", "a string": "\"x\"", "a number": "1", "null": "null",
    "a duplicate key": "{\"id\":\"a\",\"id\":\"b\",\"text\":\"x\"}",
    "depth": `${"[".repeat(30000)}${"]".repeat(30000)}`,
    "depth in a field": `{"id":"a","text":"x","more":${"[".repeat(3000)}${
      "]".repeat(3000)}}`,
    "a NUL": "{\"id\":\"a\",\"text\":\"x\0y\"}",
    "an escaped NUL": "{\"id\":\"a\",\"text\":\"x\\u0000y\"}",
    "a NUL in a key": "{\"id\":\"a\",\"text\":\"x\",\"\\u0000\":1}",
    "bad UTF-8": Buffer.from("{\"id\":\"a\",\"text\":\"\xff\xfe\"}", "latin1"),
    "overlong UTF-8": Buffer.from("{\"id\":\"a\",\"text\":\"\xc0\xaf\"}",
      "latin1"),
    "a lone surrogate": "{\"id\":\"a\",\"text\":\"\\ud800\"}",
    "more behind it": "{\"id\":\"a\",\"text\":\"x\"} {}",
    "no id": { text: "x" }, "no text": { id: "a" },
    "a number as text": { id: "a", text: 1 },
    "null as text": { id: "a", text: null },
    "a number as id": { id: 1, text: "x" },
    "an unknown type": { id: "a", text: "x", type: "shout" },
    "a word as reply_to": { id: "a", text: "x", reply_to: "y" },
  };
  for (const [what, body] of Object.entries(bodies)) {
    const reply = await alice.post(messages, body);
    assert.equal(reply.status, 400, `${what}: ${reply.text}`);
    assert.equal(reply.json.code, "bad_request", what);
  }
  for (const body of ["", "x", {}, { nick: 1 }, { nick: null },
    { nick: "bob", bearer: "yes" }, { nick: "bob", rooms: "dev" },
    { nick: "bob", rooms: [1] }]) {
    assertProblem(await chat.client().post("session", body), 400,
      "bad_request");
  }
  for (const body of ["", {}, { room: 1 }, { room: "dev", topic: 1 }]) {
    assertProblem(await alice.post("rooms", body), 400, "bad_request");
  }
  // Fields that nobody knows do no harm.
  const reply = await alice.post(messages, { id: "a", text: "x", more: [1] });
  assert.equal(reply.status, 201, reply.text);
});

scenario("a body is of the right type", {}, async (chat) => {
  const alice = await chat.visitor("alice");
  const post = (type) => alice.post(messages,
    JSON.stringify({ id: newId(), text: "x" }),
    { headers: { "Content-Type": type } });
  for (const type of ["text/plain", "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x", "application/jsonx", "json", ""]) {
    assertProblem(await post(type), 415, "bad_type");
  }
  for (const type of ["application/json", "Application/JSON",
    "application/json; charset=utf-8", "application/json;charset=UTF-8"]) {
    assert.equal((await post(type)).status, 201, type);
  }
});

scenario("nicks, rooms, texts and ids have rules", {}, async (chat) => {
  const alice = await chat.visitor("alice");
  const wrongNames = ["", " ", "a\nb", "a\tb", "\u202Ealice", "a\u0000b",
    "\u200B", "\u3164", "\uFEFFx"];
  const wrongNicks = [...wrongNames, " a", "a ", "x".repeat(65),
    "é".repeat(33), "\u2066x\u2069"];
  for (const nick of wrongNicks) {
    const reply = await chat.client().post("session", { nick });
    // A NUL is no JSON of ours in the first place.
    if (nick.includes("\u0000")) assertProblem(reply, 400, "bad_request");
    else assertProblem(reply, 422, "bad_nick");
  }
  const wrongRooms = [...wrongNames, "a b", "a/b", "a?", "x".repeat(65), "..",
    ".", "<b>"];
  for (const room of wrongRooms) {
    const reply = await alice.post("rooms", { room });
    if (room.includes("\u0000")) assertProblem(reply, 400, "bad_request");
    else assertProblem(reply, 422, "bad_room");
  }
  assertProblem(await alice.post("rooms",
    { room: "dev", topic: "x".repeat(1001) }), 422, "bad_text");
  for (const text of ["", " ", "\n\t ", "\u200B", "\u2800",
    "x".repeat(4001), "é".repeat(2001)]) {
    assertProblem(await alice.post(messages, { id: newId(), text }), 422,
      "bad_text");
  }
  for (const id of ["", "x".repeat(65), "a b", "é", "a/b", "a\nb"]) {
    assertProblem(await alice.post(messages, { id, text: "x" }), 422,
      "bad_id");
  }
  for (const id of ["a", "x".repeat(64), "A-Z_0-9"]) {
    const reply = await alice.post(messages, { id, text: "x" });
    assert.equal(reply.status, 201, reply.text);
  }
});

scenario("a room in a path that is none is not found or bad", {},
  async (chat) => {
    const alice = await chat.visitor("alice");
    for (const room of ["%00", "%", "%zz", "%ff", "%c0%af", "a%2Fb", "a%20b",
      "x".repeat(65), "%F0%9F%98%80", "%E2%80%AE"]) {
      const reply = await alice.get(`rooms/${room}/messages`);
      assert.ok([400, 404, 422].includes(reply.status),
        `${room}: ${reply.text}`);
    }
    // However it is written, it is the same room.
    for (const room of ["LOBBY", "%6Cobby", "%4C%4F%42%42%59"]) {
      assert.equal((await alice.get(`rooms/${room}/messages`)).status, 200);
    }
  });

scenario("a body of 65,536 bytes is taken, one more is not", {},
  async (chat) => {
    const alice = await chat.visitor("alice");
    const body = (bytes) => {
      const json = JSON.stringify({ id: newId(), text: "x" });
      return json + " ".repeat(bytes - json.length);
    };
    const largest = await alice.post(messages, body(65536));
    assert.equal(largest.status, 201, largest.text);
    assertProblem(await alice.post(messages, body(65537)), 413, "too_large");
    assertProblem(await alice.post(messages, body(10_000_000)), 413,
      "too_large");
    const chunked = await exchangeBytes(chat.port,
      `POST /chat/v1/${messages} HTTP/1.1\r\nHost: x\r\n` +
      `Transfer-Encoding: chunked\r\n\r\n10001\r\n${body(65537)}\r\n0\r\n\r\n`,
      (received) => received.includes("}"));
    assert.match(chunked.toString(), /^HTTP\/1\.1 413 .*"too_large"/s);
    assert.equal((await alice.snapshot()).nick, "alice");
  });

scenario("what nginx refuses by itself is of the same kind", {},
  async (chat) => {
    const send = async (head, status, code) => {
      const bytes = await exchangeBytes(chat.port, `${head}\r\n\r\n`,
        (received) => received.includes("}"));
      const text = bytes.toString();
      assert.match(text, new RegExp(`^HTTP/1.1 ${status} `), head);
      assert.match(text, /\r\nContent-Type: application\/problem\+json\r\n/);
      assert.match(text, /\r\nCache-Control: no-store\r\n/);
      assert.match(text, /\r\nX-Content-Type-Options: nosniff\r\n/);
      assert.equal(JSON.parse(text.slice(text.indexOf("{"))).code, code);
    };
    const path = "/chat/v1/session";
    await send("garbage", 400, "bad_request");
    await send(`GET ${path} HTTP/1.1`, 400, "bad_request");
    await send("GET /chat/v1/%00 HTTP/1.1\r\nHost: x", 400, "bad_request");
    await send(`POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: -1`, 400,
      "bad_request");
    await send(`POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n` +
      "Content-Length: 4", 400, "bad_request");
    await send(`POST ${path} HTTP/1.1\r\nHost: x\r\n` +
      "Transfer-Encoding: chunked\r\n\r\nzz", 400, "bad_request");
    await send(`GET ${path}?${"x".repeat(9000)} HTTP/1.1\r\nHost: x`, 413,
      "too_large");
    await send(`GET ${path} HTTP/1.1\r\nHost: x\r\nX: ${"x".repeat(40_000)}`,
      413, "too_large");
    await send(`TRACE ${path} HTTP/1.1\r\nHost: x`, 405,
      "method_not_allowed");
  });

scenario("a body shorter than it said is not taken", {}, async (chat) => {
  const alice = await chat.visitor("alice");
  const body = JSON.stringify({ id: "short", text: "x" });
  const request = (length) => `POST /chat/v1/${messages} HTTP/1.1\r\n` +
    `Host: localhost\r\nCookie: ajaxchat=${alice.cookie}\r\n` +
    `Content-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`;
  const { elapsed_ms } = await timed(
    exchangeBytes(chat.port, request(body.length + 1) + body));
  assert.ok(elapsed_ms < 30_000, "the connection is not held for ever");
  const { messages: none } = await alice.history("lobby",
    { types: "message" });
  assert.deepEqual(none, []);
});

scenario("a cursor is one of this log, and not ahead of it", {},
  async (chat) => {
    const alice = await chat.visitor("alice");
    const { cursor } = await alice.snapshot();
    const [epoch, seq] = cursor.split(".");
    for (const since of ["x", ".", `${epoch}.`, `.${seq}`, epoch, seq, "0",
      `other.${seq}`, `${epoch}.-1`, `${epoch}.+1`, `${epoch}. 1`,
      `${epoch}.1x`, `${epoch}.1.1`, `${epoch}.0x1`, `${epoch}.1e3`,
      `${epoch}.99999999999999999999999`, `${epoch}.9223372036854775807`,
      `${epoch}.9223372036854775808`, `${epoch}.${Number(seq) + 1000}`,
      `${epoch.toUpperCase()}.${seq}`, "x".repeat(2000)]) {
      const { value: reply, elapsed_ms } =
        await timed(alice.poll(since, { wait: 20 }));
      assertProblem(reply, 410, "cursor_unknown");
      assert.ok(elapsed_ms < 5000, since);
    }
    for (const query of ["", "wait=1", "since="]) {
      const reply = await alice.get(`events?${query}`);
      assertProblem(reply, ...query === "since=" && reply.status === 410
        ? [410, "cursor_unknown"] : [400, "bad_request"]);
    }
    const beginning = await alice.poll(`${epoch}.0`, { wait: 0 });
    assert.equal(beginning.status, 200, beginning.text);
  });

scenario("a poll's other parameters are checked", {}, async (chat) => {
  const alice = await chat.visitor("alice");
  const { cursor } = await alice.snapshot();
  for (const wait of ["x", "1x", "", " ", "0x1", "--1", "\0"]) {
    assertProblem(await alice.get(
      `events?since=${cursor}&wait=${encodeURIComponent(wait)}`), 400,
    "bad_request");
  }
  for (const wait of ["-1", "0", "-999999999999"]) {
    const reply = await alice.get(`events?since=${cursor}&wait=${wait}`);
    assert.equal(reply.status, 200, `${wait}: ${reply.text}`);
  }
  // Far above the range: clamped, so something to say ends it.
  const long = alice.get(`events?since=${cursor}&wait=999999999999`);
  await alice.say("lobby", "wake up");
  assert.equal((await long).json.events.length, 1);
  for (const tab of ["", "x".repeat(33), "a b", "a/b", "é"]) {
    const reply = await alice.get(
      `events?since=${cursor}&wait=0&tab=${encodeURIComponent(tab)}`);
    assert.ok([400, 422].includes(reply.status), `${tab}: ${reply.text}`);
  }
});

scenario("a page of history is asked for properly", {}, async (chat) => {
  const alice = await chat.visitor("alice");
  await alice.say("lobby", "hello");
  for (const query of ["before=x", "after=-1", "around=1x", "before=",
    "after=99999999999999999999", "limit=x", "limit=", "before=1&after=1"]) {
    assertProblem(await alice.get(`${messages}?${query}`), 400,
      "bad_request");
  }
  for (const query of ["limit=1000", "before=999999999", "after=0",
    "after=999999999", "types=message", "x=y"]) {
    const reply = await alice.get(`${messages}?${query}`);
    assert.equal(reply.status, 200, `${query}: ${reply.text}`);
  }
});

scenario("another site's page can neither log in nor write", {},
  async (chat) => {
    const alice = await chat.visitor("alice");
    const own = `http://127.0.0.1:${chat.port}`;
    const foreign = [
      { "Sec-Fetch-Site": "cross-site" }, { "Sec-Fetch-Site": "same-site" },
      { "Sec-Fetch-Site": "cross-site", "Origin": own },
      { "Sec-Fetch-Site": "nonsense" },
      { "Origin": "https://elsewhere.example" }, { "Origin": "null" },
      { "Origin": "http://127.0.0.1" }, { "Origin": `${own}0` },
      { "Origin": `http://localhost:${chat.port}` }, { "Origin": "" },
    ];
    for (const headers of foreign) {
      const login = await chat.client().post("session", { nick: "eve" },
        { headers });
      assertProblem(login, 403, "cross_site");
      for (const [method, path, body] of [
        ["POST", messages, { id: "x", text: "x" }],
        ["POST", "rooms", { room: "dev" }], ["POST", "rooms/lobby/leave"],
        ["POST", "rooms/lobby/join"], ["DELETE", "session"],
      ]) {
        assertProblem(await alice.request(method, path, { body, headers }),
          403, "cross_site");
      }
    }
    for (const headers of [{ "Sec-Fetch-Site": "same-origin" },
      { "Sec-Fetch-Site": "none" }, { Origin: own }, {},
      { "Sec-Fetch-Site": "same-origin", "Origin": "https://proxy.example" }]) {
      const reply = await alice.post(messages, { id: newId(), text: "x" },
        { headers });
      assert.equal(reply.status, 201, JSON.stringify(headers));
    }
    // Nor does anything invite it in.
    const { headers } = await alice.get("session",
      { headers: { Origin: "https://elsewhere.example" } });
    assert.equal(headers["access-control-allow-origin"], undefined);
  });

scenario("of several faults the first in the order is told", {},
  async (chat) => {
    const alice = await chat.visitor("alice");
    const nobody = chat.client();
    const foreign = { "Sec-Fetch-Site": "cross-site" };
    const text = { "Content-Type": "text/plain" };
    const send = (client, method, path, headers, body = "x") =>
      client.request(method, path, { body, headers });
    const both = { ...foreign, ...text };

    assertProblem(await send(nobody, "PUT", "nothing", both), 404,
      "not_found");
    assertProblem(await send(nobody, "PUT", messages, both), 405,
      "method_not_allowed");
    assertProblem(await send(nobody, "POST", messages, both,
      "x".repeat(65537)), 413, "too_large");
    assertProblem(await send(alice, "POST", messages, both), 403,
      "cross_site");
    assertProblem(await send(nobody, "POST", messages, text), 415,
      "bad_type");
    assertProblem(await send(nobody, "POST", messages, {}), 401,
      "session_required");
    assertProblem(await send(alice, "POST", "rooms/nowhere/messages", {}),
      400, "bad_request");
    assertProblem(await alice.post("rooms/nowhere/messages",
      { id: "a", text: "x" }), 404, "no_room");
  });

scenario("health is told to everybody", {}, async (chat) => {
  const nobody = chat.client();
  for (const path of ["livez", "readyz", "livez?x=y"]) {
    const reply = await nobody.get(path);
    assert.equal(reply.status, 200, reply.text);
    assert.equal(typeof reply.json, "object");
  }
});

scenario("the page is served with what keeps it safe", {}, async (chat) => {
  const get = async (path, headers = {}) => {
    const reply = await fetch(`http://127.0.0.1:${chat.port}${path}`,
      { headers, redirect: "manual" });
    return { status: reply.status, headers: reply.headers,
      text: await reply.text() };
  };
  const page = await get("/chat/");
  assert.equal(page.status, 200);
  assert.equal(page.headers.get("content-type"), "text/html; charset=utf-8");
  assert.equal(page.headers.get("cache-control"), "no-cache");
  const csp = page.headers.get("content-security-policy");
  for (const part of ["default-src 'none'", "script-src 'self'",
    "frame-ancestors 'self'", "require-trusted-types-for 'script'",
    "trusted-types 'none'"]) {
    assert.ok(csp.split("; ").includes(part), part);
  }
  assert.equal(page.headers.get("x-content-type-options"), "nosniff");
  assert.equal(page.headers.get("referrer-policy"), "no-referrer");

  const again = await get("/chat/",
    { "If-None-Match": page.headers.get("etag") });
  assert.equal(again.status, 304);
  const script = await get("/chat/js/main.js");
  assert.equal(script.headers.get("content-type"),
    "text/javascript; charset=utf-8");
  assert.equal(script.headers.get("content-encoding"), "gzip");

  for (const path of ["/chat/.git/config", "/chat/js/.x", "/chat/js/",
    "/chat/nothing", "/chat/../../etc/passwd", "/chat/%2e%2e/run.sh",
    "/chat/..%2frun.sh"]) {
    const { status } = await get(path);
    assert.ok([400, 403, 404].includes(status), `${path}: ${status}`);
  }
  const redirect = await get("/chat?mode=demo");
  assert.equal(redirect.status, 301);
  assert.equal(redirect.headers.get("location"), "/chat/?mode=demo");
});
