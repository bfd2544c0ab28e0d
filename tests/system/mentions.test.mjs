// Mentions: who in the room is meant by a text.
import assert from "node:assert/strict";

import { scenario } from "./harness.mjs";

scenario("a message lists whom it mentions, wherever it is read", {},
  async (chat) => {
    const alice = await chat.visitor("alice");
    const bob = await chat.visitor("Bob Dylan");
    const eve = await chat.visitor("eve", { rooms: [] });
    const parked = bob.readMessages(bob.at.cursor, 1);
    const said = await alice.say("lobby",
      "@bob dylan, have you seen @eve or me@alice?");
    assert.deepEqual((await parked).messages[0].mentions, ["Bob Dylan"]);

    const path = `rooms/lobby/messages/${said.seq}`;
    assert.deepEqual((await bob.get(path)).json.mentions, ["Bob Dylan"]);
    const edited = await alice.request("PATCH", path,
      { body: { text: "never mind, @ALICE" } });
    assert.deepEqual(edited.json.mentions, ["alice"]);
    assert.deepEqual((await bob.get(path)).json.mentions, ["alice"]);
    const { json } = await bob.poll(bob.at.cursor, { wait: 0 });
    assert.deepEqual(json.events.find(({ seq }) => seq === said.seq).mentions,
      ["alice"]);
    await alice.delete(path);
    assert.equal((await bob.get(path)).json.mentions, undefined);
    const { text } = await bob.get("rooms/lobby/messages?types=message,edit");
    assert.doesNotMatch(text, /mentions/);
    await eve.post("rooms/lobby/join");
    await alice.say("lobby", "@eve");
    const { messages } = await eve.history("lobby", { limit: 1 });
    assert.deepEqual(messages[0].mentions, ["eve"]);
  });
