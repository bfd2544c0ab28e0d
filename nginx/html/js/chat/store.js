/* What this session knows: a function of a snapshot and the events after it. */

import { createTimeline, isSpoken } from "./timeline.js";

/* Reasons to leave that concern the whole session, not one room. */
const SESSION_REASONS = new Set(["gone", "logout", "expired", "revoked"]);
const EARLY_MAX = 50;
const READ_PAUSE_MS = 4000;
const TYPING_TELL_MS = 3000;
const TYPING_FORGET_MS = 5000; // as the server does

function createRoom(name) {
  return {
    name,
    topic: "",
    n: 0,
    with: null, // the other's nick, in a room of two
    settings: {},
    rank: "", // ours
    members: new Map(), // nick -> {nick, role, rank, idle}
    memberCount: 0,
    unread: 0,
    mentions: 0, // of those
    typing: [], // nicks of others
    waiting: 0, // what we, as a moderator, have to decide on
    newAfter: null, // the `seq` after which all was new when we came
    readSeq: 0, // what the others know that we have read
    countedSeq: 0, // what has been counted as unread, or need not be
    timeline: createTimeline(),
  };
}

function takeSnapshot(room, snapshot) {
  room.topic = snapshot.topic ?? "";
  room.n = snapshot.n;
  room.with = snapshot.direct ? snapshot.with ?? "" : null;
  room.settings = snapshot.settings ?? {};
  room.rank = snapshot.rank ?? "";
  room.readSeq = Math.max(room.readSeq, snapshot.read ?? 0);
  room.members = new Map(snapshot.members.map((m) => [m.nick, m]));
  room.memberCount = snapshot.member_count;
  room.waiting = snapshot.waiting ?? 0;
}

function addMember(room, { from: nick, role = "guest", rank }) {
  if (!room.members.has(nick)) {
    room.members.set(nick, { nick, role, rank });
    room.memberCount += 1;
  }
}

function removeMember(room, nick) {
  room.members.delete(nick);
  room.memberCount = Math.max(room.memberCount - 1, 0);
}

function changeMember(room, nick, change) {
  const member = room.members.get(nick);
  if (member) {
    room.members.set(nick, { ...member, ...change });
  }
}

function countAsRead(room) {
  room.unread = room.mentions = 0;
}

function renameMember(room, from, to) {
  const member = room.members.get(from);
  if (member) {
    room.members.delete(from);
    room.members.set(to, { ...member, nick: to });
  }
  if (room.with === from) {
    room.with = to;
  }
}

/* What an event changes in its room, by type. */
const changes = {
  join: addMember,
  leave: (room, event) => removeMember(room, event.from),
  nick: (room, event) => renameMember(room, event.from, event.to),
  topic: (room, event) => {
    room.topic = event.topic ?? event.text ?? "";
  },
  settings: (room, { settings }) => {
    room.settings = { ...room.settings, ...settings };
  },
  rank: (room, { to, rank }) => changeMember(room, to, { rank }),
  role: (room, { to, role }) => changeMember(room, to, { role }),
};

