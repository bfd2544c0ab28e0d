// Bots: programs with a nick and a token of their own; and the one in sh.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { assertProblem } from "./client.mjs";
import { scenario, waitFor } from "./harness.mjs";

const script = fileURLToPath(new URL("../bot.sh", import.meta.url));
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "ajaxchat-key-"));
process.on("exit", () => fs.rmSync(folder, { recursive: true }));
const SECRET = "a secret of more than thirty-two bytes";
const keyFile = path.join(folder, "key");
fs.writeFileSync(keyFile, SECRET);

const settings = {
  "login.token_algorithm": "HS256",
  "login.token_key_file": keyFile,
};

/** An admin, by the site's word. */
async function admin(chat) {
  const part = (value) =>
    Buffer.from(JSON.stringify(value)).toString("base64url");
  const exp = Math.floor(Date.now() / 1000) + 60;
  const data = `${part({ alg: "HS256" })}.` +
    `${part({ sub: "root", nick: "root", role: "admin", exp })}`;
  const mac = createHmac("sha256", SECRET).update(data).digest("base64url");
  const client = chat.client();
  const reply = await client.post("session", { token: `${data}.${mac}` });
  assert.equal(reply.status, 200, reply.text);
  return client;
}

async function makeBot(root, body) {
  const made = await root.post("bots", body);
  assert.equal(made.status, 201, made.text);
  assert.match(made.json.token, /^[A-Za-z0-9_-]{43}$/);
  return made.json;
}

scenario("the bot in sh answers, once, over a restart", { settings },
  async (chat) => {
    const { token } = await makeBot(await admin(chat), { nick: "robot" });
    const alice = await chat.visitor("alice");
    const bot = spawn("sh", [script], {
      detached: true, // a group of its own, which its curl is in
      stdio: ["ignore", "inherit", "inherit"],
      env: { ...process.env, TOKEN: token, ROOM: "lobby",
        CHAT: `http://127.0.0.1:${chat.port}/chat/v1` },
    });
    const ended = new Promise((resolve) => { bot.on("close", resolve); });
    try {
      const answers = async () => (await alice.history("lobby",
        { types: "message" })).messages
        .filter(({ from }) => from === "robot");
      await waitFor("the bot is there", async () =>
        (await alice.snapshot()).rooms[0].member_count === 3);
      const ping = await alice.say("lobby", "!ping");
      await waitFor("it answers", async () => (await answers()).length === 1);
      await chat.kill("broker");
      await chat.start();
      await alice.say("lobby", "!ping");
      await waitFor("it answers", async () => (await answers()).length === 2);
      const [first] = await answers();
      assert.deepEqual([first.text, first.reply_to], ["pong", ping.seq]);
    } finally {
      process.kill(-bot.pid);
      await ended;
    }
  });

scenario("bots are admins' to make and to end", { settings }, async (chat) => {
  const root = await admin(chat);
  const alice = await chat.visitor("alice");
  assertProblem(await alice.post("bots", { nick: "robot" }), 403, "forbidden");
  assertProblem(await root.post("bots", {}), 400, "bad_request");
  assertProblem(await root.post("bots", { nick: "r", role: "king" }), 400,
    "bad_request");
  assertProblem(await root.post("bots", { nick: "r", role: "admin" }), 403,
    "forbidden");
  assertProblem(await root.post("bots", { nick: "alice" }), 409, "nick_taken");
  assertProblem(await root.delete("bots/alice"), 404, "not_found");

  const made = await makeBot(root, { nick: "robot", role: "member" });
  assert.deepEqual([made.nick, made.role], ["robot", "member"]);
  const bot = chat.client();
  bot.token = made.token;
  const { cursor, kind } = await bot.snapshot();
  assert.equal(kind, "bot");
  const parked = bot.poll(cursor);
  assertProblem(await alice.delete("bots/robot"), 403, "forbidden");
  assert.equal((await root.delete("bots/robot")).status, 204);
  assertProblem(await parked, 401, "session_required");
  assertProblem(await bot.get("session"), 401, "session_required");
});

scenario("who owns a room makes bots, and ends them", {}, async (chat) => {
  const carol = await chat.visitor("carol");
  const end = (client, nick) => client.request("DELETE", `bots/${nick}`);

  assertProblem(await carol.post("bots", { nick: "clerk" }), 403, "forbidden");
  await carol.post("account", { passphrase: "correct horse battery" });
  assertProblem(await carol.post("bots", { nick: "clerk" }), 403, "forbidden");
  await carol.post("rooms", { room: "dev" });
  assertProblem(await carol.post("bots", { nick: "clerk", role: "member" }),
    403, "forbidden");
  await makeBot(carol, { nick: "clerk" });
  await chat.kill("broker"); // who made it is on disk
  await chat.start();

  const alice = await chat.visitor("alice");
  assertProblem(await end(alice, "clerk"), 403, "forbidden");
  assert.equal((await end(carol, "clerk")).status, 204);
  assertProblem(await end(carol, "clerk"), 403, "forbidden");
});
