/* From events to rows; nginx/PAGE.md tells what a row has. */

const GROUP_GAP_MS = 5 * 60 * 1000;
const PRESENCE = { join: "joined", leave: "left" };

/* The quote of what somebody muted has said. */
export const HIDDEN = {};

const dayOf = (at) => new Date(at).toDateString();

export const isSpoken = ({ type }) => type === "message" || type === "action";

/* "joined" and then "left" is "visited"; and so on. */
function addChange(changes, event) {
  const what = PRESENCE[event.type];
  const earlier = changes.get(event.from);
  const returned = what === "joined" &&
    (earlier === "left" || earlier === "returned");
  const went = what === "left" &&
    (earlier === "joined" || earlier === "visited");
  changes.set(event.from, returned ? "returned" : went ? "visited" : what);
}

/* Programs choose their names themselves: nobody's messages are theirs. */
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
    kind: item.type in PRESENCE ? "presence" : spoken ? item.type : "notice",
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
 * @param {object} timeline see timeline.js
 * @param {object[]} waiting the outbox's items of the room
 * @param {object} reader `nick`; Sets: nicks that are `muted`, keys of rows
 *   that are `opened`; and the `seq` after which all is new, `newAfter`
 * @returns {object[]} rows
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

const COMPARED = ["item", "day", "first", "own", "state", "last", "quote",
  "isNew", "isMuted", "isOpened"];

/** Whether two rows of the same key look the same. */
export function isSameRow(a, b) {
  return COMPARED.every((field) => a[field] === b[field]);
}
