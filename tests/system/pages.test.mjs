// Rooms without JavaScript: what any browser, and curl, can do with them.
import assert from "node:assert/strict";

import { scenario } from "./harness.mjs";

/** One request below /chat/r/, its redirect not followed. */
async function ask(chat, path, { method, form, headers = {} } = {}) {
  const reply = await fetch(`http://127.0.0.1:${chat.port}/chat/r/${path}`, {
    redirect: "manual", headers, method,
    ...(form && { method: "POST", body: new URLSearchParams(form) }),
  });
  return { status: reply.status, headers: reply.headers,
    text: await reply.text() };
}

const cookieOf = (reply) => reply.headers.get("set-cookie").split(";")[0];

const numbers = (html) =>
  [...html.matchAll(/<li id="n(\d+)"/g)].map(([, n]) => Number(n));

scenario("a form takes a nick and writes, with a cookie alone", {},
  async (chat) => {
    const alice = await chat.visitor("alice");
    const first = await ask(chat, "lobby",
      { form: { nick: "zoe", text: "one\r\ntwo <b>" } });
    assert.equal(first.status, 303);
    assert.match(first.headers.get("location"), /^\/chat\/r\/lobby#n\d+$/);
    const headers = { Cookie: cookieOf(first) };
    const page = await ask(chat, "lobby", { headers });
    assert.match(page.text, /<bdi>zoe<\/bdi>.*one\ntwo &lt;b&gt;/s);
    assert.doesNotMatch(page.text, /name="nick"/);
    assert.equal(page.headers.get("cache-control"), "private, no-cache");

    const [, id] = page.text.match(/name="id" value="([0-9a-f]{32})"/);
    for (let press = 0; press < 2; press++) {
      const again = await ask(chat, "lobby",
        { form: { text: "three", id }, headers });
      assert.equal(again.status, 303);
    }
    const { messages } = await alice.history("lobby", { types: "message" });
    assert.deepEqual(messages.map(({ from, text }) => [from, text]),
      [["zoe", "one\ntwo <b>"], ["zoe", "three"]]);
  });

scenario("HEAD gets what GET does, but for the body", {}, async (chat) => {
  await (await chat.visitor("alice")).say("lobby", "hello");
  for (const path of ["lobby", "lobby.txt", "lobby.atom", "lobby/3",
    "nowhere", "lobby/1000"]) {
    const got = await ask(chat, path);
    const head = await ask(chat, path, { method: "HEAD" });
    assert.equal(head.status, got.status, path);
    assert.equal(head.text, "");
    for (const name of ["content-type", "content-length", "etag", "vary"]) {
      assert.equal(head.headers.get(name), got.headers.get(name), name);
    }
  }
  const { status, headers } = await ask(chat, "lobby", { method: "DELETE" });
  assert.deepEqual([status, headers.get("allow")],
    [405, "GET, HEAD, POST"]);
});

scenario("pages are cacheable, and lead to older ones and to messages", {},
  async (chat) => {
    const alice = await chat.visitor("alice");
    for (let i = 1; i <= 60; i++) await alice.say("lobby", `message ${i}`);
    const page = await ask(chat, "lobby");
    assert.equal(page.status, 200);
    assert.equal(page.headers.get("cache-control"), "public, max-age=10");
    assert.equal(page.headers.get("vary"), "Cookie");
    assert.equal(page.headers.get("x-robots-tag"), "noindex");
    assert.match(page.headers.get("content-security-policy"),
      /default-src 'none'.*form-action 'self'/);
    assert.equal(numbers(page.text).length, 50);
    const unchanged = await ask(chat, "lobby",
      { headers: { "If-None-Match": page.headers.get("etag") } });
    assert.equal(unchanged.status, 304);
    assert.equal(unchanged.text, "");

    const [, older] = page.text.match(/href="\/chat\/r\/(lobby\?before=\d+)"/);
    const before = await ask(chat, older);
    assert.equal(numbers(before.text).length, 10);
    assert.ok(numbers(before.text).at(-1) < numbers(page.text)[0]);
    const one = await ask(chat, `lobby/${numbers(before.text)[0]}`);
    assert.match(one.text, /class="target">.*message 1</);

    const text = await ask(chat, "lobby.txt");
    assert.equal(text.headers.get("content-type"), "text/plain; charset=utf-8");
    assert.match(text.text.split("\n").at(-2), /Z <alice> message 60$/);
    const atom = await ask(chat, "lobby.atom");
    assert.equal(atom.headers.get("content-type"), "application/atom+xml");
    assert.equal(atom.text.match(/<entry>/g).length, 50);
  });

scenario("what cannot be is refused, as a page", {}, async (chat) => {
  const alice = await chat.visitor("alice");
  const isPage = (reply, status) => {
    assert.equal(reply.status, status, reply.text);
    assert.match(reply.headers.get("content-type"), /^text\/html/);
    assert.equal(reply.headers.get("cache-control"), "no-store");
    assert.equal(reply.headers.get("set-cookie"), null);
  };
  isPage(await ask(chat, "nowhere"), 404);
  isPage(await ask(chat, "nowhere.atom"), 404);
  isPage(await ask(chat, "lobby/1"), 404); // is no message
  isPage(await ask(chat, "lobby/99"), 404);
  isPage(await ask(chat, "lobby/x"), 404);
  isPage(await ask(chat, "lobby?before=x"), 400);
  isPage(await ask(chat, ""), 404);
  const form = { nick: "zoe", text: "hello" };
  isPage(await ask(chat, "nowhere", { form }), 404);
  isPage(await ask(chat, "lobby", { form: { ...form, nick: "Alice" } }), 409);
  isPage(await ask(chat, "lobby", { form: { text: "hello" } }), 422);
  isPage(await ask(chat, "lobby", { form: { ...form, text: " " } }), 422);
  isPage(await ask(chat, "lobby",
    { form, headers: { Origin: "https://evil.example" } }), 403);
  isPage(await ask(chat, "lobby",
    { form, headers: { "Sec-Fetch-Site": "cross-site" } }), 403);
  const typed = await fetch(`http://127.0.0.1:${chat.port}/chat/r/lobby`,
    { method: "POST", body: "text=x", headers: { "Content-Type": "text/plain" } });
  assert.equal(typed.status, 415);
  const { rooms } = (await alice.get("rooms")).json;
  assert.deepEqual(rooms.map(({ room }) => room), ["lobby"]);
});

scenario("visitors see nothing where they may not read", {
  settings: { "chat.visitors_read": "no" },
}, async (chat) => {
  assert.equal((await ask(chat, "lobby")).status, 403);
  assert.equal((await ask(chat, "lobby.txt")).status, 403);
});
