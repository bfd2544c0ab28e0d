// People: nicks, their own sessions, others, blocks.
import assert from "node:assert/strict";

import { assertProblem } from "./client.mjs";
import { scenario, waitFor } from "./harness.mjs";

const patch = (client, path, body) => client.request("PATCH", path, { body });

scenario("a change of nick is seen by everybody in the room", {},
  async (chat) => {
    const alice = await chat.visitor("alice");
    const bob = await chat.visitor("bob");
    const waiting = bob.poll(bob.at.cursor);
    const reply = await patch(alice, "session", { nick: "Carol" });
    assert.deepEqual([reply.status, reply.json], [200, { nick: "Carol" }]);
    const [event] = (await waiting).json.events;
    assert.deepEqual([event.type, event.from, event.to],
      ["nick", "alice", "Carol"]);
    assert.equal((await alice.snapshot()).nick, "Carol");
    const { rooms } = await bob.snapshot();
    assert.deepEqual(rooms[0].members.map(({ nick }) => nick),
      ["Carol", "bob"]);
    const said = await alice.say("lobby", "it is me");
    const { messages } = await bob.readMessages(bob.at.cursor, 1);
    assert.deepEqual([messages[0].seq, messages[0].from], [said.seq, "Carol"]);
    await chat.visitor("alice"); // is free again
  });

scenario("a nick that looks like one in use is taken", {
  settings: { "chat.reserved_nicks": "system" },
}, async (chat) => {
  const admin = await chat.visitor("admin");
  const other = chat.client();
  for (const nick of ["\u0430dmin", "ADM1N", "adrnin", "\uff41dmin",
    "System", "\u0455ystem"]) {
    assertProblem(await other.post("session", { nick }), 409, "nick_taken");
  }
  const bob = await chat.visitor("bob");
  assertProblem(await patch(bob, "session", { nick: "\u0430dmin" }), 409,
    "nick_taken");
  assertProblem(await patch(bob, "session", { nick: "" }), 422, "bad_nick");
  assertProblem(await patch(bob, "session", {}), 400, "bad_request");
  assert.equal((await bob.snapshot()).nick, "bob");
  assert.equal((await admin.snapshot()).nick, "admin");
});

scenario("a session that is ended by the list ends its polls", {},
  async (chat) => {
    const alice = await chat.visitor("alice");
    const bob = await chat.visitor("bob");
    const { json } = await alice.get("sessions");
    const [{ id, created, seen, current }, ...others] = json.sessions;
    assert.deepEqual([others, current], [[], true]);
    assert.ok(seen >= created - 1000 && seen <= Date.now() + 1000);

    assertProblem(await bob.delete(`sessions/${id}`), 404, "not_found");
    assertProblem(await bob.delete("sessions/0"), 404, "not_found");
    assertProblem(await bob.delete("sessions/x"), 404, "not_found");
    const poll = alice.poll(bob.at.cursor);
    await waitFor("it is parked", () => chat.connections("fcgi") >= 1);
    const reply = await alice.delete("sessions");
    assert.equal(reply.status, 204);
    assert.match(reply.headers["set-cookie"][0], /^ajaxchat=;.*Max-Age=0/);
    assertProblem(await poll, 401, "session_required");
    const { events } = await bob.readUntil(bob.at.cursor,
      (all) => all.some(({ type }) => type === "leave"));
    assert.deepEqual([events.at(-1).from, events.at(-1).reason],
      ["alice", "revoked"]);
  });

scenario("who says goodbye is gone in 5 seconds, unless they come back", {},
  async (chat) => {
    const bob = await chat.visitor("bob");
    const alice = await chat.visitor("alice");
    const carol = await chat.visitor("carol");
    const said = Date.now();
    for (const client of [alice, carol]) {
      const reply = await client.post("bye", "", {
        headers: { "Content-Type": "text/plain;charset=UTF-8" },
      });
      assert.equal(reply.status, 204, reply.text);
    }
    await carol.snapshot();
    const { events } = await bob.readUntil(carol.at.cursor,
      (all) => all.some(({ type }) => type === "leave"));
    assert.deepEqual(events.map(({ type, from, reason }) =>
      [type, from, reason]), [["leave", "alice", "gone"]]);
    const elapsed_ms = Date.now() - said;
    assert.ok(elapsed_ms > 4000 && elapsed_ms < 12_000, `${elapsed_ms} ms`);
    assert.equal((await alice.snapshot()).nick, "alice");
  });

scenario("people are looked at and blocked", {}, async (chat) => {
  const alice = await chat.visitor("alice");
  await chat.visitor("Bob B.", { rooms: ["lobby", "dev"] });
  const bob = encodeURIComponent("bob b.");
  assert.deepEqual((await alice.get(`people/${bob}`)).json,
    { nick: "Bob B.", role: "guest", kind: "guest", here: true,
      rooms: ["lobby", "dev"] });
  assertProblem(await alice.get("people/nobody"), 404, "not_found");
  assertProblem(await alice.get("people/%ff"), 404, "not_found");

  assert.equal((await alice.post("blocks", { nick: "bob b." })).status, 201);
  assert.deepEqual((await alice.get("blocks")).json, { blocks: ["Bob B."] });
  assertProblem(await alice.post("blocks", { nick: "nobody" }), 404,
    "not_found");
  assertProblem(await alice.post("blocks", { nick: "alice" }), 403,
    "forbidden");
  assertProblem(await alice.post("blocks", {}), 400, "bad_request");
  assert.equal((await alice.delete(`blocks/${bob}`)).status, 204);
  assert.deepEqual((await alice.get("blocks")).json, { blocks: [] });
});

scenario("roles are for admins to give", {}, async (chat) => {
  const alice = await chat.visitor("alice");
  assertProblem(await patch(alice, "people/alice", { role: "admin" }), 403,
    "forbidden");
  assertProblem(await patch(alice, "people/alice", { role: "king" }), 400,
    "bad_request");
  assertProblem(await patch(alice, "people/alice", {}), 400, "bad_request");
});
