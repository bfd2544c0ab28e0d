/*
 * Who is writing: tells the server now and then that we are, and forgets of
 * others that they are when the server has not said so for a while.
 */

const TELL_MS = 3000;
/* The server's own bound, see POST /rooms/{room}/typing. */
const FORGET_MS = 5000;

/**
 * @param {object} parts
 * @param {object} parts.store see store.js; a room's `typing` is what we keep
 * @param {(room: string) => Promise} parts.send
 * @param {() => void} parts.changed
 */
export function createTyping({ store, send, changed }) {
  const timers = new Map(); // rooms in which somebody writes
  let toldAt = -Infinity;

  function forget(room) {
    timers.delete(room);
    room.typing = [];
    changed();
  }

  return {
    /** Something of a message was typed in the current room. */
    typed() {
      if (store.state.current !== null && Date.now() - toldAt >= TELL_MS) {
        toldAt = Date.now();
        send(store.state.current).catch(() => {}); // nothing depends on it
      }
    },
    /** The message was sent: the next one is told of at once. */
    sent() {
      toldAt = -Infinity;
    },
    /** A signal has come, and is in the store. */
    heard({ type, room: name }) {
      const room = type === "typing" ? store.room(name) : undefined;
      if (room) {
        clearTimeout(timers.get(room));
        timers.set(room, setTimeout(() => forget(room), FORGET_MS));
      }
    },
  };
}
