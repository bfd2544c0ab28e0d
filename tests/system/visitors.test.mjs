// Visitors: who has no nick, and reads what is public.
import assert from "node:assert/strict";

import { assertProblem } from "./client.mjs";
import { scenario } from "./harness.mjs";

const patch = (client, path, body) => client.request("PATCH", path, { body });

scenario("visitors read public rooms where they may", {
  settings: { "chat.visitors_api": "yes" },
}, async (chat) => {
  const alice = await chat.visitor("alice");
  const said = await alice.say("lobby", "in public");
  await alice.post("rooms", { room: "den" });
  const secret = await alice.say("den", "in private");
  const reply = await patch(alice, "rooms/den",
    { settings: { access: "private" } });
  assert.equal(reply.status, 200, reply.text);

  const visitor = chat.client();
  assert.deepEqual((await visitor.get("rooms")).json.rooms
    .map(({ room }) => room), ["lobby"]);
  const { messages } = await visitor.history("lobby", { types: "message" });
  assert.deepEqual(messages.map(({ text }) => text), ["in public"]);
  const one = await visitor.get(`rooms/lobby/messages/${said.seq}`);
  assert.equal(one.json.text, "in public");

  for (const path of ["rooms/den/messages",
    `rooms/den/messages/${secret.seq}`]) {
    assertProblem(await visitor.get(path), 404, "no_room");
  }
  // They read, and that is all.
  assertProblem(await visitor.post("rooms/lobby/messages",
    { id: "v1", text: "hello" }), 401, "session_required");
  for (const path of ["events?since=x", "search?q=public", "sessions",
    "blocks", "people/alice"]) {
    assertProblem(await visitor.get(path), 401, "session_required");
  }
  // A token that is none is not a visitor's.
  visitor.token = "x".repeat(43);
  assertProblem(await visitor.get("rooms"), 401, "session_required");
});

scenario("else they need a session", {}, async (chat) => {
  const visitor = chat.client();
  for (const path of ["rooms", "rooms/lobby/messages",
    "rooms/lobby/messages/1"]) {
    assertProblem(await visitor.get(path), 401, "session_required");
  }
});

scenario("who may read nothing reads nothing", {
  settings: { "chat.visitors_api": "yes", "chat.visitors_read": "no" },
}, async (chat) => {
  const visitor = chat.client();
  for (const path of ["rooms", "rooms/lobby/messages"]) {
    assertProblem(await visitor.get(path), 401, "session_required");
  }
});
