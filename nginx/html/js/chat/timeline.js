/*
 * One stretch of a room's log without a missing message, oldest first, of
 * bounded length, up to now ("live") or further back; and how it is read.
 */

import { createBackoff, createPause, isTransient } from "../net/api.js";

/** The longest stretch; the page shows it and what waits to be sent. */
export const TIMELINE_MAX = 350;

/** Types of events that are shown, and read from history. */
export const LASTING = ["message", "action", "nick", "topic", "room", "rename",
  "settings", "invite", "rank", "kick", "mute", "unmute", "ban", "unban"];

/* Those that are shown but are the first to be forgotten. */
const PASSING = ["join", "leave"];
const SHOWN = new Set([...LASTING, ...PASSING]);
/* Who leaves for one of these: the event before has said so. */
const SAID_BEFORE = new Set(["kicked", "banned"]);

const isShown = ({ type, reason }) => SHOWN.has(type) &&
  !(type === "leave" && SAID_BEFORE.has(reason));

/* The reactions to a message after somebody has made or taken back one. */
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

/* What later events make of the one that they are about, by their type. */
const changes = {
  edit: (entry, { text, at }) => ({ ...entry, text, edited: at }),
  delete: (entry) =>
    ({ ...entry, text: "", deleted: true, reactions: undefined }),
  reaction: (entry, event) => ({ ...entry,
    reactions: withReaction(entry.reactions ?? [], event) }),
};

/**
 * @returns an object with `entries` (events), `loaded` (has the newest history
 *   been read?), `older` and `live` (does the log go on before, end here?),
 *   and `quotes`: messages further away that are replied to, null if gone
 */
export function createTimeline() {
  const line = { entries: [], quotes: new Map(), loaded: false, older: true,
    live: true };
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

  /* Forgets the oldest comings and goings, as many as there are too many. */
  function shedPassing() {
    let excess = line.entries.length - TIMELINE_MAX;
    if (excess > 0) {
      line.entries = line.entries.filter(({ type }) =>
        !(PASSING.includes(type) && excess-- > 0));
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
    /**
     * An event from the poll. `following`: its reader is at the end and may
     * lose the oldest; otherwise a full stretch stays as it is.
     */
    append(event, following) {
      if (Object.hasOwn(changes, event.type)) {
        const change = (entry) => entry.seq === event.target
          ? changes[event.type](entry, event) : entry;
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
    /** The number of a message that is replied to and not known here. */
    unknownQuote() {
      const known = new Set(line.entries.map(({ seq }) => seq));
      return line.entries.findLast(({ reply_to: target }) => target &&
        !known.has(target) && !line.quotes.has(target))?.reply_to;
    },
    /** That message; null: nobody has it any more. */
    quote(seq, message) {
      line.quotes = new Map([...line.quotes].slice(-TIMELINE_MAX))
        .set(seq, message);
    },
    /** The newest page of history; joins what the poll has brought so far. */
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
    /** A page from the midst of the log: of it and nothing else. */
    around({ messages }) {
      line.entries = [];
      line.loaded = line.older = true;
      line.live = false;
      tail = [];
      merge(messages);
    },
    /** The page before the entry `seq`, which was the first when asking. */
    before({ messages, more }, seq) {
      if (line.entries[0]?.seq === seq) {
        line.older = more;
        merge(messages);
        cutNewest();
      }
    },
    /** The page after the entry `seq`, which was the last when asking. */
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

/** Messages in one page of history. */
export const HISTORY_PAGE = 50;
const TYPES = LASTING.join();

/**
 * Reads history into timelines: of a room one page at a time.
 * @param {object} parts `fetch` and `fetchOne` are calls of api.js,
 *   `isIn(room)`: are we still there, `found(event)` is told of each
 */
export function createHistory(
  { fetch, fetchOne, isIn, found, failed, changed }) {
  const pause = createPause();
  const reading = new Set(); // rooms
  const quoting = new Set(); // rooms

  async function fetchPage(room, range) {
    const page = await fetch(room.name,
      { ...range, limit: HISTORY_PAGE, types: TYPES });
    page.messages.forEach(found);
    return page;
  }

  /* Asks until there is an answer; null: refused, or we are not there. */
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

  /** The newest page, if the room has none yet; goes on until it is read. */
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

  /** What is replied to and not held, one after the other. */
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

  /** The page around the event `seq`. Rejects with an error of api.js. */
  async function readAround(room, seq) {
    room.timeline.around(await fetchPage(room, { around: seq }));
    changed();
  }

  /** The page before the first event held, if there is one. */
  function readOlder(room) {
    if (room?.timeline.older && room.timeline.entries.length) {
      readMore(room, "before", room.timeline.entries[0].seq);
    }
  }

  /** The page after the last event held, if there is one. */
  function readNewer(room) {
    if (room && !room.timeline.live) {
      readMore(room, "after", room.timeline.entries.at(-1).seq);
    }
  }

  return {
    readNewest, readOlder, readNewer, readAround, readQuotes,
    isReading: (room) => reading.has(room),
    wake: () => pause.cut(),
  };
}
