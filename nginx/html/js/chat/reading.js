/*
 * Tells the server how far we have read, so that other devices know: at most
 * once in a while, and only what is new. Guests have one device; they need
 * not.
 */

const PAUSE_MS = 4000;

/**
 * @param {object} parts
 * @param {object} parts.store see store.js
 * @param {(room: string, seq: number) => Promise} parts.send
 */
export function createReading({ store, send }) {
  const { state } = store;
  let timer = null;

  /* The newest message in view, if the server does not know of it. */
  function newest() {
    const room = store.room(state.current);
    const isSeen = room?.timeline.live && state.following && state.attentive;
    const last = isSeen ? room.timeline.entries.findLast(({ type }) =>
      type === "message" || type === "action") : undefined;
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
    /** Something has been read, or come, or neither. */
    noted() {
      if (state.kind !== "guest" && newest()) {
        timer ??= setTimeout(tell, PAUSE_MS);
      }
    },
    stop() {
      clearTimeout(timer);
      timer = null;
    },
  };
}
