// Outgoing hooks: a server elsewhere is told what happens in a room.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import http from "node:http";

import { scenario, waitFor } from "./harness.mjs";

/** A server that is told; `answer(count)` is the status of each reply. */
async function listener(answer = () => 204) {
  const posts = [];
  const server = http.createServer((request, response) => {
    const chunks = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => {
      const status = answer(posts.length + 1);
      posts.push({ status, headers: request.headers, method: request.method,
        body: Buffer.concat(chunks).toString() });
      response.writeHead(status, status === 302
        ? { Location: `http://127.0.0.1:${server.address().port}/other` } : {});
      response.end();
    });
  });
  await new Promise((resolve) => { server.listen(0, "127.0.0.1", resolve); });
  const texts = () => posts.filter(({ status }) => status === 204)
    .flatMap(({ body }) => JSON.parse(body).events)
    .filter(({ type }) => type === "message").map(({ text }) => text);
  return { posts, texts, close: () => server.close(),
    url: `http://127.0.0.1:${server.address().port}/hook` };
}

async function makeHook(chat, url) {
  const alice = await chat.visitor("alice");
  assert.equal((await alice.post("rooms", { room: "dev" })).status, 201);
  const made = await alice.post("rooms/dev/hooks", { name: "out", url });
  assert.equal(made.status, 201, made.text);
  assert.match(made.json.secret, /^[A-Za-z0-9_-]{43}$/);
  assert.deepEqual((await alice.get("rooms/dev/hooks")).json,
    { hooks: [{ id: made.json.id, name: "out", url }] });
  return { alice, ...made.json };
}

const allowed = { "hooks.private_addresses": "yes" };

function assertSigned({ headers, body }, secret) {
  const [, time, signature] =
    headers["ajaxchat-signature"].match(/^t=(\d+),v1=([0-9a-f]{64})$/);
  const expected = createHmac("sha256", secret).update(`${time}.${body}`)
    .digest("hex");
  assert.equal(signature, expected);
  assert.ok(Math.abs(Date.now() / 1000 - time) < 60);
}

scenario("events are posted, signed, in order", { settings: allowed },
  async (chat) => {
    const server = await listener();
    const { alice, secret, id } = await makeHook(chat, server.url);
    for (let i = 0; i < 5; i++) await alice.say("dev", `message ${i}`);
    await waitFor("all are told", () => server.texts().length >= 5);
    assert.deepEqual(server.texts(),
      [0, 1, 2, 3, 4].map((i) => `message ${i}`));
    for (const post of server.posts) {
      assert.equal(post.method, "POST");
      assert.equal(post.headers["content-type"], "application/json");
      assertSigned(post, secret);
      const { hook, room } = JSON.parse(post.body);
      assert.deepEqual([hook, room], [id, "dev"]);
    }
    server.close();
  });

scenario("nothing is lost by a refusal, a redirect, or a restart",
  { settings: allowed }, async (chat) => {
    const server = await listener(
      (count) => (count === 1 ? 500 : count === 2 ? 302 : 204));
    const { alice } = await makeHook(chat, server.url);
    await alice.say("dev", "one");
    await waitFor("it is refused", () => server.posts.length >= 1);
    await alice.say("dev", "two");
    await chat.kill("broker");
    await chat.start();
    await alice.say("dev", "three");
    await waitFor("all are told", () => server.texts().includes("three"));
    assert.deepEqual([...new Set(server.texts())], ["one", "two", "three"]);
    server.close();
  });

scenario("an ended hook is told nothing more", { settings: allowed },
  async (chat) => {
    const server = await listener();
    const { alice, id } = await makeHook(chat, server.url);
    await alice.say("dev", "one");
    await waitFor("it is told", () => server.texts().length === 1);
    await alice.delete(`rooms/dev/hooks/${id}`);
    const other = await listener();
    await alice.post("rooms/dev/hooks", { name: "b", url: other.url });
    await alice.say("dev", "two");
    await waitFor("the other is told", () => other.texts().length === 1);
    assert.deepEqual(server.texts(), ["one"]);
    server.close();
    other.close();
  });

scenario("private addresses are not reached, by whatever name", {},
  async (chat) => {
    const server = await listener();
    const { alice } = await makeHook(chat, server.url);
    const { port } = new URL(server.url);
    for (const host of ["localhost", "0.0.0.0", "[::1]", "2130706433"]) {
      const made = await alice.post("rooms/dev/hooks",
        { name: "x", url: `http://${host}:${port}/` });
      assert.equal(made.status, 201, made.text);
    }
    await alice.say("dev", "secret");
    await waitFor("all have failed", () =>
      chat.read("broker.log").match(/event=webhook_failed/g)?.length === 5);
    assert.deepEqual(server.posts, []);
    server.close();
  });