export function createStore(noticed = () => {}) {
  const state = {
    nick: null,
    role: null,
    kind: null,
    limits: {},
    rooms: new Map(),
    invites: new Set(), // names of rooms
    blocks: new Set(), // nicks of those we do not want to hear
    current: null, // a room's name
    following: true, // is the end of the current room in view?
    attentive: true, // is the page in view?
    renamed: null, // the new name of a room, until there is a snapshot
  };

  /* What has come of rooms that a snapshot has yet to tell of. */
  const early = new Map();

  const room = (name) => state.rooms.get(name);

  function isReadNow(name) {
    return name === state.current && state.following && state.attentive;
  }

  function chooseRoom(...wanted) {
    state.current = [...wanted, ...state.rooms.keys()]
      .find((name) => state.rooms.has(name)) ?? null;
  }

  /* `keep`: the log is the one we know, so timelines and counts stay. */
  function load(snapshot, { keep, current }) {
    const known = keep ? state.rooms : new Map();
    state.nick = snapshot.nick;
    state.role = snapshot.role;
    state.kind = snapshot.kind ?? "guest";
    state.limits = snapshot.limits ?? {};
    state.invites = new Set(snapshot.invites);
    state.rooms = new Map();
    snapshot.rooms.forEach((entry) => add(entry, known.get(entry.room)));
    early.clear();
    chooseRoom(current, state.current, state.renamed);
    state.renamed = null;
  }

  /** `snapshot`: as the session or a join has it. */
  function add(snapshot, known = room(snapshot.room)) {
    const entered = known ?? createRoom(snapshot.room);
    if (snapshot.n >= entered.n) { // else it was overtaken on its way
      takeSnapshot(entered, snapshot);
    }
    state.rooms.set(entered.name, entered);
    state.invites.delete(entered.name);
    early.get(entered.name)?.forEach(apply);
    early.delete(entered.name);
    if (!known && state.kind !== "guest") { // whose reading is of this page
      entered.unread = snapshot.unread ?? 0;
      entered.mentions = snapshot.mentions ?? 0;
      entered.newAfter = entered.unread > 0 ? snapshot.read ?? 0 : null;
    }
    return entered;
  }

  function remove(name) {
    state.rooms.delete(name);
    if (state.current === name) {
      chooseRoom();
    }
  }

  function show(name) {
    if (room(name)) {
      const left = room(state.current);
      if (left && left.name !== name && left.unread === 0) {
        left.newAfter = null;
      }
      state.current = name;
      state.following = true;
      read();
    }
  }

  function read() {
    const home = room(state.current);
    if (home && isReadNow(home.name)) {
      countAsRead(home);
    }
  }

  /* Left, or made to; when the session ends its rooms are kept for the next. */
  function isOwnEnd(event) {
    return event.type === "leave" && event.from === state.nick &&
      !SESSION_REASONS.has(event.reason);
  }

  /* Of a room we do not know: joined elsewhere, or its name is another now. */
  function comesEarly(event) {
    const { type, from, to } = event;
    const isOurs = type === "rename" ||
      (type === "join" && from === state.nick);
    if (isOurs) {
      early.set(event.room, []);
    }
    state.renamed = type === "rename" ? to : state.renamed;
    const events = early.get(event.room) ?? [];
    if (events.length < EARLY_MAX) {
      events.push(event);
    }
    return isOurs;
  }

  const isFromOthers = (event) => isSpoken(event) &&
    (event.from !== state.nick || Boolean(event.hook));

  function enterTimeline(home, event) {
    const following = home.name !== state.current || state.following;
    home.timeline.append(event, following);
    if (isSpoken(event)) {
      home.typing = home.typing.filter((nick) => nick !== event.from);
    }
    const isNew = event.seq > home.countedSeq;
    home.countedSeq = Math.max(home.countedSeq, event.seq);
    if (isNew && isFromOthers(event)) {
      const isRead = isReadNow(home.name);
      if (!isRead) {
        home.newAfter = home.unread === 0 ? event.seq - 1 : home.newAfter;
        home.unread += 1;
        home.mentions += event.mentions?.includes(state.nick) ? 1 : 0;
      }
      noticed(home, event, isRead);
    } else if (isSpoken(event) && !isFromOthers(event)) {
      home.newAfter = null; // who speaks has caught up
    }
  }

  function applyToUs(home, { type, from, to, rank }) {
    if (type === "nick" && from === state.nick) {
      state.nick = to;
    } else if (type === "nick" && state.blocks.has(from)) {
      state.blocks = new Set(state.blocks).add(to);
    } else if (type === "rank" && to === state.nick) {
      home.rank = rank;
    }
  }

  /**
   * What else is to be done: "reload" (a part of the log is gone), "refresh"
   * (a room of ours that we do not know), or null.
   */
  function apply(event) {
    if (event.type === "gap") {
      return "reload";
    }
    const home = room(event.room);
    if (!home) {
      return comesEarly(event) ? "refresh" : null;
    }
    enterTimeline(home, event);
    if (event.n > home.n) {
      home.n = event.n;
      if (isOwnEnd(event) || event.type === "room_end") {
        remove(home.name);
        return null;
      }
      changes[event.type]?.(home, event);
      applyToUs(home, event);
    }
    return null;
  }

  const signals = {
    typing: (home, { nicks }) => {
      home.typing = nicks.filter((nick) => nick !== state.nick);
    },
    presence: (home, { idle }) => {
      home.members.forEach((member, nick) => home.members.set(nick,
        { ...member, idle: idle.includes(nick) }));
    },
    members: (home, { member_count: count }) => {
      home.memberCount = count;
    },
    read: (home, { read: seq }) => { // in another window of ours
      home.readSeq = Math.max(home.readSeq, seq);
      home.countedSeq = Math.max(home.countedSeq, seq);
      const newest = home.timeline.entries.findLast(isSpoken);
      if (!newest || seq >= newest.seq) {
        countAsRead(home);
      }
    },
    waiting: (home, { count }) => {
      home.waiting = count;
    },
    kicked: (home) => remove(home.name),
    banned: (home) => remove(home.name),
    closed: (home) => remove(home.name),
  };

  function signal(news) {
    const home = room(news.room);
    if (news.type === "invite" && !home) {
      state.invites.add(news.room);
    } else if (home && Object.hasOwn(signals, news.type)) {
      signals[news.type](home, news);
    }
  }

  return { state, room, load, add, remove, show, read, apply, signal };
}

