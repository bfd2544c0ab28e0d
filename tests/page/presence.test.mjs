import assert from "node:assert/strict";
import { test } from "node:test";
import { createStore, createTyping }
  from "../../nginx/html/js/chat/store.js";
import { event, snapshot, stopClock } from "./fakes.mjs";

function setUp(t) {
  const advance = stopClock(t);
  const sent = [];
  const store = createStore();
  store.load(snapshot(), { keep: false });
  const typing = createTyping({ store, changed: () => {}, send: (room) => {
    sent.push(room);
    return Promise.reject(new Error("nobody cares"));
  } });
  const hear = (...nicks) => {
    const signal = { type: "typing", room: "lobby", nicks };
    store.signal(signal);
    typing.heard(signal);
  };
  return { advance, sent, store, typing, hear,
    shown: () => store.room("lobby").typing };
}

test("that we write is told now and then", async (t) => {
  const { advance, sent, typing } = setUp(t);
  for (let i = 0; i < 8; i++) {
    typing.typed();
    await advance(1000);
  }
  assert.equal(sent.length, 3);
  typing.sent();
  typing.typed();
  assert.equal(sent.length, 4);
});

test("others write until they are silent, or have said it", async (t) => {
  const { advance, store, hear, shown } = setUp(t);
  hear("alice", "bob", "carol");
  assert.deepEqual(shown(), ["bob", "carol"]);
  store.apply(event(11, { from: "bob" }));
  assert.deepEqual(shown(), ["carol"]);
  await advance(4000);
  hear("carol");
  await advance(4000);
  assert.deepEqual(shown(), ["carol"]);
  await advance(1000);
  assert.deepEqual(shown(), []);
});
