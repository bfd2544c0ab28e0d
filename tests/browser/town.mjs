// A chat as lively as a real one: people, rooms and messages of every kind,
// made through the interface. Mara, for whom it is made, owns some of it.
import assert from "node:assert/strict";

import { newId } from "../system/client.mjs";

async function must(promise) {
  const reply = await promise;
  assert.ok(reply.status < 300, `${reply.status} ${reply.text}`);
  return reply.json;
}

/* Whoever does not ask for news is gone after a while. */
async function stay(client) {
  let { cursor } = client.at;
  for (;;) {
    const { status, json } = await client.poll(cursor);
    if (status !== 200) return;
    cursor = json.next;
  }
}

const put = (client, method, path, body) =>
  must(client.request(method, path, { body }));

const post = (client, path, body) => put(client, "POST", path, body);

/** Says something; resolves with its seq. */
export const tell = async (client, room, text, more = {}) =>
  (await post(client, `rooms/${room}/messages`,
    { id: newId(), text, ...more })).seq;

export const react = (client, room, seq, emoji) =>
  post(client, `rooms/${room}/messages/${seq}/reactions`, { emoji });

async function talk({ mara, jonas, amira, zoe }) {
  const room = "garden";
  const hello = await tell(mara, room, "Morning! Who is at the allotment today?");
  await tell(jonas, room, "I am, from ten. The tomatoes need *a lot* of water.",
    { reply_to: hello });
  await tell(jonas, room, "And somebody left the **hose** on again…");
  const plan = await tell(amira, room,
    "صباح الخير! I bring the seeds: https://example.org/seeds?kind=beans");
  await react(mara, room, plan, "👍");
  await react(jonas, room, plan, "👍");
  await react(zoe, room, plan, "🌱");
  await tell(zoe, room, "waves from the greenhouse", { type: "action" });
  const wrong = await tell(zoe, room, "See you at elven");
  await put(zoe, "PATCH", `rooms/${room}/messages/${wrong}`,
    { text: "See you at eleven, @Mara" });
  const gone = await tell(jonas, room, "never mind");
  await put(jonas, "DELETE", `rooms/${room}/messages/${gone}`);
  await tell(mara, room, "Watering plan:\n```\nbed 1  10 min\nbed 2  15 min\n```");
  await tell(zoe, room, `A long word: ${"Kleingartenverein".repeat(9)}`,
    { reply_to: plan });
  await put(mara, "PATCH", `rooms/${room}`,
    { topic: "Allotment 12: who waters when" });
  await put(mara, "PATCH", `rooms/${room}/members/Jonas`,
    { rank: "moderator" });
  return { plan };
}

async function quarrel({ mara, troll, jonas }) {
  const rude = await tell(troll, "garden", "buy cheap followers at my site");
  await post(jonas, `rooms/garden/messages/${rude}/report`,
    { reason: "an advertisement" });
  await post(mara, "rooms/garden/mutes",
    { nick: "Troll 3000", seconds: 600, reason: "advertising" });
  await post(mara, "rooms/garden/bans",
    { nick: "Spammer", reason: "spam", address: false });
}

async function otherRooms({ mara, jonas, amira, zoe }) {
  await post(jonas, "rooms",
    { room: "board", settings: { access: "private" } });
  await post(jonas, "rooms/board/invites", { nick: "Mara" });
  await post(mara, "rooms",
    { room: "kitchen", topic: "Recipes for too many zucchini" });
  await post(zoe, "rooms/kitchen/join");
  await tell(zoe, "kitchen", "@Mara, do you have the soup?");
  await post(mara, "rooms", { room: "keys", settings: { access: "private",
    hold_newcomers: true } });
  await post(mara, "rooms/keys/invites", { nick: "أميرة" });
  await post(amira, "rooms/keys/join");
  await tell(amira, "keys", "May I have the key of the shed?");
  const direct = await post(amira, "direct", { nick: "Mara" });
  await tell(amira, direct.room, "Shall we meet at the gate?");
}

/**
 * Lets people come, talk and quarrel. Resolves with their clients; "mara" is
 * the one in front of the browser, who has registered her nick.
 */
export async function makeTown(chat) {
  const people = {};
  for (const [name, nick] of Object.entries({ mara: "Mara", jonas: "Jonas",
    amira: "أميرة", zoe: "Zoë", troll: "Troll 3000" })) {
    people[name] = await chat.visitor(nick, { rooms: ["lobby"] });
    stay(people[name]).catch(() => {}); // the scenario is over
  }
  await post(people.mara, "account", { passphrase: "correct horse" });
  await post(people.mara, "rooms", { room: "garden" });
  for (const name of ["jonas", "amira", "zoe", "troll"]) {
    await post(people[name], "rooms/garden/join");
  }
  const { plan } = await talk(people);
  await quarrel(people);
  await otherRooms(people);
  return { ...people, plan };
}
