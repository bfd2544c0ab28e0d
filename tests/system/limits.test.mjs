// How fast things may be done: refused with 429, and a time to come back.
import assert from "node:assert/strict";

import { assertProblem, newId } from "./client.mjs";
import { scenario } from "./harness.mjs";

const slow = (settings) => ({ settings: Object.fromEntries(
  Object.entries(settings).map(([name, value]) =>
    [`limits.${name}`, value])) });

const post = (client, room = "lobby") =>
  client.post(`rooms/${room}/messages`, { id: newId(), text: "hello" });

/** Asserts that `reply` is a 429 that says to come back in `seconds`. */
function assertLimited(reply, seconds) {
  assertProblem(reply, 429, "rate_limited");
  assert.ok(Number(reply.headers["retry-after"]) <= seconds, reply.text);
}

scenario("a session's posts are limited, and it is told for how long",
  slow({ posts_burst: 2, posts_per_second: 1 }), async (chat) => {
    const alice = await chat.visitor("alice");
    const bob = await chat.visitor("bob");
    for (let i = 0; i < 2; i++) assert.equal((await post(alice)).status, 201);
    assertLimited(await post(alice), 1);
    assert.equal((await post(bob)).status, 201);
    assert.equal(alice.at.limits.posts_burst, 2);
  });

scenario("what comes from one address is limited together",
  slow({ address_posts_burst: 2, address_posts_per_second: 1,
    address_logins_burst: 3, address_logins_per_minute: 1 }),
  async (chat) => {
    const alice = await chat.visitor("alice");
    const bob = await chat.visitor("bob");
    const elsewhere = chat.client({ localAddress: "127.0.3.1" });
    await elsewhere.login("carol");
    assert.equal((await post(alice)).status, 201);
    assert.equal((await post(bob)).status, 201);
    assertLimited(await post(alice), 1);
    assert.equal((await post(elsewhere)).status, 201);
    await chat.visitor("dora");
    const late = await chat.client().post("session", { nick: "emil" });
    assertLimited(late, 60);
    assert.ok(Number(late.headers["retry-after"]) > 30, late.text);
  });

scenario("a room is not flooded by many",
  slow({ room_posts_burst: 2, room_posts_per_second: 1 }), async (chat) => {
    const alice = await chat.visitor("alice", { rooms: ["lobby", "dev"] });
    const bob = await chat.visitor("bob");
    assert.equal((await post(alice)).status, 201);
    assert.equal((await post(bob)).status, 201);
    assertLimited(await post(alice), 1);
    assert.equal((await post(alice, "dev")).status, 201);
  });

scenario("joins, rooms and searches are limited",
  slow({ joins_burst: 1, joins_per_minute: 1, rooms_burst: 1,
    rooms_per_minute: 1, searches_burst: 1, searches_per_minute: 1 }),
  async (chat) => {
    const alice = await chat.visitor("alice");
    const bob = await chat.visitor("bob", { rooms: ["one", "two"] });
    assert.equal((await alice.post("rooms/one/join")).status, 200);
    assert.equal((await alice.post("rooms/one/join")).status, 200);
    assertLimited(await alice.post("rooms/two/join"), 60);
    assert.equal((await bob.post("rooms", { room: "three" })).status, 201);
    assertLimited(await bob.post("rooms", { room: "four" }), 60);
    assert.equal((await bob.get("search?q=hello")).status, 200);
    assertLimited(await bob.get("search?q=hello"), 60);
  });

scenario("one setting switches all limits of this kind off",
  slow({ rate_limits: "off", posts_burst: 1, posts_per_second: 1 }),
  async (chat) => {
    const alice = await chat.visitor("alice");
    for (let i = 0; i < 20; i++) assert.equal((await post(alice)).status, 201);
  });
