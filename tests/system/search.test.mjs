// Searching what was said.
import assert from "node:assert/strict";

import { assertProblem } from "./client.mjs";
import { scenario } from "./harness.mjs";

async function search(client, q, more = {}) {
  const reply = await client.get(
    `search?${new URLSearchParams({ q, ...more })}`);
  assert.equal(reply.status, 200, reply.text);
  return reply.json;
}

async function found(client, q, more) {
  return (await search(client, q, more)).messages.map(({ text }) => text);
}

scenario("all words are found, phrases too, the newest first", {},
  async (chat) => {
    const alice = await chat.visitor("alice");
    const said = [];
    for (const text of ["The quick brown fox", "a FOX is brown", "Füchse",
      "brown bread", "<b>fox</b> & brown \"hens\""]) {
      said.push(await alice.say("lobby", text));
    }
    assert.deepEqual(await found(alice, "fox brown"),
      ["<b>fox</b> & brown \"hens\"", "a FOX is brown",
        "The quick brown fox"]);
    assert.deepEqual(await found(alice, "\"brown fox\""),
      ["The quick brown fox"]);
    assert.deepEqual(await found(alice, "fuchse"), ["Füchse"]);
    assert.deepEqual(await found(alice, "wolf"), []);
    for (const syntax of ["fox OR bread", "fox NOT brown", "text:fox",
      "fo*", "NEAR(fox brown)", "!!!"]) {
      assert.deepEqual(await found(alice, syntax), [], syntax);
    }
    const { messages } = await search(alice, "quick");
    assert.deepEqual(messages, (await alice.history("lobby",
      { around: said[0].seq, limit: 1 })).messages);
  });

scenario("pages of what is found go on before the oldest", {},
  async (chat) => {
    const alice = await chat.visitor("alice");
    const seqs = [];
    for (let i = 0; i < 25; i++) {
      seqs.unshift((await alice.say("lobby", `needle ${i}`)).seq);
    }
    const all = [];
    let page = await search(alice, "needle", { limit: 10 });
    assert.equal(page.more, true);
    all.push(...page.messages);
    while (page.more) {
      page = await search(alice, "needle",
        { limit: 10, before: all.at(-1).seq });
      all.push(...page.messages);
    }
    assert.deepEqual(all.map(({ seq }) => seq), seqs);
    assert.deepEqual(await found(alice, "needle", { before: 0 }), []);
  });

scenario("only rooms that one is in are searched", {}, async (chat) => {
  const alice = await chat.visitor("alice");
  const bob = await chat.visitor("bob");
  await alice.post("rooms", { room: "Dev" });
  await alice.say("dev", "a secret fox");
  await alice.say("lobby", "a public fox");
  assert.deepEqual(await found(alice, "fox"), ["a public fox", "a secret fox"]);
  assert.deepEqual(await found(alice, "fox", { room: "DEV" }),
    ["a secret fox"]);
  assert.deepEqual(await found(bob, "fox"), ["a public fox"]);
  assertProblem(await bob.get("search?q=fox&room=dev"), 403, "not_member");
  assertProblem(await bob.get("search?q=fox&room=nowhere"), 404, "no_room");
  await bob.post("rooms/dev/join");
  assert.deepEqual(await found(bob, "secret"), ["a secret fox"]);
  await bob.post("rooms/dev/leave");
  assert.deepEqual(await found(bob, "secret"), []);
});

scenario("edits and deletes are followed at once", {}, async (chat) => {
  const alice = await chat.visitor("alice");
  const { seq } = await alice.say("lobby", "a red fox");
  const path = `rooms/lobby/messages/${seq}`;
  assert.deepEqual(await found(alice, "red"), ["a red fox"]);
  await alice.request("PATCH", path, { body: { text: "a blue fox" } });
  assert.deepEqual(await found(alice, "red"), []);
  assert.deepEqual(await found(alice, "blue"), ["a blue fox"]);
  await alice.delete(path);
  assert.deepEqual(await found(alice, "blue"), []);
  assert.deepEqual(await found(alice, "fox"), []);
});

scenario("what cannot be looked for is refused", {}, async (chat) => {
  const alice = await chat.visitor("alice");
  for (const query of ["", "?q=", "?q=%20", "?q=%22%22", "?q=%ff", "?q=a%00b",
    `?q=${"x".repeat(501)}`, `?q=${"x+".repeat(17)}`, "?q=a&before=x",
    "?q=a&before=-1", "?q=a&limit=many"]) {
    assertProblem(await alice.get(`search${query}`), 400, "bad_request");
  }
  assertProblem(await chat.client().get("search?q=a"),
    401, "session_required");
});
