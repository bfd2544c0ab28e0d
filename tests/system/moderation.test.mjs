// Kick, mute, ban: what they do to those they are done to, and to polls of
// theirs that wait.
import assert from "node:assert/strict";

import { assertProblem, newId } from "./client.mjs";
import { scenario, timed } from "./harness.mjs";

/** An owner of "dev", and `nicks` in it, each from an address of their own. */
async function meet(chat, ...nicks) {
  const people = {};
  for (const [i, nick] of ["olga", ...nicks].entries()) {
    const person = chat.client({ localAddress: `127.0.1.${i + 1}` });
    person.at = await person.login(nick, { rooms: ["dev"] });
    people[nick] = person;
  }
  return people;
}

const post = (client, text = "hello") =>
  client.post("rooms/dev/messages", { id: newId(), text });

/** What a parked poll of `client` is answered with when `act()` is done. */
async function pollDuring(client, act) {
  const { cursor } = await client.snapshot();
  const poll = client.poll(cursor, { wait: 50 });
  await client.get("rooms"); // behind the poll: that is parked by now
  await act();
  const { value, elapsed_ms } = await timed(poll);
  assert.ok(elapsed_ms < 1000, `answered after ${elapsed_ms} ms`);
  return value;
}

scenario("who is kicked is out, is told so, and may come back", {},
  async (chat) => {
    const { olga, bob } = await meet(chat, "bob");
    const { json } = await pollDuring(bob, async () => {
      const reply = await olga.delete("rooms/dev/members/bob?reason=spam");
      assert.equal(reply.status, 204, reply.text);
    });
    assert.deepEqual(json.events, []);
    assert.deepEqual(json.signals,
      [{ type: "kicked", room: "dev", from: "olga", reason: "spam" }]);
    assertProblem(await post(bob), 403, "not_member");
    const { events } = await olga.readUntil(olga.at.cursor,
      (all) => all.some(({ reason }) => reason === "kicked"));
    const kick = events.find(({ type }) => type === "kick");
    assert.deepEqual([kick.from, kick.to, kick.reason],
      ["olga", "bob", "spam"]);
    assert.equal((await olga.delete("rooms/dev/members/bob")).status, 204);
    assertProblem(await olga.delete("rooms/dev/members/nobody"), 404,
      "not_found");
    assert.equal((await bob.post("rooms/dev/join")).status, 200);
  });

scenario("who is muted reads and does not write", {}, async (chat) => {
  const { olga, bob } = await meet(chat, "bob");
  const { json } = await pollDuring(bob, async () => {
    const reply = await olga.post("rooms/dev/mutes",
      { nick: "Bob", seconds: 600 });
    assert.equal(reply.status, 201, reply.text);
    assert.equal(reply.json.nick, "bob");
    const left_ms = reply.json.until - Date.now();
    assert.ok(left_ms > 590_000 && left_ms <= 600_000, `${left_ms}`);
  });
  assert.ok(json.events.concat(json.signals).length > 0);
  assertProblem(await post(bob), 403, "muted");
  await bob.history("dev");
  await olga.say("dev", "you can hear me");
  assert.equal((await olga.delete("rooms/dev/mutes/bob")).status, 204);
  assert.equal((await post(bob)).status, 201);
});

scenario("who is banned stays out, by nick and by address", {},
  async (chat) => {
    const { olga, bob } = await meet(chat, "bob");
    const made = await olga.post("rooms/dev/bans",
      { nick: "bob", reason: "spam" });
    assert.equal(made.status, 201, made.text);
    assertProblem(await bob.post("rooms/dev/join"), 403, "banned");
    await bob.delete("session");
    await bob.login("robert");
    assertProblem(await bob.post("rooms/dev/join"), 403, "banned");
    const elsewhere = chat.client({ localAddress: "127.0.2.1" });
    await elsewhere.login("bob");
    assertProblem(await elsewhere.post("rooms/dev/join"), 403, "banned");

    const { json } = await olga.get("rooms/dev/bans");
    assert.deepEqual(json.bans.map(({ id, nick, by, reason }) =>
      [id, nick, by, reason]), [[made.json.id, "bob", "olga", "spam"]]);
    const path = `rooms/dev/bans/${made.json.id}`;
    assertProblem(await bob.delete(path), 403, "banned");
    assert.equal((await olga.delete(path)).status, 204);
    assert.equal((await olga.delete(path)).status, 204);
    assertProblem(await olga.delete("rooms/dev/bans/1000000"), 404,
      "not_found");
    assert.equal((await bob.post("rooms/dev/join")).status, 200);
  });

scenario("bans outlast a crash of the broker", {}, async (chat) => {
  const { olga, bob } = await meet(chat, "bob");
  await olga.post("rooms/dev/bans", { nick: "bob" });
  await chat.kill("broker");
  await chat.start();
  assertProblem(await bob.post("rooms/dev/join"), 403, "banned");
});

scenario("what is asked for wrongly is refused", {}, async (chat) => {
  const { olga, bob } = await meet(chat, "bob");
  for (const path of ["rooms/dev/mutes", "rooms/dev/bans"]) {
    for (const body of [{}, { nick: 7 }, { nick: "bob", seconds: 0 },
      { nick: "bob", seconds: 316224001 }, { nick: "bob", seconds: "60" },
      { nick: "bob", reason: 1 }]) {
      assertProblem(await olga.post(path, body), 400, "bad_request");
    }
    assertProblem(await olga.post(path, { nick: "bob", reason: "a\nb" }), 422,
      "bad_text");
    assertProblem(await olga.post(path, { nick: "bob",
      reason: "x".repeat(501) }), 422, "bad_text");
    assertProblem(await bob.post(path, { nick: "olga" }), 403, "forbidden");
    assertProblem(await olga.post(path, { nick: "olga" }), 403, "forbidden");
    assertProblem(await bob.post(path.replace("dev", "nowhere"),
      { nick: "olga" }), 404, "no_room");
  }
  assertProblem(await olga.post("rooms/dev/bans", { nick: " " }), 422,
    "bad_nick");
  assertProblem(await olga.post("bans", { nick: "bob" }), 403, "forbidden");
  assertProblem(await olga.get("bans"), 403, "forbidden");
  assertProblem(await bob.get("rooms/dev/bans"), 403, "forbidden");
});