/** Tells how far we have read: our other tabs, and devices if we have any. */
export function createReading({ store, send, share }) {
  const { state } = store;
  let timer = null;

  /* The newest message in view, if the server does not know of it. */
  function newest() {
    const room = store.room(state.current);
    const isSeen = room?.timeline.live && state.following && state.attentive;
    const last = isSeen && room.timeline.entries.findLast(isSpoken);
    return last && last.seq > room.readSeq ? { room, seq: last.seq } : null;
  }

  function tell() {
    timer = null;
    const read = newest();
    if (read) {
      read.room.readSeq = read.seq;
      send(read.room.name, read.seq).catch(() => {}); // the next one tells
    }
  }

  return {
    noted() {
      const read = newest();
      if (!read) {
        return;
      }
      share({ room: read.room.name, read: read.seq });
      if (state.kind === "guest") {
        read.room.readSeq = read.seq;
      } else {
        timer ??= setTimeout(tell, READ_PAUSE_MS);
      }
    },
    /* Of guests the server keeps no place. */
    registered() {
      state.rooms.forEach(({ name, readSeq }) =>
        readSeq && send(name, readSeq).catch(() => {}));
    },
    stop() {
      clearTimeout(timer);
      timer = null;
    },
  };
}

/** Tells that we write, and forgets that others do (a room's `typing`). */
export function createTyping({ store, send, changed }) {
  const timers = new Map(); // rooms in which somebody writes
  let toldAt = -Infinity;

  function forget(room) {
    timers.delete(room);
    room.typing = [];
    changed();
  }

  return {
    typed() {
      const room = store.state.current;
      if (room !== null && Date.now() - toldAt >= TYPING_TELL_MS) {
        toldAt = Date.now();
        send(room).catch(() => {}); // nothing depends on it
      }
    },
    sent() {
      toldAt = -Infinity;
    },
    heard({ type, room: name }) {
      const room = type === "typing" ? store.room(name) : undefined;
      if (room) {
        clearTimeout(timers.get(room));
        timers.set(room, setTimeout(() => forget(room), TYPING_FORGET_MS));
      }
    },
  };
}
