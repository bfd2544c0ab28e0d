// A room's history, to take away.
import assert from "node:assert/strict";
import http from "node:http";

import { assertProblem } from "./client.mjs";
import { scenario } from "./harness.mjs";

/** The whole reply to a GET: {status, headers, text}. */
function download(client, path) {
  return new Promise((resolve, reject) => {
    http.get({ host: "127.0.0.1", port: client.port, path: `/chat/v1/${path}`,
      agent: false, headers: { Cookie: `ajaxchat=${client.cookie}` } },
    (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk) => { text += chunk; });
      response.on("error", reject);
      response.on("end", () => resolve({ text, status: response.statusCode,
        headers: response.headers }));
    }).on("error", reject);
  });
}

scenario("an export has all of the room, as JSON Lines and as text", {
  settings: { "limits.rate_limits": "off" },
}, async (chat) => {
  const alice = await chat.visitor("alice");
  for (let from = 0; from < 600; from += 100) {
    await Promise.all(Array.from({ length: 100 },
      (_, i) => alice.say("lobby", `text ${from + i} ${"x".repeat(1000)}`)));
  }
  await alice.post("rooms/lobby/messages",
    { id: "w", text: "waves", type: "action" });
  const last = await alice.say("lobby", "two\nlines");
  const gone = await alice.say("lobby", "secret");
  await alice.delete(`rooms/lobby/messages/${gone.seq}`);

  const lines = await download(alice, "rooms/lobby/export");
  assert.equal(lines.status, 200);
  assert.equal(lines.headers["content-type"], "application/jsonl");
  assert.match(lines.headers["content-disposition"], /^attachment;/);
  assert.equal(lines.headers["cache-control"], "no-store");
  assert.ok(lines.text.endsWith("\n"));
  const events = lines.text.trimEnd().split("\n").map((l) => JSON.parse(l));
  assert.deepEqual(events.pop(), { type: "end", count: events.length });
  assert.deepEqual(events.map(({ n }) => n),
    Array.from(events, (_, i) => i + 1));
  assert.equal(events.find(({ seq }) => seq === last.seq).text, "two\nlines");
  assert.equal(events.find(({ seq }) => seq === gone.seq).deleted, true);

  const text = await download(alice, "rooms/lobby/export?format=text");
  assert.equal(text.headers["content-type"], "text/plain; charset=utf-8");
  const said = text.text.split("\n").filter((line) =>
    /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d <alice> text \d+ x+$/.test(line));
  assert.equal(said.length, 600);
  assert.match(text.text, /\d \* alice waves\n/);
  assert.match(text.text, /<alice> two\n {4}lines\n/);
  assert.match(text.text, /<alice> \(deleted\)\n/);
  assert.match(text.text, /\(\d+ events, all of them\)\n$/);
  assert.doesNotMatch(text.text + lines.text, /secret/);
});

scenario("only who is in the room exports it", {}, async (chat) => {
  const alice = await chat.visitor("alice");
  const eve = await chat.visitor("eve", { rooms: [] });
  assertProblem(await eve.get("rooms/lobby/export"), 403, "not_member");
  assertProblem(await alice.get("rooms/nowhere/export"), 404, "no_room");
  assertProblem(await alice.get("rooms/lobby/export?format=pdf"),
    400, "bad_request");
  assertProblem(await chat.client().get("rooms/lobby/export"),
    401, "session_required");
});
