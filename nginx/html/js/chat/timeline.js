/* A room's log: the stretch that is held, reading it, its rows. See PAGE.md. */

import { createBackoff, createPause, isTransient } from "../net/api.js";

/** Events of a room that are held. */
export const TIMELINE_MAX = 350;

/** Types of events that are shown, and read from history. */
const LASTING = ["message", "action", "nick", "topic", "room", "rename",
  "settings", "invite", "rank", "kick", "mute", "unmute", "ban", "unban"];

/* Shown too, but the first to be forgotten: what they do in a row. */
const PASSING = { join: "joined", leave: "left" };
const SAID_BEFORE = ["kicked", "banned"]; // by an event of their own
const GROUP_GAP_MS = 5 * 60 * 1000;

const isPassing = ({ type }) => Object.hasOwn(PASSING, type);
const isShown = (event) => LASTING.includes(event.type) ||
  (isPassing(event) && !SAID_BEFORE.includes(event.reason));

export const isSpoken = ({ type }) => type === "message" || type === "action";

function withReaction(reactions, { emoji, from, on }) {
  const old = reactions.find((r) => r.emoji === emoji);
  const others = (old?.nicks ?? []).filter((nick) => nick !== from);
  const had = others.length !== (old?.nicks.length ?? 0);
  const nicks = on ? [...others, from] : others;
  const count = (old?.count ?? 0) - had + on;
  const fresh = { emoji, nicks, count };
  return (old ? reactions.map((r) => r === old ? fresh : r)
    : [...reactions, fresh]).filter((r) => r.count > 0);
}

/* What an event makes of the one that it is about. */
const effects = {
  edit: (entry, { text, at }) => ({ ...entry, text, edited: at }),
  delete: (entry) =>
    ({ ...entry, text: "", deleted: true, reactions: undefined }),
  reaction: (entry, event) => ({ ...entry,
    reactions: withReaction(entry.reactions ?? [], event) }),
};

export function createTimeline() {
  const line = {
    entries: [],
    quotes: new Map(),
    loaded: false, // has the newest history been read?
    older: true, // does the log go on before?
    live: true, // does it end here?
  };
  let tail = []; // the newest events, while the stretch is not live

  function merge(events) {
    const seen = new Set(line.entries.map((entry) => entry.seq));
    const fresh = events.filter((e) => isShown(e) && !seen.has(e.seq));
    const last = line.entries.at(-1)?.seq ?? 0;
    line.entries = line.entries.concat(fresh);
    if (fresh.some((event) => event.seq < last)) {
      line.entries.sort((a, b) => a.seq - b.seq);
    }
    return fresh.length;
  }

  function shedPassing() {
    let excess = line.entries.length - TIMELINE_MAX;
    if (excess > 0) {
      line.entries = line.entries.filter((event) =>
        !(isPassing(event) && excess-- > 0));
    }
  }

  function cutOldest() {
    shedPassing();
    if (line.entries.length > TIMELINE_MAX) {
      line.entries = line.entries.slice(-TIMELINE_MAX);
      line.older = true;
    }
  }

  function cutNewest() {
    shedPassing();
    if (line.entries.length > TIMELINE_MAX) {
      if (line.live) {
        tail = line.entries.slice(TIMELINE_MAX);
        line.live = false;
      }
      line.entries = line.entries.slice(0, TIMELINE_MAX);
    }
  }

  function goLive() {
    line.live = true;
    merge(tail);
    tail = [];
  }

  return Object.assign(line, {
    /** `following`: the reader is at the end. */
    append(event, following) {
      if (Object.hasOwn(effects, event.type)) {
        const change = (entry) => entry.seq === event.target
          ? effects[event.type](entry, event) : entry;
        line.entries = line.entries.map(change);
        tail = tail.map(change);
        if (line.quotes.get(event.target)) {
          line.quote(event.target, change(line.quotes.get(event.target)));
        }
      } else if (!line.live) {
        tail = [...tail, event].slice(-TIMELINE_MAX);
      } else if (merge([event]) && following) {
        cutOldest();
      } else {
        cutNewest();
      }
    },
    /** The `seq` of a message that is replied to. */
    unknownQuote() {
      const known = new Set(line.entries.map(({ seq }) => seq));
      return line.entries.findLast(({ reply_to: target }) => target &&
        !known.has(target) && !line.quotes.has(target))?.reply_to;
    },
    quote(seq, message) {
      line.quotes = new Map([...line.quotes].slice(-TIMELINE_MAX))
        .set(seq, message);
    },
    /* Pages of history. */
    newest({ messages, more }) {
      if (!line.live) {
        line.entries = [];
      }
      line.loaded = true;
      line.older = more;
      merge(messages);
      goLive();
      cutOldest();
    },
    around({ messages }) {
      line.entries = [];
      line.loaded = line.older = true;
      line.live = false;
      tail = [];
      merge(messages);
    },
    /** `seq` was the first entry when asking. */
    before({ messages, more }, seq) {
      if (line.entries[0]?.seq === seq) {
        line.older = more;
        merge(messages);
        cutNewest();
      }
    },
    after({ messages, more }, seq) {
      if (!line.live && line.entries.at(-1)?.seq === seq) {
        merge(messages);
        if (!more) {
          goLive();
        }
        cutOldest();
      }
    },
  });
}

export const HISTORY_PAGE = 50;

