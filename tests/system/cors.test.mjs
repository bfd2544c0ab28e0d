// Pages of other sites, where the operator lists them.
import assert from "node:assert/strict";
import fs from "node:fs";
import http from "node:http";

import { assertProblem, newId } from "./client.mjs";
import { scenario, waitFor } from "./harness.mjs";

const LISTED = "https://www.example";
const foreign = (origin = LISTED) =>
  ({ Origin: origin, "Sec-Fetch-Site": "cross-site" });
const settings = { "front.cors_origins": `https://other.example ${LISTED}` };

const allowed = ({ headers }) => headers["access-control-allow-origin"];

function assertAllowed(reply) {
  assert.equal(allowed(reply), LISTED);
  assert.equal(reply.headers.vary, "Origin");
  assert.equal(reply.headers["access-control-allow-credentials"], undefined);
}

/** As a browser sends it before what is no simple request. */
const preflight = (client, path, method, origin) =>
  client.request("OPTIONS", path, { headers: { ...foreign(origin),
    "Access-Control-Request-Method": method,
    "Access-Control-Request-Headers": "authorization,content-type" } });

scenario("a listed site's page chats with a token of its own", { settings },
  async (chat) => {
    const alice = chat.client();
    const headers = foreign();
    const asked = await preflight(alice, "session", "POST");
    assert.equal(asked.status, 204, asked.text);
    assertAllowed(asked);
    assert.equal(asked.headers["access-control-allow-methods"],
      "POST, GET, PATCH, DELETE");
    assert.match(asked.headers["access-control-allow-headers"],
      /Authorization, Content-Type/);

    const login = await alice.post("session", { nick: "alice", bearer: true },
      { headers });
    assert.equal(login.status, 200, login.text);
    assertAllowed(login);
    assert.equal(login.headers["set-cookie"], undefined);
    alice.token = login.json.token;
    const said = await alice.post("rooms/lobby/messages",
      { id: newId(), text: "from afar" }, { headers });
    assert.equal(said.status, 201, said.text);
    assertAllowed(said);
    const read = await alice.get(
      `events?since=${login.json.cursor}&wait=0`, { headers });
    assert.equal(read.json.events.at(-1).text, "from afar");
    assertAllowed(read);

    // A poll that waits is answered with the same bytes as all others'.
    const bob = await chat.visitor("bob");
    const { cursor } = await bob.snapshot();
    const polls = [alice.get(`events?since=${cursor}`, { headers }),
      bob.get(`events?since=${cursor}`)];
    await bob.say("lobby", "hello");
    const [there, here] = await Promise.all(polls);
    assertAllowed(there);
    assert.equal(allowed(here), undefined);
    assert.deepEqual(there.json.events.map(({ text }) => text), ["hello"]);
  });

scenario("nobody else is let in, nor with a cookie", { settings },
  async (chat) => {
    const alice = await chat.visitor("alice");
    const login = (headers, body = { nick: "eve", bearer: true }) =>
      chat.client().post("session", body, { headers });
    for (const origin of ["https://evil.example", "null", "*",
      "http://www.example", `${LISTED}:8443`, `${LISTED}.evil.example`]) {
      const refused = await login(foreign(origin));
      assertProblem(refused, 403, "cross_site");
      assert.equal(allowed(refused), undefined, origin);
      const asked = await preflight(alice, "session", "POST", origin);
      assertProblem(asked, 405, "method_not_allowed");
      assert.equal(allowed(asked), undefined, origin);
    }
    for (const body of [{ nick: "eve" }, { nick: "eve", bearer: false }]) {
      const refused = await login(foreign(), body);
      assertProblem(refused, 403, "cross_site");
      assertAllowed(refused);
    }
    // By her cookie nothing is done, and by a login it is not replaced.
    const headers = foreign();
    assertProblem(await alice.post("rooms/lobby/messages",
      { id: newId(), text: "x" }, { headers }), 403, "cross_site");
    const beside = await alice.post("session", { nick: "al", bearer: true },
      { headers });
    assert.equal(beside.status, 200, beside.text);
    assert.equal((await alice.snapshot()).nick, "alice");
  });

scenario("refusals can be read, also nginx's own", { settings },
  async (chat) => {
    const alice = chat.client();
    const headers = foreign();
    const nowhere = await alice.get("nothing", { headers });
    assertProblem(nowhere, 404, "not_found");
    assertAllowed(nowhere);
    assert.match(nowhere.headers["access-control-expose-headers"],
      /Retry-After/);

    // The operator lists the site in nginx as well.
    const conf = chat.path("ajaxchat-upstream.conf");
    fs.writeFileSync(conf, fs.readFileSync(conf, "utf8").replace(
      '#"https://www.example.org" $http_origin;',
      `"${LISTED}" $http_origin;`));
    chat.signal("nginx", "SIGHUP");
    const tooLarge = (from) => alice.post("rooms", "x".repeat(70_000),
      { headers: from });
    await waitFor("nginx's refusal can be read", async () =>
      allowed(await tooLarge(headers)) === LISTED);
    const other = await tooLarge(foreign("https://evil.example"));
    assertProblem(other, 413, "too_large");
    assert.equal(allowed(other), undefined);
  });

scenario("a listed site's page reads a stream", { settings },
  async (chat) => {
    const alice = await chat.visitor("alice", { bearer: true });
    const options = { port: chat.port, host: "127.0.0.1",
      path: `/chat/v1/stream?since=${alice.at.cursor}`,
      headers: { ...foreign(), Authorization: `Bearer ${alice.token}` } };
    const response = await new Promise((resolve, reject) => {
      http.get(options, resolve).on("error", reject);
    });
    assert.equal(response.statusCode, 200);
    assertAllowed(response);
    response.destroy();
  });
