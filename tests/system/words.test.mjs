// The operator's list of words: refused, held, or masked.
import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

import { assertProblem, newId } from "./client.mjs";
import { runBuilt, scenario, waitFor } from "./harness.mjs";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "ajaxchat-words-"));
const list = path.join(folder, "words");
fs.writeFileSync(list, "# unwanted\nspam*\ndrat\n");
process.on("exit", () => fs.rmSync(folder, { recursive: true }));

const settings = (action) => ({ settings: {
  "moderation.words_file": list, "moderation.words": action } });

const post = (client, text, id = newId()) =>
  client.post("rooms/dev/messages", { id, text });

const texts = async (client) =>
  (await client.history("dev", { types: "message" })).messages
    .map(({ text }) => text);

scenario("a message with an unwanted word is refused", settings("reject"),
  async (chat) => {
    const alice = await chat.visitor("alice", { rooms: ["dev"] });
    assertProblem(await post(alice, "Buy SPAMMY things"), 422, "bad_text");
    const said = await post(alice, "antispam is fine");
    assert.equal(said.status, 201, said.text);
    assertProblem(await alice.request("PATCH",
      `rooms/dev/messages/${said.json.seq}`, { body: { text: "drat" } }),
    422, "bad_text");
  });

scenario("or it is masked, also when it is edited", settings("mask"),
  async (chat) => {
    const alice = await chat.visitor("alice", { rooms: ["dev"] });
    const id = newId();
    const said = await post(alice, "drat, no spam!", id);
    assert.equal(said.status, 201, said.text);
    const again = await post(alice, "drat, no spam!", id);
    assert.deepEqual([again.status, again.json], [200, said.json]);
    assert.deepEqual(await texts(alice), ["****, no ****!"]);
    const edit = await alice.request("PATCH",
      `rooms/dev/messages/${said.json.seq}`, { body: { text: "Drat." } });
    assert.equal(edit.status, 200, edit.text);
    assert.deepEqual(await texts(alice), ["****."]);
  });

scenario("or it waits until a moderator has read it", settings("hold"),
  async (chat) => {
    const alice = await chat.visitor("alice", { rooms: ["dev"] });
    const bob = await chat.visitor("bob", { rooms: ["dev"] });
    assert.equal((await post(bob, "hello")).status, 201);
    const held = await post(bob, "some spam");
    assert.equal(held.status, 202, held.text);
    assert.equal((await post(alice, "I may say spam")).status, 201);
    assert.deepEqual(await texts(bob), ["hello", "I may say spam"]);
    const { json } = await alice.get("rooms/dev/pending");
    assert.deepEqual(json.held.map(({ text }) => text), ["some spam"]);
    const decided = await alice.post(`rooms/dev/pending/${held.json.held}`,
      { approve: true });
    assert.equal(decided.status, 204, decided.text);
    assert.equal((await texts(bob)).at(-1), "some spam");
    assert.equal((await post(bob, "more spam")).status, 202);
  });

const own = path.join(folder, "changes");
fs.writeFileSync(own, "spam\n");

scenario("the list is read again on SIGHUP, if it is good", {
  settings: { "moderation.words_file": own },
  expectedErrors: [/event=bad_words/],
}, async (chat) => {
  const alice = await chat.visitor("alice", { rooms: ["dev"] });
  const status = async (text) => (await post(alice, text)).status;
  assert.deepEqual([await status("spam"), await status("eggs")], [422, 201]);

  fs.writeFileSync(own, "eggs\n");
  chat.signal("broker", "SIGHUP");
  await waitFor("the new list counts", async () =>
    await status("eggs") === 422);
  assert.equal(await status("spam"), 201);

  fs.writeFileSync(own, "two words\n");
  chat.signal("broker", "SIGHUP");
  await waitFor("what is wrong with the list is told", () =>
    chat.read("broker.log").includes("event=bad_words"));
  assert.equal(await status("eggs"), 422);

  const { code, output } = await runBuilt("ajaxchatd",
    ["--check-config", `--set=moderation.words_file=${own}`]);
  assert.equal(code, 2);
  assert.match(output, /event=bad_words .*line=1/);
});
