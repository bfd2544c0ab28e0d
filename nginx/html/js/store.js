/*
 * What this session knows: who we are, our rooms, who is there, what was said.
 * It is a function of a snapshot and of the events after it, in order; it asks
 * nobody and draws nothing.
 *
 * A room's snapshot says up to which event (`n`) it is complete. Rooms joined
 * later have snapshots newer than the poll's cursor, so the poll repeats
 * events that such a snapshot includes: they go to the timeline, which drops
 * repeats, but change nothing else.
 */

import { createTimeline } from "./timeline.js";

/* Reasons to leave that concern the whole session, not one room. */
const SESSION_REASONS = new Set(["gone", "logout", "expired"]);
const SPOKEN = new Set(["message", "action"]);

function createRoom(name) {
  return {
    name,
    topic: "",
    n: 0,
    members: new Map(), // nick -> {nick, role}
    memberCount: 0,
    unread: 0,
    timeline: createTimeline(),
  };
}

function takeSnapshot(room, snapshot) {
  room.topic = snapshot.topic ?? "";
  room.n = snapshot.n;
  room.members = new Map(snapshot.members.map((m) => [m.nick, m]));
  room.memberCount = snapshot.member_count;
}

function addMember(room, nick, role) {
  if (!room.members.has(nick)) {
    room.members.set(nick, { nick, role });
    room.memberCount += 1;
  }
}

function removeMember(room, nick) {
  room.members.delete(nick);
  room.memberCount = Math.max(room.memberCount - 1, 0);
}

function renameMember(room, from, to) {
  const member = room.members.get(from);
  if (member) {
    room.members.delete(from);
    room.members.set(to, { ...member, nick: to });
  }
}

/* What an event changes in its room, by type; others change nothing. */
const changes = {
  join: (room, event) => addMember(room, event.from, event.role ?? "guest"),
  leave: (room, event) => removeMember(room, event.from),
  nick: (room, event) => renameMember(room, event.from, event.to),
  topic: (room, event) => {
    room.topic = event.topic ?? event.text ?? "";
  },
};

export function createStore() {
  const state = {
    nick: null,
    role: null,
    limits: {},
    rooms: new Map(),
    current: null, // a room's name, or null
    following: true, // is the end of the current room in view?
    attentive: true, // is the page in view?
  };

  const room = (name) => state.rooms.get(name);

  function isReadNow(name) {
    return name === state.current && state.following && state.attentive;
  }

  function chooseRoom(wanted) {
    const first = state.rooms.keys().next().value ?? null;
    state.current = state.rooms.has(wanted) ? wanted : first;
  }

  /*
   * `keep`: the log is the one we know, so timelines and counts stay. Without
   * it everything is as the snapshot says, and history is to be read again.
   */
  function load(snapshot, { keep, current }) {
    const known = keep ? state.rooms : new Map();
    state.nick = snapshot.nick;
    state.role = snapshot.role;
    state.limits = snapshot.limits ?? {};
    state.rooms = new Map();
    snapshot.rooms.forEach((entry) => add(entry, known.get(entry.room)));
    chooseRoom(current ?? state.current);
  }

  /** A room as the session or a join has it. @returns the room */
  function add(snapshot, known = room(snapshot.room)) {
    const entered = known ?? createRoom(snapshot.room);
    takeSnapshot(entered, snapshot);
    state.rooms.set(entered.name, entered);
    return entered;
  }

  function remove(name) {
    state.rooms.delete(name);
    if (state.current === name) {
      chooseRoom(null);
    }
  }

  function show(name) {
    if (room(name)) {
      state.current = name;
      state.following = true;
      read();
    }
  }

  /** Counts what is in view as read. */
  function read() {
    if (state.current !== null && isReadNow(state.current)) {
      room(state.current).unread = 0;
    }
  }

  /* Left, or made to; when the session ends its rooms are kept for the next. */
  function isOwnEnd(event) {
    return event.type === "leave" && event.from === state.nick &&
      !SESSION_REASONS.has(event.reason);
  }

  function enterTimeline(home, event) {
    const following = home.name !== state.current || state.following;
    home.timeline.append(event, following);
    const fromOthers = SPOKEN.has(event.type) && event.from !== state.nick;
    if (fromOthers && !isReadNow(home.name)) {
      home.unread += 1;
    }
  }

  /**
   * One event.
   * @returns {?string} what else is to be done: "reload" (a part of the log
   *   is gone), "refresh" (we are in a room that we do not know), or null
   */
  function apply(event) {
    if (event.type === "gap") {
      return "reload";
    }
    const home = room(event.room);
    if (!home) {
      const joined = event.type === "join" && event.from === state.nick;
      return joined ? "refresh" : null;
    }
    enterTimeline(home, event);
    if (event.n > home.n) {
      home.n = event.n;
      if (isOwnEnd(event)) {
        remove(home.name);
        return null;
      }
      changes[event.type]?.(home, event);
      if (event.type === "nick" && event.from === state.nick) {
        state.nick = event.to;
      }
    }
    return null;
  }

  function signal({ type, room: name, member_count: count }) {
    if (type === "members" && room(name)) {
      room(name).memberCount = count;
    }
  }

  return { state, room, load, add, remove, show, read, apply, signal };
}
