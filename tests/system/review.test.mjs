// What moderators look through: undo, reports, held messages, the audit.
import assert from "node:assert/strict";

import { assertProblem, newId, readSignal } from "./client.mjs";
import { scenario } from "./harness.mjs";

/** An owner of "dev", and `nicks` in it. */
async function meet(chat, ...nicks) {
  const people = {};
  for (const nick of ["olga", ...nicks]) {
    people[nick] = await chat.visitor(nick, { rooms: ["dev"] });
  }
  return people;
}

const texts = async (client) =>
  (await client.history("dev", { types: "message" })).messages
    .map(({ text, deleted }) => (deleted ? "-" : text));

scenario("undo deletes what one person said lately, and no more", {},
  async (chat) => {
    const { olga, bob, carol } = await meet(chat, "bob", "carol");
    for (const text of ["one", "two", "three"]) await bob.say("dev", text);
    await carol.say("dev", "stop that");
    await bob.delete("session");
    assertProblem(await carol.post("rooms/dev/undo",
      { nick: "bob", seconds: 60 }), 403, "forbidden");
    const done = await olga.post("rooms/dev/undo",
      { nick: "bob", seconds: 60, reason: "flood" });
    assert.equal(done.status, 200, done.text);
    assert.deepEqual(done.json, { deleted: 3, more: false });
    assert.deepEqual(await texts(carol), ["-", "-", "-", "stop that"]);
    const again = await olga.post("rooms/dev/undo",
      { nick: "bob", seconds: 60 });
    assert.deepEqual(again.json, { deleted: 0, more: false });
    for (const body of [{}, { nick: "bob" }, { nick: "bob", seconds: 0 },
      { nick: "bob", seconds: 60, before: 0 }]) {
      assertProblem(await olga.post("rooms/dev/undo", body), 400,
        "bad_request");
    }
  });

scenario("a report reaches the moderators, and nobody else", {},
  async (chat) => {
    const { olga, bob, carol } = await meet(chat, "bob", "carol");
    const { seq } = await bob.say("dev", "rude words");
    const path = `rooms/dev/messages/${seq}/report`;
    const made = await carol.post(path, { reason: "rude" });
    assert.equal(made.status, 201, made.text);
    assert.deepEqual((await carol.post(path, { reason: "rude" })).json,
      made.json);
    assertProblem(await carol.get("rooms/dev/pending"), 403, "forbidden");
    assertProblem(await carol.post(path, {}), 400, "bad_request");
    assertProblem(await carol.post(path, { reason: "" }), 422, "bad_text");
    assertProblem(await carol.post("rooms/dev/messages/1000000/report",
      { reason: "rude" }), 404, "no_message");

    const waiting = async (client) =>
      (await client.get("rooms/dev")).json.waiting;
    assert.deepEqual([await waiting(olga), await waiting(carol)],
      [1, undefined]);

    const { json } = await olga.get("rooms/dev/pending");
    assert.deepEqual(json.reports.map(({ seq: id, from, target, reason,
      message }) => [id, from, target, reason, message.text]),
    [[made.json.id, "carol", seq, "rude", "rude words"]]);
    const { json: quiet } = await bob.poll(bob.at.cursor, { wait: 0 });
    assert.ok(quiet.events.every(({ type }) => type !== "report"));
    const report = `rooms/dev/pending/${made.json.id}`;
    assertProblem(await carol.delete(report), 403, "forbidden");
    for (let i = 0; i < 2; i++) {
      assert.equal((await olga.delete(report)).status, 204);
    }
    assert.deepEqual((await olga.get("rooms/dev/pending")).json,
      { held: [], reports: [], more: false });
    assert.equal(await waiting(olga), undefined);
  });

