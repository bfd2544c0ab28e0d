// The site's own people: by its signed tokens, and by the web server's word.
import assert from "node:assert/strict";
import { createHmac, generateKeyPairSync, sign } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

import { assertProblem } from "./client.mjs";
import { scenario, waitFor } from "./harness.mjs";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "ajaxchat-keys-"));
process.on("exit", () => fs.rmSync(folder, { recursive: true }));

function keyFile(name, text) {
  const file = path.join(folder, name);
  fs.writeFileSync(file, text);
  return file;
}

const SECRET = "a secret of more than thirty-two bytes";
const { publicKey, privateKey } = generateKeyPairSync("ed25519");

const hs256 = {
  "login.token_algorithm": "HS256",
  "login.token_key_file": keyFile("secret", `${SECRET}\n`),
};
const eddsa = {
  "login.token_algorithm": "EdDSA",
  "login.token_key_file": keyFile("public.pem",
    publicKey.export({ type: "spki", format: "pem" })),
};

const signers = {
  HS256: (data) => createHmac("sha256", SECRET).update(data).digest(),
  EdDSA: (data) => sign(null, Buffer.from(data), privateKey),
  none: () => Buffer.alloc(0),
};

function token(claims, alg = "HS256") {
  const part = (value) =>
    Buffer.from(JSON.stringify(value)).toString("base64url");
  const exp = Math.floor(Date.now() / 1000) + 60;
  const data = `${part({ alg, typ: "JWT" })}.${part({ exp, ...claims })}`;
  return `${data}.${signers[alg](data).toString("base64url")}`;
}

scenario("the site's token logs its person in", { settings: hs256 },
  async (chat) => {
    const laptop = chat.client();
    const reply = await laptop.post("session",
      { token: token({ sub: "u17", nick: "Alice", role: "moderator" }) });
    assert.equal(reply.status, 200, reply.text);
    const { nick, role, kind } = reply.json;
    assert.deepEqual([nick, role, kind], ["Alice", "moderator", "site"]);

    // The same name is the same person, who is a member all along.
    await laptop.post("rooms", { room: "dev" });
    const phone = chat.client();
    const again = await phone.post("session",
      { token: token({ sub: "u17" }), bearer: true });
    phone.token = again.json.token;
    assert.deepEqual(again.json.rooms.map(({ room }) => room),
      ["lobby", "dev"]);
    assert.equal(again.json.role, "moderator", "as it was");
    assert.equal((await phone.get("sessions")).json.sessions.length, 2);

    // A nick that somebody has gets a number.
    await chat.visitor("bob");
    const bob = await chat.client().post("session",
      { token: token({ sub: "u18", nick: "Bob" }) });
    assert.equal(bob.json.nick, "Bob-2");
    assert.equal(bob.json.role, "member");
  });

scenario("a token that is not right now is refused", { settings: hs256 },
  async (chat) => {
    const stranger = chat.client();
    const now_s = Math.floor(Date.now() / 1000);
    const good = token({ sub: "u17" });
    for (const bad of [
      "", "x", "a.b.c", `${good}x`, good.slice(0, -4),
      token({ sub: "u17", exp: now_s - 1 }),
      token({ sub: "u17", exp: undefined }),
      token({ sub: "u17", nbf: now_s + 600 }),
      token({ nick: "alice" }),
      token({ sub: "u17", role: "king" }),
      token({ sub: "u17" }, "none"),
      token({ sub: "u17" }, "EdDSA"),
    ]) {
      assertProblem(await stranger.post("session", { token: bad }), 403,
        "forbidden");
    }
    assertProblem(await stranger.post("session", { token: 7 }), 400,
      "bad_request");
    assertProblem(await stranger.post("session",
      { token: token({ sub: "u17", nick: " " }) }), 422, "bad_nick");
    assert.equal((await stranger.post("session", { token: good })).status,
      200);
  });

scenario("Ed25519 needs no secret here", { settings: eddsa }, async (chat) => {
  const alice = chat.client();
  const reply = await alice.post("session",
    { token: token({ sub: "alice" }, "EdDSA") });
  assert.deepEqual([reply.status, reply.json.nick], [200, "alice"]);
  assertProblem(await alice.post("session", { token: token({ sub: "a" }) }),
    403, "forbidden");
});

scenario("without a key there are no tokens", {}, async (chat) => {
  assertProblem(await chat.client().post("session",
    { token: token({ sub: "alice" }) }), 403, "forbidden");
});

/** Lets nginx say who somebody is: whom a header of the test names. */
async function nameUsers(chat, lines) {
  const file = chat.path("ajaxchat-locations.conf");
  const conf = fs.readFileSync(file, "utf8");
  const place = "    #auth_basic \"Members\";";
  assert.ok(conf.includes(place));
  fs.writeFileSync(file, conf.replace(place, lines));
  const before = chat.read("error.log").length;
  chat.signal("nginx", "SIGHUP");
  assert.equal(chat.read("error.log").slice(before), "");
}

const FROM_HEADERS = `
    fastcgi_param AJAXCHAT_USER $http_x_test_user if_not_empty;
    fastcgi_param AJAXCHAT_NICK $http_x_test_nick if_not_empty;
    fastcgi_param AJAXCHAT_ROLE $http_x_test_role if_not_empty;`;

scenario("whom nginx lets in is that person", {
  settings: { "front.trust_web_server_user": "yes" },
}, async (chat) => {
  await nameUsers(chat, FROM_HEADERS);
  const log_in = (headers) => chat.client().post("session", {}, { headers });
  const reply = await waitFor("nginx has its new configuration", async () => {
    const one = await log_in({ "X-Test-User": "u17", "X-Test-Nick": "Alice",
      "X-Test-Role": "admin" });
    return one.status === 200 && one;
  });
  const { nick, role, kind } = reply.json;
  assert.deepEqual([nick, role, kind], ["Alice", "admin", "site"]);
  assert.equal((await log_in({ "X-Test-User": "u17" })).json.nick, "Alice");
  assertProblem(await log_in({ "X-Test-User": "u", "X-Test-Role": "king" }),
    403, "forbidden");
  // Who is not named is a guest, who needs a nick.
  assertProblem(await log_in({}), 400, "bad_request");
  // What looks like the parameter and is a header is nothing.
  assertProblem(await log_in({ "AJAXCHAT_USER": "root",
    "AJAXCHAT-USER": "root" }), 400, "bad_request");
});

scenario("the web server's word counts only where the operator says so", {},
  async (chat) => {
    await nameUsers(chat, FROM_HEADERS);
    const guest = await chat.client().post("session", { nick: "alice" },
      { headers: { "X-Test-User": "root", "X-Test-Role": "admin" } });
    assert.deepEqual([guest.json.nick, guest.json.role, guest.json.kind],
      ["alice", "guest", "guest"]);
  });
