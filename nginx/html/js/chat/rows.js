/* From events to rows; nginx/PAGE.md tells what a row has. */

const GROUP_GAP_MS = 5 * 60 * 1000;
const PRESENCE = { join: "joined", leave: "left" };

const dayOf = (at) => new Date(at).toDateString();

function kindOf(item) {
  if (item.type in PRESENCE) {
    return "presence";
  }
  return item.type === "message" || item.type === "action"
    ? item.type : "notice";
}

/* "joined" and then "left" is "visited"; and so on. */
function addChange(changes, event) {
  const what = PRESENCE[event.type];
  const earlier = changes.get(event.from);
  const returned = what === "joined" &&
    (earlier === "left" || earlier === "returned");
  const went = what === "left" &&
    (earlier === "joined" || earlier === "visited");
  changes.set(event.from,
    returned ? "returned" : went ? "visited" : what);
}

/* Programs choose their names themselves: nobody's messages are theirs. */
const isByHook = ({ item }) => Boolean(item.hook);

function startsGroup(row, previous) {
  return !previous || row.day !== null || previous.kind !== "message" ||
    previous.author !== row.author || isByHook(previous) !== isByHook(row) ||
    row.item.at - previous.item.at > GROUP_GAP_MS;
}

function toRow(item, author, nick, state) {
  const kind = kindOf(item);
  return {
    key: state === "done" ? `e${item.seq}` : `p${item.id}`,
    kind,
    item,
    author,
    own: author === nick && !item.hook &&
      (kind === "message" || kind === "action"),
    state,
    day: null,
    first: true,
    last: item.seq,
    changes: null,
  };
}

/**
 * @param {object[]} events of a timeline, oldest first
 * @param {object[]} waiting the outbox's items of the room
 * @param {string} nick our own
 * @returns {object[]} rows
 */
export function layOut(events, waiting, nick) {
  const rows = [];
  const put = (row) => {
    const previous = rows.at(-1);
    const day = dayOf(row.item.at);
    const isNewDay = !previous || dayOf(previous.item.at) !== day;
    if (row.kind === "presence" && previous?.changes && !isNewDay) {
      addChange(previous.changes, row.item);
      previous.last = row.item.seq;
      return;
    }
    row.day = isNewDay ? row.item.at : null;
    row.first = row.kind !== "message" || startsGroup(row, previous);
    if (row.kind === "presence") {
      row.changes = new Map();
      addChange(row.changes, row.item);
    }
    rows.push(row);
  };
  events.forEach((event) => put(toRow(event, event.from, nick, "done")));
  waiting.forEach((item) => put(toRow(item, nick, nick, item.state)));
  return rows;
}

const COMPARED = ["item", "day", "first", "own", "state", "last"];

/** Whether two rows of the same key look the same. */
export function isSameRow(a, b) {
  return COMPARED.every((field) => a[field] === b[field]);
}
