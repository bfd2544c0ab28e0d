/* Messages on their way: see PAGE.md. */

import { isTransient } from "../net/api.js";
import { createBackoff, createPause, messageId } from "../net/retry.js";

/** Per room; beyond it add() refuses. */
export const OUTBOX_MAX = 50;

const STORAGE_KEY = "outbox";
/* What the server has is not kept here, beyond this page. */
const WITH_SERVER = new Set(["sent", "held"]);

function restore(storage) {
  const saved = storage.get(STORAGE_KEY);
  const items = Array.isArray(saved) ? saved : [];
  return items.filter((item) => item?.id && item.room && item.text);
}

export function createOutbox(parts) {
  const pause = createPause();
  const sending = new Set(); // rooms
  const stuck = new Map(); // room whose first message had to wait -> status
  let items = restore(parts.storage);
  let isOpen = false;

  function update(next = items) {
    items = next;
    const lasting = items.filter((item) => !WITH_SERVER.has(item.state));
    parts.storage.set(STORAGE_KEY, lasting.length ? lasting : null);
    parts.changed();
  }

  const without = (id) => items.filter((item) => item.id !== id);
  const first = (room) =>
    items.find((item) => item.room === room && item.state === "pending");

  function replace(id, fields) {
    update(items.map((item) => item.id === id ? { ...item, ...fields } : item));
  }

  async function waitOut(item, backoff, error) {
    stuck.set(item.room, error.status);
    parts.trouble(error);
    parts.changed();
    await pause.wait(backoff.next(error.retryAfterMs));
  }

  async function attempt(item, backoff) {
    try {
      const { n, held } = await parts.post(item.room, item);
      backoff.reset();
      stuck.delete(item.room);
      replace(item.id, { state: held ? "held" : "sent", n });
    } catch (error) {
      if (error.status === 401) {
        close();
        parts.signedOut();
      } else if (isTransient(error) || error.kind === "aborted") {
        await waitOut(item, backoff, error);
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
    parts.changed();
  }

  /** @returns {boolean} false: OUTBOX_MAX messages wait in this room */
  function add(room, type, text) {
    if (forRoom(room).length >= OUTBOX_MAX) {
      return false;
    }
    const item = { id: messageId(), room, type, text, state: "pending" };
    update([...items, { ...item, at: Date.now() }]);
    pump(room);
    return true;
  }

  /** A room's messages on their way, in order. */
  function forRoom(room) {
    return items.filter((item) => item.room === room);
  }

  /** Our own message with this id is in the room: it is no longer ours. */
  function confirm(id) {
    if (items.some((item) => item.id === id)) {
      update(without(id));
    }
  }

  /** The room's log is known up to `n`: so is what was sent up to there. */
  function settle(room, n) {
    const isKnown = (item) =>
      item.room === room && item.state === "sent" && item.n <= n;
    if (items.some(isKnown)) {
      update(items.filter((item) => !isKnown(item)));
    }
  }

  /** Tries a failed message again, as the last of its room. */
  function retry(id) {
    const item = items.find((i) => i.id === id && i.state === "failed");
    if (item) {
      const fresh = item.code === "id_reused" ? messageId() : id;
      update([...without(id), { ...item, id: fresh, state: "pending" }]);
      pump(item.room);
    }
  }

  /** Forgets a message that failed, or that is held. */
  function discard(id) {
    update(items.filter((i) =>
      i.id !== id || !["failed", "held"].includes(i.state)));
  }

  /** Begins to send, also what an earlier page has left. */
  function open() {
    isOpen = true;
    rooms().forEach(pump);
  }

  /** Stops sending; what is pending stays. */
  function close() {
    isOpen = false;
    pause.cut();
  }

  function clear() {
    update([]);
  }

  /** Rooms that have messages here. */
  const rooms = () => [...new Set(items.map((item) => item.room))];

  return {
    add, forRoom, confirm, settle, retry, discard, open, close, clear, rooms,
    /** Does a message wait because the server could not take it? */
    isStuck: () => [...stuck.values()].some((status) => status !== 429),
    /** Does one wait because we were too fast? */
    isSlowed: () => [...stuck.values()].includes(429),
    /** Try now what waits for its next try. */
    wake: () => pause.cut(),
    count: () => items.length,
  };
}
