// Parts that go away and come back: what holds meanwhile, and after.
import assert from "node:assert/strict";
import fs from "node:fs";

import { assertInOrder, assertProblem, newId } from "./client.mjs";
import { runBuilt, scenario, timed, waitFor } from "./harness.mjs";

// A front end that stops removes its socket, and nginx says that it is gone.
const socketGone = /connect\(\) to unix:\S+ failed \(2: No such file/;

/**
 * Everything but a poll is refused: soon, politely, and never with a 401. What
 * a hanging broker had received it may still do when it goes on, so `victim`
 * is somebody of whom nobody else sees anything.
 */
async function assertAllRefused(victim) {
  const room = "rooms/elsewhere";
  const requests = [
    ["GET", "session"],
    ["POST", "session", { nick: `not ${victim.nick}`, rooms: ["elsewhere"] }],
    ["DELETE", "session"], ["GET", "rooms"], ["POST", "rooms", { room: "dev" }],
    ["POST", `${room}/join`], ["POST", `${room}/leave`],
    ["GET", `${room}/messages`],
    ["POST", `${room}/messages`, { id: newId(), text: "x" }],
    ["GET", "readyz"],
  ];
  await Promise.all(requests.map(async ([method, path, body]) => {
    const { value: reply, elapsed_ms } =
      await timed(victim.request(method, path, { body }));
    assertProblem(reply, 503, "unavailable");
    assert.ok(elapsed_ms < 5500, `${method} ${path}: ${elapsed_ms} ms`);
  }));
  assert.equal((await victim.get("livez")).status, 200);
}

/** A promise and whether it has settled. */
function watched(promise) {
  const state = { settled: false, promise };
  promise.then(() => { state.settled = true; },
    () => { state.settled = true; });
  return state;
}

for (const [how, away, back] of [
  ["is gone", (chat) => chat.kill("broker"), (chat) => chat.start()],
  ["hangs", (chat) => chat.signal("broker", "SIGSTOP"),
    (chat) => chat.signal("broker", "SIGCONT")],
]) {
  scenario(`while the broker ${how} polls wait and all else is refused`, {},
    async (chat) => {
      const alice = await chat.visitor("alice");
      const bob = await chat.visitor("bob");
      const victims = await Promise.all(["first", "second"].map((nick) =>
        chat.visitor(nick, { rooms: ["elsewhere"] })));
      const { cursor } = await bob.snapshot();
      const before = watched(alice.poll(cursor, { wait: 50 }));
      await waitFor("it is parked", () => chat.connections("fcgi") >= 1);
      await away(chat);
      await assertAllRefused(victims[0]);
      const during = watched(bob.poll(cursor, { wait: 50 }));
      await assertAllRefused(victims[1]);
      assert.ok(!before.settled, "a parked poll stays parked");
      assert.ok(!during.settled, "and a new one gets parked");

      await back(chat);
      await waitFor("all is well again", async () =>
        (await alice.get("readyz")).status === 200);
      const id = newId();
      await waitFor("posts are taken", async () => [200, 201].includes(
        (await alice.post("rooms/lobby/messages", { id, text: "back" }))
          .status));
      for (const poll of [before, during]) {
        const reply = await poll.promise;
        assert.equal(reply.status, 200, reply.text);
        assert.deepEqual(reply.json.events.map(({ text }) => text), ["back"]);
      }
    });
}

scenario("a poll parked while the broker was away ends at its time", {},
  async (chat) => {
    const alice = await chat.visitor("alice");
    const { cursor } = await alice.snapshot();
    await chat.kill("broker");
    const reply = await alice.poll(cursor, { wait: 2 });
    assert.deepEqual([reply.status, reply.json.events, reply.json.next],
      [200, [], cursor]);
  });

scenario("a front end that stops answers all parked polls at once", {
  expectedErrors: [socketGone],
}, async (chat) => {
  const count = 40;
  const readers = [];
  for (let i = 0; i < count; i++) {
    readers.push(await chat.visitor(`reader ${i}`));
  }
  const { cursor } = await readers[0].snapshot();
  const polls = readers.map((reader) => reader.poll(cursor, { wait: 50 }));
  await waitFor("all are parked", () => chat.connections("fcgi") >= count);
  const pid = chat.pid("fcgi");
  const { value: replies, elapsed_ms } = await timed((async () => {
    chat.signal("fcgi", "SIGTERM");
    return Promise.all(polls);
  })());
  assert.ok(elapsed_ms < 5000, `${elapsed_ms} ms`);
  for (const { status, json } of replies) {
    assert.deepEqual([status, json.events, json.next], [200, [], cursor]);
  }
  await chat.ended("fcgi");

  // Nobody behind nginx: a refusal, not an error page.
  const { value: refused, elapsed_ms: refused_ms } =
    await timed(readers[0].poll(cursor, { wait: 50 }));
  assertProblem(refused, 503, "unavailable");
  assert.ok(refused_ms < 5000);

  await chat.start();
  assert.notEqual(chat.pid("fcgi"), pid);
  const said = await readers[0].say("lobby", "and on it goes");
  for (const reader of readers) {
    const { messages } = await reader.readMessages(cursor, 1);
    assert.equal(messages[0].seq, said.seq);
  }
});

scenario("a restart keeps sessions, cursors, messages and ids", {
  expectedErrors: [socketGone],
}, async (chat) => {
  const alice = await chat.visitor("alice");
  const bob = await chat.visitor("bob");
  await alice.post("rooms", { room: "dev", topic: "code" });
  const id = newId();
  const said = await alice.say("dev", "before", id);
  const before = await alice.snapshot();

  const restarts = {
    "the broker, asked to": async () => {
      chat.signal("broker", "SIGTERM");
      await chat.ended("broker");
    },
    "the broker, killed": () => chat.kill("broker"),
    "everything": () => chat.stop(),
  };
  for (const [what, end] of Object.entries(restarts)) {
    await end();
    await chat.start();
    const after = await alice.snapshot();
    assert.deepEqual(
      { ...after, cursor: null, rooms: after.rooms.map((r) => r.room).sort() },
      { ...before, cursor: null,
        rooms: before.rooms.map((r) => r.room).sort() }, what);
    const again = await alice.post("rooms/dev/messages",
      { id, text: "before" });
    assert.deepEqual([again.status, again.json], [200, said], what);
    await alice.say("lobby", `after ${what}`);
  }

  // Bob read nothing all the while; his cursor is as good as ever.
  const { messages } = await bob.readMessages(bob.at.cursor, 3);
  assert.deepEqual(messages.map(({ text }) => text),
    Object.keys(restarts).map((what) => `after ${what}`));
});

scenario("another log than the cursor's is noticed", {
  expectedErrors: [socketGone],
}, async (chat) => {
  const alice = await chat.visitor("alice");
  const { cursor } = await alice.snapshot();
  await chat.stop();
  for (const file of ["ajaxchat.db", "ajaxchat.db-wal", "ajaxchat.db-shm"]) {
    fs.rmSync(chat.path(file), { force: true });
  }
  await chat.start();
  assertProblem(await alice.poll(cursor), 401, "session_required");
  await alice.login("alice");
  assertProblem(await alice.poll(cursor), 410, "cursor_unknown");
});

scenario("a second broker is refused and the first unharmed", {},
  async (chat) => {
    const alice = await chat.visitor("alice");
    const pid = chat.pid("broker");
    const conf = fs.readFileSync(chat.path("ajaxchat.conf"), "utf8");
    const other = chat.path("other.conf");
    for (const [what, text] of [
      ["the same address", conf.replace(/(database = .*)$/m, "$1.other")],
      ["the same database", conf.replace(/^listen = .*$/m,
        `listen = tcp://127.0.0.1:${chat.brokerPort - 10_000}`)],
      ["both", conf],
    ]) {
      fs.writeFileSync(other, text);
      const { code, output } = await runBuilt("ajaxchatd",
        ["--config", other]);
      assert.ok(code > 0, `${what}: ${code} ${output}`);
      assert.match(output, / error event=/, what);
      await alice.say("lobby", `still here, ${what}`);
    }
    assert.equal(chat.pid("broker"), pid);
    const { messages } = await alice.readMessages(alice.at.cursor, 3);
    assert.equal(messages.length, 3);
  });

scenario("of three front ends one may die", { fronts: 3 }, async (chat) => {
  const people = [];
  for (let i = 0; i < 30; i++) people.push(await chat.visitor(`person ${i}`));
  const { cursor } = await people[0].snapshot();
  await people[0].say("lobby", "three");
  await chat.kill("fcgi-2");
  // Those it served are with another within moments, the rest unaware.
  const id = (i) => `two-${i}`;
  await Promise.all(people.map((person, i) =>
    waitFor(`person ${i} is heard`, async () => [200, 201].includes(
      (await person.post("rooms/lobby/messages",
        { id: id(i), text: `two ${i}` })).status))));
  const read = await Promise.all(people.map((person) =>
    person.readMessages(cursor, 31)));
  for (const { messages } of read) {
    assert.deepEqual(messages, read[0].messages);
  }
  assert.equal(new Set(read[0].messages.map(({ text }) => text)).size, 31);
  await chat.start();
  await people[7].say("lobby", "three again");
});

scenario("a front end that hangs is refused for, not waited for", {},
  async (chat) => {
    const alice = await chat.visitor("alice");
    chat.signal("fcgi", "SIGSTOP");
    const { value: reply, elapsed_ms } = await timed(alice.get("rooms"));
    assertProblem(reply, 503, "unavailable");
    assert.ok(elapsed_ms < 5500, `${elapsed_ms} ms`);
    chat.signal("fcgi", "SIGCONT");
    await waitFor("it is back", async () =>
      (await alice.get("rooms")).status === 200);
  });

scenario("whatever is killed, nothing is lost, doubled or made up", {
  fronts: 2, limit_ms: 120_000,
}, async (chat) => {
  const writers = [];
  const readers = [];
  for (let i = 0; i < 10; i++) {
    writers.push(await chat.visitor(`writer ${i}`));
    readers.push(await chat.visitor(`reader ${i}`));
  }
  const { cursor } = await readers[9].snapshot();
  let writing = true;

  // Asks until there is an answer that is not "later".
  const insist = async (ask) => {
    for (;;) {
      const reply = await ask().catch(() => null);
      if (reply !== null && reply.status !== 503) return reply;
      await new Promise((resolve) => { setTimeout(resolve, 30); });
    }
  };
  const acknowledged = new Map(); // seq -> what was sent
  const write = async (writer) => {
    for (let i = 0; writing; i++) {
      const message = { id: newId(), text: `${writer.nick}, line ${i}` };
      const reply = await insist(() =>
        writer.post("rooms/lobby/messages", message));
      assert.ok([200, 201].includes(reply.status), reply.text);
      assert.ok(!acknowledged.has(reply.json.seq), "a seq of its own");
      acknowledged.set(reply.json.seq,
        { ...reply.json, ...message, from: writer.nick });
    }
  };
  let last = Infinity; // the newest message, once writing is over
  const read = async (reader) => {
    const events = [];
    for (let since = cursor; !(events.at(-1)?.seq >= last);) {
      const reply = await insist(() => reader.poll(since, { wait: 2 }));
      assert.equal(reply.status, 200, reply.text);
      assert.equal(reply.json.since, since);
      events.push(...reply.json.events);
      since = reply.json.next;
    }
    assertInOrder(events);
    return events.filter(({ type }) => type === "message");
  };

  const writes = Promise.all(writers.map(write));
  const reads = Promise.all(readers.map(read));
  for (const part of ["broker", "fcgi-1", "nginx", "fcgi-2", "broker",
    "nginx"]) {
    const enough = acknowledged.size + 200;
    await waitFor("traffic", () => acknowledged.size >= enough);
    await chat.kill(part);
    await chat.start();
  }
  const enough = acknowledged.size + 200;
  await waitFor("traffic", () => acknowledged.size >= enough);
  writing = false;
  await writes;
  last = Math.max(...acknowledged.keys());

  const expected = [...acknowledged.values()]
    .sort((a, b) => a.seq - b.seq)
    .map(({ seq, n, at, id, from, text }) => ({ seq, n, at, room: "lobby",
      type: "message", from, text, id }));
  for (const messages of await reads) assert.deepEqual(messages, expected);
});
