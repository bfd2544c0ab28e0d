import assert from "node:assert/strict";
import { test } from "node:test";
import { mayAgainst, rightsIn } from "../../nginx/html/js/chat/rights.js";

const people = [
  { nick: "alice", role: "guest", rank: "owner" },
  { nick: "bob", role: "member", rank: "moderator" },
  { nick: "carol", role: "guest" },
  { nick: "dora", role: "moderator" },
  { nick: "emil", role: "admin" },
];

function roomWith(fields = {}) {
  return { with: null, settings: {}, ...fields,
    members: new Map(people.map((person) => [person.nick, person])) };
}

const stateOf = (nick) => people.find((person) => person.nick === nick);

/* Whom `nick` may act against, of all there are. */
function below(nick, room = roomWith()) {
  return people.map((person) => person.nick)
    .filter((other) => mayAgainst(stateOf(nick), room, other));
}

const has = (nick, right, room = roomWith()) =>
  rightsIn(stateOf(nick), room)[right];

test("nobody acts against somebody who stands as high or higher", () => {
  assert.deepEqual(below("emil"), ["alice", "bob", "carol", "dora"]);
  assert.deepEqual(below("alice"), ["bob", "carol", "dora"]);
  assert.deepEqual(below("bob"), ["carol"]);
  assert.deepEqual(below("dora"), ["carol"]);
  assert.deepEqual(below("carol"), []);
});

test("of somebody who is not there what is known counts", () => {
  const room = roomWith();
  assert.ok(mayAgainst(stateOf("bob"), room, "zoe"));
  assert.ok(!mayAgainst(stateOf("bob"), room, "zoe", { role: "admin" }));
  assert.ok(!mayAgainst(stateOf("bob"), room, "zoe", { rank: "owner" }));
});

test("moderators keep order, owners decide, admins do both", () => {
  const who = (right) =>
    people.map(({ nick }) => nick).filter((nick) => has(nick, right));
  assert.deepEqual(who("moderate"), ["alice", "bob", "dora", "emil"]);
  assert.deepEqual(who("invite"), who("moderate"));
  assert.deepEqual(who("own"), ["alice", "emil"]);
  assert.deepEqual(who("serve"), ["dora", "emil"]);
  assert.deepEqual(who("admin"), ["emil"]);
});

test("a rank that the room itself tells counts in a crowd", () => {
  const room = { with: null, members: new Map(), rank: "owner" };
  assert.ok(rightsIn({ nick: "zoe", role: "guest" }, room).own);
});

test("a room of two has no moderators, whatever their role", () => {
  const direct = roomWith({ with: "carol" });
  assert.ok(!has("emil", "moderate", direct));
  assert.deepEqual(below("emil", direct), []);
  assert.ok(has("emil", "speak", direct));
});

test("who may speak is as the room is set", () => {
  const speaking = (settings) => people.map(({ nick }) => nick)
    .filter((nick) => has(nick, "speak", roomWith({ settings })));
  assert.equal(speaking({ posting: "everyone" }).length, people.length);
  assert.deepEqual(speaking({ posting: "members" }),
    ["alice", "bob", "dora", "emil"]);
  assert.deepEqual(speaking({ posting: "moderators" }),
    ["alice", "bob", "dora", "emil"]);
  assert.deepEqual(speaking({ archived: true }), []);
});

test("without a room there are the rights in the server alone", () => {
  assert.deepEqual(rightsIn({ nick: "dora", role: "moderator" }, undefined),
    { moderate: false, invite: false, own: false, speak: false,
      serve: true, admin: false });
});
