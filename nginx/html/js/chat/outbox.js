/* What is to be sent: messages on their way, and drafts. See PAGE.md. */

import { createBackoff, createPause, isTransient, randomId }
  from "../net/api.js";

export const OUTBOX_MAX = 50; // per room
export const DRAFTS_MAX = 20; // rooms
const MAX_AT = 8.64e15; // of a Date

/* Refusals after which it must be another message, and what of it changes. */
const FRESH_AFTER = { id_reused: {}, no_message: { replyTo: undefined } };

/* In about the order of time, for the server's index. */
const messageId = () => `${Date.now().toString(36)}-${randomId()}`;

/* Whether what the browser has kept is as it was stored. */
const areTexts = (...values) => values.every((v) => typeof v === "string");
const isItem = (i) => areTexts(i?.id, i?.room, i?.text) &&
  i.at >= 0 && i.at < MAX_AT;
const isDraft = (d) => areTexts(d?.[0], d?.[1]?.text, d?.[1]?.reply?.from ?? "");

export function createOutbox({ post, storage, changed, trouble, signedOut }) {
  const saved = (key) => [].concat(storage.get(key) ?? []);
  const pause = createPause();
  const sending = new Set(); // rooms
  const stuck = new Map(); // room whose first message had to wait -> status
  const drafts = new Map(saved("drafts").filter(isDraft));
  let items = saved("outbox").filter(isItem);
  let isOpen = false;

  const forRoom = (room) => items.filter((item) => item.room === room);
  const without = (id) => items.filter((item) => item.id !== id);
  const first = (room) =>
    forRoom(room).find(({ state }) => state === "pending");
  const rooms = () => [...new Set(items.map(({ room }) => room))];

  function update(next) {
    items = next;
    storage.set("outbox",
      items.filter(({ state }) => state === "pending" || state === "failed"));
    changed();
  }

  const replace = (id, fields) => update(
    items.map((item) => item.id === id ? { ...item, ...fields } : item));

  async function attempt(item, backoff) {
    try {
      const { n, held } = await post(item.room, item);
      backoff.reset();
      stuck.delete(item.room);
      replace(item.id, { state: held ? "held" : "sent", n });
    } catch (error) {
      if (error.status === 401) {
        close();
        signedOut();
      } else if (isTransient(error) || error.kind === "aborted") {
        stuck.set(item.room, error.status);
        trouble(error);
        changed();
        await pause.wait(backoff.next(error.retryAfterMs));
      } else {
        stuck.delete(item.room);
        replace(item.id, { state: "failed", code: error.code ?? "unknown" });
      }
    }
  }

  async function pump(room) {
    if (!isOpen || sending.has(room)) {
      return;
    }
    sending.add(room);
    const backoff = createBackoff();
    for (let item = first(room); isOpen && item; item = first(room)) {
      await attempt(item, backoff);
    }
    stuck.delete(room);
    sending.delete(room);
    changed();
  }

  /** False: too many wait in this room. */
  function add(room, type, text, replyTo) {
    if (forRoom(room).length >= OUTBOX_MAX) {
      return false;
    }
    update([...items, { id: messageId(), room, type, text, replyTo,
      state: "pending", at: Date.now() }]);
    pump(room);
    return true;
  }

  /** The room has this message of ours. */
  function confirm(id) {
    if (items.some((item) => item.id === id)) {
      update(without(id));
    }
  }

  /** The room's log is known up to `n`. */
  function settle(room, n) {
    const rest = items.filter((item) =>
      item.room !== room || item.state !== "sent" || item.n > n);
    if (rest.length < items.length) {
      update(rest);
    }
  }

  /** Tries a failed message again, as the last of its room. */
  function retry(id) {
    const item = items.find((i) => i.id === id && i.state === "failed");
    if (item) {
      const fresh = FRESH_AFTER[item.code];
      update([...without(id), { ...item, ...fresh, state: "pending",
        id: fresh ? messageId() : id }]);
      pump(item.room);
    }
  }

  /** Forgets a message that failed, or that is held. */
  function discard(id) {
    update(items.filter(({ id: other, state }) =>
      other !== id || (state !== "failed" && state !== "held")));
  }

  function open() {
    isOpen = true;
    rooms().forEach(pump);
  }

  function close() {
    isOpen = false;
    pause.cut();
  }

  function setDraft(room, draft) {
    drafts.delete(room);
    if (draft) {
      drafts.set(room, draft);
    }
    if (drafts.size > DRAFTS_MAX) {
      drafts.delete(drafts.keys().next().value);
    }
    storage.set("drafts", [...drafts]);
  }

  function clear() {
    drafts.clear();
    storage.set("drafts", null);
    update([]);
  }

  return {
    add, forRoom, confirm, settle, retry, discard, open, close, clear, rooms,
    setDraft,
    draft: (room) => drafts.get(room),
    isStuck: () => [...stuck.values()].some((status) => status !== 429),
    isSlowed: () => [...stuck.values()].includes(429), // we were too fast
    wake: pause.cut,
    count: () => items.length,
  };
}
