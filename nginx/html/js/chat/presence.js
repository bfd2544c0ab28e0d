/* Who writes, and how far we have read. */

const READ_PAUSE_MS = 4000;
const TYPING_TELL_MS = 3000;
/* The server's own bound, see POST /rooms/{room}/typing. */
const TYPING_FORGET_MS = 5000;

/** Tells how far we have read: our other tabs, and devices if we have any. */
export function createReading({ store, send, share }) {
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
    noted() {
      const read = newest();
      if (read) {
        share({ room: read.room.name, read: read.seq });
      }
      if (read && state.kind === "guest") {
        read.room.readSeq = read.seq;
      } else if (read) {
        timer ??= setTimeout(tell, READ_PAUSE_MS);
      }
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
    /** The message was sent: the next one is told of at once. */
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
