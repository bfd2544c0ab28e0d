// The life of a session: log in, be known, log out.
import assert from "node:assert/strict";

import { assertProblem } from "./client.mjs";
import { scenario, waitFor } from "./harness.mjs";

scenario("a session begins with a snapshot and a cookie", {}, async (chat) => {
  const alice = chat.client();
  const reply = await alice.post("session", { nick: "alice" });
  assert.equal(reply.status, 200);
  const [cookie, ...others] = reply.headers["set-cookie"];
  assert.deepEqual(others, []);
  const [pair, ...attributes] = cookie.split("; ");
  // 192 bits are 32 characters of base64.
  assert.match(pair, /^ajaxchat=[A-Za-z0-9_-]{32,}$/);
  assert.deepEqual(attributes.sort(), ["HttpOnly", "Max-Age=86400",
    "Path=/chat/", "SameSite=Lax"], "no Secure over plain HTTP");

  const { nick, role, cursor, rooms, limits, token } = reply.json;
  assert.deepEqual([nick, role, token], ["alice", "guest", undefined]);
  assert.match(cursor, /^[a-z0-9]+\.[0-9]+$/);
  assert.deepEqual(rooms, [{ room: "lobby", topic: "", n: rooms[0].n,
    members: [{ nick: "alice", role: "guest" }], member_count: 1,
    settings: rooms[0].settings }]);
  assert.equal(rooms[0].settings.access, "public");
  assert.equal(limits.text_bytes, 4000);
  assert.equal(limits.nick_bytes, 64);
  assert.equal(limits.wait_seconds, 50);
  assert.equal(limits.presence_events_max, 50);

  assert.deepEqual(await alice.snapshot(), reply.json);
});

scenario("looking whether there is a session is no error", {}, async (chat) => {
  const alice = chat.client();
  assert.equal((await alice.get("session?optional=1")).status, 204);
  assertProblem(await alice.get("session?optional=2"), 401,
    "session_required");
  alice.cookie = "of-no-session";
  assert.equal((await alice.get("session?optional=1")).status, 204);
  const { nick } = await alice.login("alice");
  const reply = await alice.get("session?optional=1");
  assert.deepEqual([reply.status, reply.json.nick], [200, nick]);
});

scenario("the snapshot and its cursor are of one moment", {}, async (chat) => {
  const bob = await chat.visitor("bob");
  for (let i = 0; i < 5; i++) await bob.say("lobby", `before ${i}`);
  const alice = await chat.visitor("alice");
  const said = await bob.say("lobby", "after");
  const { events } = await alice.readUntil(alice.at.cursor,
    (all) => all.length > 0);
  assert.deepEqual(events.map(({ seq, n }) => [seq, n]),
    [[said.seq, alice.at.rooms[0].n + 1]]);
});

scenario("logging out ends the session and its parked polls", {},
  async (chat) => {
    const alice = await chat.visitor("alice");
    const bob = await chat.visitor("bob");
    const tabs = [1, 2, 3].map((tab) =>
      alice.poll(bob.at.cursor, { tab: `tab-${tab}` }));
    await waitFor("they are parked", () => chat.connections("fcgi") >= 3);
    const reply = await alice.delete("session");
    assert.equal(reply.status, 204);
    assert.match(reply.headers["set-cookie"][0], /^ajaxchat=;.*Max-Age=0/);
    for (const poll of tabs) {
      assertProblem(await poll, 401, "session_required");
    }
    assertProblem(await alice.get("session"), 401, "session_required");

    const { events } = await bob.readUntil(bob.at.cursor,
      (all) => all.some(({ type }) => type === "leave"));
    const leave = events.at(-1);
    assert.deepEqual([leave.from, leave.reason], ["alice", "logout"]);
    // The nick is free at once.
    await chat.visitor("alice");
  });

scenario("the token of a session that ended is worth nothing", {},
  async (chat) => {
    const alice = await chat.visitor("alice");
    const { cookie } = alice;
    await alice.delete("session");
    alice.cookie = cookie;
    assertProblem(await alice.get("session"), 401, "session_required");
    assertProblem(await alice.poll(alice.at.cursor), 401, "session_required");
    assertProblem(await alice.get("rooms"), 401, "session_required");
  });