/** `isIn(room)`: are we still there; `found(event)`: see what came. */
export function createHistory(
  { fetch, fetchOne, isIn, found, failed, changed }) {
  const pause = createPause();
  const reading = new Set(); // rooms
  const quoting = new Set(); // rooms

  async function fetchPage(room, range) {
    const page = await fetch(room.name,
      { ...range, limit: HISTORY_PAGE, types: LASTING.join() });
    page.messages.forEach(found);
    return page;
  }

  /* null: refused, or we are not there any more. */
  async function insist(room, ask) {
    const backoff = createBackoff();
    while (isIn(room)) {
      try {
        return await ask();
      } catch (error) {
        failed(error);
        if (!isTransient(error)) {
          return null;
        }
        await pause.wait(backoff.next(error.retryAfterMs));
      }
    }
    return null;
  }

  async function readNewest(room) {
    if (!room || room.timeline.loaded || reading.has(room)) {
      return;
    }
    reading.add(room);
    const page = await insist(room, () => fetchPage(room, {}));
    if (page && !room.timeline.loaded) {
      room.timeline.newest(page);
    }
    reading.delete(room);
    changed();
  }

  async function readQuotes(room) {
    if (quoting.has(room)) {
      return;
    }
    quoting.add(room);
    for (let seq; isIn(room) && (seq = room.timeline.unknownQuote());) {
      room.timeline.quote(seq,
        await insist(room, () => fetchOne(room.name, seq)));
      changed();
    }
    quoting.delete(room);
  }

  async function readMore(room, side, seq) {
    if (!room.timeline.loaded || reading.has(room)) {
      return;
    }
    reading.add(room);
    changed();
    try {
      room.timeline[side](await fetchPage(room, { [side]: seq }), seq);
    } catch (error) {
      failed(error);
      await pause.wait(createBackoff().next(error.retryAfterMs));
    }
    reading.delete(room);
    changed();
    readNewest(room); // if that was asked for meanwhile
  }

  async function readAround(room, seq) {
    room.timeline.around(await fetchPage(room, { around: seq }));
    changed();
  }

  function readOlder(room) {
    if (room?.timeline.older && room.timeline.entries.length) {
      readMore(room, "before", room.timeline.entries[0].seq);
    }
  }

  function readNewer(room) {
    if (room && !room.timeline.live) {
      readMore(room, "after", room.timeline.entries.at(-1).seq);
    }
  }

  return {
    readNewest, readOlder, readNewer, readAround, readQuotes,
    isReading: (room) => reading.has(room),
    wake: pause.cut,
  };
}

/* The quote of what somebody muted has said. */
export const HIDDEN = {};

const dayOf = (at) => new Date(at).toDateString();

/* "joined" and then "left" is "visited"; and so on. */
function addChange(changes, event) {
  const what = PASSING[event.type];
  const earlier = changes.get(event.from);
  const returned = what === "joined" &&
    (earlier === "left" || earlier === "returned");
  const went = what === "left" &&
    (earlier === "joined" || earlier === "visited");
  changes.set(event.from, returned ? "returned" : went ? "visited" : what);
}

const isByHook = ({ item }) => Boolean(item.hook);

function startsGroup(row, previous) {
  return row.kind !== "message" || !previous || row.isNew ||
    row.day !== null || previous.kind !== "message" ||
    previous.author !== row.author || isByHook(previous) !== isByHook(row) ||
    previous.isMuted !== row.isMuted ||
    row.item.at - previous.item.at > GROUP_GAP_MS;
}

function toRow(item, author, state, { nick, muted, opened }) {
  const spoken = isSpoken(item);
  const key = state === "done" ? `e${item.seq}` : `p${item.id}`;
  const isOpened = opened.has(key);
  const isMuted = spoken && !isOpened && !item.hook && muted.has(author);
  return {
    key,
    kind: isPassing(item) ? "presence" : spoken ? item.type : "notice",
    item,
    author,
    own: spoken && author === nick && !item.hook,
    isOpened,
    isMuted,
    isThere: spoken && state === "done" && !item.deleted && !isMuted,
    state,
    last: item.seq,
    changes: null,
  };
}

/**
 * The rows of a timeline, and of what waits to be sent. `reader`: `nick`; Sets
 * of nicks, `muted`, and of rows' keys, `opened`; and the `seq`, `newAfter`.
 */
export function layOut({ entries, quotes }, waiting, reader) {
  const held = new Map(entries.map((event) => [event.seq, event]));
  const rows = [];
  let newAfter = reader.newAfter ?? Infinity;
  const isHidden = ({ from, hook }) => !hook && reader.muted.has(from);

  function put(row) {
    const { item } = row;
    const previous = rows.at(-1);
    const isNewDay = !previous || dayOf(previous.item.at) !== dayOf(item.at);
    if (row.kind === "presence" && previous?.changes && !isNewDay) {
      addChange(previous.changes, item);
      previous.last = item.seq;
      return;
    }
    if (row.kind === "presence") {
      row.changes = new Map();
      addChange(row.changes, item);
    }
    row.day = isNewDay ? item.at : null;
    row.isNew = isSpoken(item) && !row.own && item.seq > newAfter;
    newAfter = row.isNew ? Infinity : newAfter;
    row.first = startsGroup(row, previous);
    row.target = item.reply_to ?? item.replyTo ?? null;
    const quote = held.get(row.target) ?? quotes.get(row.target);
    row.quote = isHidden(quote ?? {}) ? HIDDEN : quote;
    rows.push(row);
  }

  entries.forEach((event) => put(toRow(event, event.from, "done", reader)));
  waiting.forEach((item) => put(toRow(item, reader.nick, item.state, reader)));
  return rows;
}

/** Whether two rows of the same key look the same. */
export const isSameRow = (a, b) => ["item", "day", "first", "own", "state",
  "last", "quote", "isNew", "isMuted", "isOpened"]
  .every((field) => a[field] === b[field]);
