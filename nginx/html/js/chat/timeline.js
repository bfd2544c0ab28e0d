/*
 * One stretch of a room's log without a missing message, oldest first, of
 * bounded length. It reaches up to now ("live") or lies further back.
 */

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
 *   been read?), `older` and `live` (does the log go on before, end here?)
 */
export function createTimeline() {
  const line = { entries: [], loaded: false, older: true, live: true };
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
      } else if (!line.live) {
        tail = [...tail, event].slice(-TIMELINE_MAX);
      } else if (merge([event]) && following) {
        cutOldest();
      } else {
        cutNewest();
      }
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