scenario("a new login of a browser ends its session before", {},
  async (chat) => {
    const bob = await chat.visitor("bob");
    const alice = await chat.visitor("alice");
    const before = alice.cookie;
    await alice.login("alice");
    assert.notEqual(alice.cookie, before);
    const second = alice.cookie;
    await alice.login("carol");
    assert.notEqual(alice.cookie, second);
    for (const cookie of [before, second]) {
      alice.cookie = cookie;
      assertProblem(await alice.get("session"), 401, "session_required");
    }
    const { rooms } = await bob.snapshot();
    assert.deepEqual(rooms[0].members.map(({ nick }) => nick).sort(),
      ["bob", "carol"]);
  });

scenario("a refused login leaves the session as it is", {}, async (chat) => {
  await chat.visitor("bob");
  const alice = await chat.visitor("alice");
  assertProblem(await alice.post("session", { nick: "bob" }), 409,
    "nick_taken");
  assertProblem(await alice.post("session", { nick: "" }), 422, "bad_nick");
  assert.equal((await alice.snapshot()).nick, "alice");
});

scenario("a nick in use is taken, however it is written", {}, async (chat) => {
  await chat.visitor("Zoë");
  const other = chat.client();
  for (const nick of ["Zoë", "zoë", "ZOË", "Zoe\u0308"]) {
    assertProblem(await other.post("session", { nick }), 409, "nick_taken");
  }
  await other.login("Zoe");
});

scenario("of many who want one nick at once, one gets it", { fronts: 2 },
  async (chat) => {
    const replies = await Promise.all(Array.from({ length: 20 }, () =>
      chat.client().post("session", { nick: "king" })));
    const statuses = replies.map(({ status }) => status).sort();
    assert.deepEqual(statuses, [200, ...Array(19).fill(409)]);
  });

scenario("a script uses a bearer token instead of the cookie", {},
  async (chat) => {
    const script = chat.client();
    const reply = await script.post("session", { nick: "bot", bearer: true });
    assert.equal(reply.status, 200);
    assert.equal(reply.headers["set-cookie"], undefined);
    assert.match(reply.json.token, /^[A-Za-z0-9_-]{32,}$/);
    script.token = reply.json.token;
    const { nick, token } = await script.snapshot();
    assert.deepEqual([nick, token], ["bot", undefined]);

    // It wins over a cookie, and a page of another site may use it.
    const alice = await chat.visitor("alice");
    script.cookie = alice.cookie;
    const cross = { "Origin": "https://elsewhere.example",
      "Sec-Fetch-Site": "cross-site" };
    const said = await script.post("rooms/lobby/messages",
      { id: "b1", text: "beep" }, { headers: cross });
    assert.equal(said.status, 201, said.text);
    const { messages } = await alice.readMessages(alice.at.cursor, 1);
    assert.equal(messages[0].from, "bot");

    // One that is none is not made good by a good cookie.
    script.token = "x".repeat(43);
    assertProblem(await script.get("session"), 401, "session_required");
    script.token = reply.json.token;
    assert.equal((await script.delete("session")).status, 204);
    assertProblem(await script.get("session"), 401, "session_required");
    assert.equal((await alice.snapshot()).nick, "alice");
  });

scenario("a session starts in the rooms that it names", {}, async (chat) => {
  const alice = await chat.visitor("alice",
    { rooms: ["Dev", "dev", "Küche"] });
  assert.deepEqual(alice.at.rooms.map(({ room }) => room).sort(),
    ["dev", "küche"]);
  const bob = await chat.visitor("bob", { rooms: [] });
  assert.deepEqual(bob.at.rooms, []);
  const rooms = (count) => Array.from({ length: count }, (_, i) => `r${i}`);
  const carol = await chat.visitor("carol", { rooms: rooms(50) });
  assert.equal(carol.at.rooms.length, 50);
  const tooMany = await chat.client().post("session",
    { nick: "dave", rooms: rooms(51) });
  assert.ok([400, 422].includes(tooMany.status), tooMany.text);
});

scenario("several tabs of a browser are one person", {}, async (chat) => {
  const bob = await chat.visitor("bob");
  const alice = await chat.visitor("alice");
  const second = chat.client();
  second.cookie = alice.cookie;
  const both = [alice, second].map((client, i) =>
    client.readMessages(alice.at.cursor, 1, { tab: `tab-${i}` }));
  await bob.say("lobby", "hello, both of you");
  for (const { messages } of await Promise.all(both)) {
    assert.equal(messages[0].text, "hello, both of you");
  }
  const { rooms } = await bob.snapshot();
  assert.equal(rooms[0].member_count, 2);
});