scenario("moderators alone are told when something waits, or no more", {},
  async (chat) => {
    const { olga, bob, carol } = await meet(chat, "bob", "carol");
    const isWaiting = ({ type }) => type === "waiting";
    const { seq } = await bob.say("dev", "rude words");
    const { cursor } = await olga.snapshot();
    let told = readSignal(olga, cursor, isWaiting);
    const { json: { id } } = await carol.post(
      `rooms/dev/messages/${seq}/report`, { reason: "rude" });
    assert.deepEqual(await told, { type: "waiting", room: "dev", count: 1 });
    told = readSignal(olga, cursor, isWaiting);
    await olga.delete(`rooms/dev/pending/${id}`);
    assert.deepEqual(await told, { type: "waiting", room: "dev", count: 0 });
    for (const person of [bob, carol]) {
      const { json } = await person.poll(person.at.cursor, { wait: 0 });
      assert.ok(!json.signals.some(isWaiting), JSON.stringify(json));
    }
  });

scenario("a newcomer's message waits until it is let in", {},
  async (chat) => {
    const { olga, bob } = await meet(chat, "bob");
    const set = await olga.request("PATCH", "rooms/dev",
      { body: { settings: { hold_newcomers: true } } });
    assert.equal(set.status, 200, set.text);
    const post = (id, text = "may I?") =>
      bob.post("rooms/dev/messages", { id, text });
    const id = newId();
    const held = await post(id);
    assert.equal(held.status, 202, held.text);
    assert.deepEqual((await post(id)).json, held.json);
    assertProblem(await post(id, "other"), 422, "id_reused");
    assert.deepEqual(await texts(olga), []);

    // What waits outlasts a crash.
    await chat.kill("broker");
    await chat.start();
    const { json } = await olga.get("rooms/dev/pending");
    assert.deepEqual(json.held.map(({ seq, from, text, n }) =>
      [seq, from, text, n]), [[held.json.held, "bob", "may I?", 0]]);
    const path = `rooms/dev/pending/${held.json.held}`;
    assertProblem(await bob.post(path, { approve: true }), 403, "forbidden");
    assertProblem(await olga.post(path, {}), 400, "bad_request");
    for (let i = 0; i < 2; i++) {
      assert.equal((await olga.post(path, { approve: true })).status, 204);
    }
    assert.deepEqual(await texts(olga), ["may I?"]);
    assert.equal((await post(id)).status, 200);
    assert.equal((await post(newId(), "thanks")).status, 201);
  });

scenario("what is dropped is never shown, and its author is told", {},
  async (chat) => {
    const { olga, bob } = await meet(chat, "bob");
    await olga.request("PATCH", "rooms/dev",
      { body: { settings: { hold_newcomers: true } } });
    const { json: { held } } = await bob.post("rooms/dev/messages",
      { id: "m", text: "buy this" });
    const { cursor } = await bob.snapshot();
    const poll = bob.poll(cursor);
    const path = `rooms/dev/pending/${held}`;
    assert.equal((await olga.post(path, { approve: false })).status, 204);
    assert.deepEqual((await poll).json.signals,
      [{ type: "dropped", room: "dev", from: "olga" }]);
    assert.deepEqual(await texts(olga), []);
    assertProblem(await olga.post("rooms/dev/pending/1000000",
      { approve: true }), 404, "not_found");
  });

scenario("the audit tells what moderators did, newest first", {},
  async (chat) => {
    const { olga, bob } = await meet(chat, "bob");
    await bob.say("dev", "hello");
    await olga.post("rooms/dev/mutes", { nick: "bob", reason: "loud" });
    await olga.delete("rooms/dev/mutes/bob");
    await olga.post("rooms/dev/bans", { nick: "bob", address: false });
    const { json } = await olga.get("rooms/dev/audit");
    assert.deepEqual(json.events.map(({ type, from, to, reason }) =>
      [type, from, to, reason]), [["ban", "olga", "bob", undefined],
      ["unmute", "olga", "bob", undefined], ["mute", "olga", "bob", "loud"]]);
    assert.equal(json.more, false);
    const { json: page } = await olga.get(
      `rooms/dev/audit?limit=1&before=${json.events[0].seq}`);
    assert.deepEqual([page.events, page.more], [[json.events[1]], true]);
    const carol = await chat.visitor("carol", { rooms: ["dev"] });
    assertProblem(await carol.get("rooms/dev/audit"), 403, "forbidden");
    assertProblem(await carol.get("audit"), 403, "forbidden");
    assertProblem(await olga.get("rooms/dev/audit?before=x"), 400,
      "bad_request");
  });
