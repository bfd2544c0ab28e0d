// The table of rights (broker/rights.c), cell by cell over HTTP, for what
// moderators do: who has a right gets what they ask for, everybody else 403.
import assert from "node:assert/strict";
import fs from "node:fs";
import { fileURLToPath } from "node:url";

import { assertProblem, newId } from "./client.mjs";
import { scenario, timed } from "./harness.mjs";

const source = fs.readFileSync(
  fileURLToPath(new URL("../../broker/rights.c", import.meta.url)), "utf8");

/** right -> the letters of those who have it, see broker/rights.c. */
const table = new Map([...source.matchAll(
  /\[RIGHT_([A-Z_]+)\] = \{"([-VOIMdoa]{7})"/g)]
  .map(([, right, letters]) => [right, letters]));

const LETTERS = "VOIMdoa";
let ghosts = 0;

/** What each right is needed for, done to victim by `client`. */
const actions = {
  KICK: (client) => client.delete("rooms/dev/members/victim"),
  MUTE: (client) => client.post("rooms/dev/mutes",
    { nick: "victim", seconds: 1 }),
  BAN: (client) => client.post("rooms/dev/bans",
    { nick: `ghost${++ghosts}`, address: false }),
  UNDO: (client) => client.post("rooms/dev/undo",
    { nick: "victim", seconds: 60 }),
  APPROVE: (client) => client.get("rooms/dev/pending"),
  AUDIT: (client) => client.get("rooms/dev/audit"),
  SERVER_BAN: (client) => client.post("bans",
    { nick: `ghost${++ghosts}`, address: false }),
  SERVER_AUDIT: (client) => client.get("audit"),
};

async function registered(chat, nick, more) {
  const client = await chat.visitor(nick, more);
  const reply = await client.post("account",
    { passphrase: `the passphrase of ${nick}` });
  assert.equal(reply.status, 201, reply.text);
  return client;
}

/** Somebody of each standing: letter -> client; `rooms` they are in. */
async function gather(chat) {
  const dev = { rooms: ["dev"] };
  const owner = await chat.visitor("olga", dev);
  const admin = await registered(chat, "ada");
  const server = await registered(chat, "sam");
  // Who is an admin is settled when the broker starts.
  await chat.kill("broker");
  await chat.start();
  const role = await admin.request("PATCH", "people/sam",
    { body: { role: "moderator" } });
  assert.equal(role.status, 200, role.text);
  const moderator = await chat.visitor("mo", dev);
  const rank = await owner.request("PATCH", "rooms/dev/members/mo",
    { body: { rank: "moderator" } });
  assert.equal(rank.status, 200, rank.text);
  return {
    V: [chat.client()],
    O: [await chat.visitor("outsider")],
    M: [await chat.visitor("member", dev)],
    d: [moderator, server],
    o: [owner],
    a: [admin],
  };
}

/** Rights in the server depend on the role there alone. */
const isOfServer = (right) => right.startsWith("SERVER_");

scenario("who has a right may use it, and nobody else", {
  settings: { "chat.admins": "ada", "chat.registration": "yes" },
}, async (chat) => {
  const people = await gather(chat);
  const victim = await chat.visitor("victim", { rooms: ["dev"] });
  for (const [right, act] of Object.entries(actions)) {
    const who = table.get(right);
    assert.ok(who !== undefined, right);
    for (const [letter, clients] of Object.entries(people)) {
      for (const client of clients) {
        // In the server a room's moderators and owners are guests.
        const isGuest = client.nick !== "sam" && client.nick !== "ada";
        const place = isOfServer(right) && letter !== "V" && isGuest
          ? "O" : letter;
        const has = who[LETTERS.indexOf(place)] !== "-";
        await victim.post("rooms/dev/join");
        const { status, text } = await act(client);
        const what = `${right} by ${client.nick ?? "a visitor"}: ${text}`;
        if (letter === "V") assert.equal(status, 401, what);
        else if (has) assert.ok(status < 300, what);
        else assert.equal(status, 403, what);
      }
    }
  }
});

scenario("a right that is lost counts at once", {}, async (chat) => {
  const dev = { rooms: ["dev"] };
  const olga = await chat.visitor("olga", dev);
  const mo = await chat.visitor("mo", dev);
  const rank = (value) => olga.request("PATCH", "rooms/dev/members/mo",
    { body: { rank: value } });
  assert.equal((await rank("moderator")).status, 200);
  assert.equal((await mo.get("rooms/dev/audit")).status, 200);
  assert.equal((await rank("")).status, 200);
  assert.equal((await mo.get("rooms/dev/audit")).status, 403);
  // And what was parked with the membership shows nothing of the room.
  const { cursor } = await mo.snapshot();
  const poll = mo.poll(cursor, { wait: 50 });
  await mo.get("rooms");
  assert.equal((await olga.delete("rooms/dev/members/mo")).status, 204);
  await olga.post("rooms/dev/messages", { id: newId(), text: "behind" });
  assert.deepEqual((await poll).json.events, []);
});

scenario("who is banned from the server is out at once", {
  settings: { "chat.admins": "ada", "chat.registration": "yes" },
}, async (chat) => {
  const ada = await registered(chat, "ada");
  await chat.kill("broker");
  await chat.start();
  const bob = chat.client({ localAddress: "127.0.4.1" });
  await bob.login("bob");
  const { cursor } = await bob.snapshot();
  const poll = bob.poll(cursor, { wait: 50 });
  await bob.get("rooms");
  const { value: banned, elapsed_ms } = await timed((async () => {
    const made = await ada.post("bans", { nick: "bob", reason: "enough" });
    assert.equal(made.status, 201, made.text);
    assertProblem(await poll, 401, "session_required");
    return made.json;
  })());
  assert.ok(elapsed_ms < 1000, `${elapsed_ms} ms`);
  for (const nick of ["bob", "robert"]) {
    assertProblem(await bob.post("session", { nick }), 403, "banned");
  }
  const { json } = await ada.get("bans");
  assert.deepEqual(json.bans.map(({ id, nick, by, reason }) =>
    [id, nick, by, reason]), [[banned.id, "bob", "ada", "enough"]]);
  const { json: audit } = await ada.get("audit?limit=1");
  assert.deepEqual(audit.events.map(({ type, to }) => [type, to]),
    [["server_ban", "bob"]]);
  assert.equal((await ada.delete(`bans/${banned.id}`)).status, 204);
  await bob.login("bob");
});
