/*
 * The chat without its page: ties together interface, store, outbox and
 * connection, and offers what a person can do. Everything that is shown is in
 * `chat.store.state`, `chat.phase` and the outbox; `changed()` is called when
 * any of it may have changed.
 */

import { createApi, isTransient } from "./api.js";
import { createBackoff, createPause } from "./backoff.js";
import { createConnection } from "./connection.js";
import { randomId } from "./ids.js";
import { createOutbox } from "./outbox.js";
import { createStore } from "./store.js";

/** Messages in one page of history. */
export const HISTORY_PAGE = 50;
/** Who came and went long ago is of no interest, and can be very much. */
const HISTORY_TYPES = "message,action";
/** Refusals of a login that concern its rooms, not its nick. */
const ROOM_REFUSALS = new Set(
  ["no_room", "bad_room", "not_member", "forbidden"]);

/**
 * @param {object} options
 * @param {{get, set}} options.storage lives as long as the tab
 * @param {() => void} options.changed
 * @param {boolean} [options.demo] one request at a time, as the demo did
 * @param {typeof fetch} [options.fetch]
 */
export function createClient({ storage, changed, demo = false, fetch }) {
  const aside = demo ? (run) => connection.aside(run) : undefined;
  const api = createApi({ fetch, aside });
  const store = createStore();
  const { state } = store;
  const pause = createPause();
  const reading = new Set(); // rooms whose history is being read
  const chat = {
    store,
    demo,
    phase: "boot", // "boot", "join", "chat"
    ended: false, // in "join": because a session has ended by itself
    status: "up", // or "down"
  };

  const outbox = createOutbox({
    storage,
    changed,
    post: (room, item) => api.post(room, item).catch(refused),
    trouble: suspect,
    signedOut,
  });

  const connection = createConnection({
    poll: api.poll,
    snapshot: api.session,
    adopt: (snapshot) => enter(snapshot, { keep: false }),
    apply,
    signedOut,
    status: (status) => {
      chat.status = status;
      changed();
    },
    tab: storage.get("tab") ?? freshTab(),
    freshTab,
  });

  function freshTab() {
    const tab = randomId();
    storage.set("tab", tab);
    return tab;
  }

  /* ---- session ---- */

  function enter(snapshot, { keep }) {
    const saved = storage.get("session") ?? {};
    store.load(snapshot, { keep, current: state.current ?? saved.current });
    chat.phase = "chat";
    remember();
    begin();
    changed();
  }

  /* What waits is shown by history if it was posted, so history goes first. */
  async function begin() {
    const waiting = outbox.rooms().filter((name) => store.room(name));
    const rooms = new Set([...waiting, state.current]);
    await Promise.all([...rooms].map(readNewest));
    if (chat.phase === "chat") {
      outbox.open();
    }
  }

  function remember() {
    const { nick, current } = state;
    storage.set("session", { nick, current, rooms: [...state.rooms.keys()] });
  }

  function signedOut() {
    connection.stop();
    outbox.close();
    pause.cut();
    chat.ended = chat.phase === "chat" || storage.get("session") !== null;
    chat.phase = "join";
    changed();
  }

  /** Comes back to a session that the browser may still have. */
  function boot() {
    connection.start();
  }

  /** Rejects with an error of api.js. */
  async function join(nick) {
    const { rooms } = storage.get("session") ?? {};
    const snapshot = await api.join(nick, rooms?.length ? rooms : undefined)
      .catch((error) => {
        if (ROOM_REFUSALS.has(error.code) && rooms?.length) {
          return api.join(nick); // not into those rooms any more
        }
        throw error;
      });
    enter(snapshot, { keep: false });
    connection.start(snapshot.cursor);
  }

  /** Rejects with an error of api.js; then we are still there. */
  async function logout() {
    connection.stop();
    outbox.close();
    try {
      await api.logout();
    } catch (error) {
      if (error.status !== 401) {
        connection.start();
        throw error;
      }
    }
    outbox.clear();
    storage.set("session", null);
    state.current = null;
    signedOut();
    chat.ended = false;
    changed();
  }

  /* The rooms have changed elsewhere: in another tab, or by an operator. */
  async function refresh() {
    try {
      const snapshot = await api.session();
      store.load(snapshot, { keep: true });
      remember();
      readNewest(state.current);
      changed();
    } catch (error) {
      handle(error);
    }
  }

  function handle(error) {
    if (error.status === 401) {
      signedOut();
    } else if (error.code === "not_member") {
      refresh();
    } else {
      suspect(error);
    }
  }

  /* What other requests meet may concern the poll that is held, too. */
  function suspect(error) {
    if (isTransient(error) && error.status !== 429) {
      connection.probe();
    }
  }

  function refused(error) {
    if (error.code === "not_member") {
      refresh();
    }
    throw error;
  }

  /* ---- what the connection brings ---- */

  function apply(reply) {
    const { rooms } = state;
    const roomCount = rooms.size;
    const todo = new Set(reply.events.map((event) => {
      const next = store.apply(event);
      confirm(event);
      return next;
    }));
    reply.signals?.forEach(store.signal);
    settle();
    if (rooms.size !== roomCount) {
      remember();
    }
    changed();
    if (todo.has("refresh")) {
      refresh();
    }
    readNewest(state.current);
    return !todo.has("reload");
  }

  function confirm({ from, id }) {
    if (id && from === state.nick) {
      outbox.confirm(id);
    }
  }

  function settle() {
    state.rooms.forEach((room) => outbox.settle(room.name, room.n));
  }

  /* ---- history ---- */

  const isIn = (room) =>
    chat.phase === "chat" && store.room(room.name) === room;

  async function fetchPage(room, range) {
    const page = await api.history(room.name,
      { ...range, limit: HISTORY_PAGE, types: HISTORY_TYPES });
    page.messages.forEach(confirm);
    return page;
  }

  /* The newest page of a room that has none yet; goes on until it is read. */
  async function readNewest(name) {
    const room = store.room(name);
    if (!room || room.timeline.loaded || reading.has(room)) {
      return;
    }
    reading.add(room);
    const backoff = createBackoff();
    while (isIn(room) && !room.timeline.loaded) {
      try {
        room.timeline.newest(await fetchPage(room, {}));
      } catch (error) {
        handle(error);
        if (!isTransient(error)) {
          break;
        }
        await pause.wait(backoff.next(error.retryAfterMs));
      }
    }
    reading.delete(room);
    changed();
  }

  /* `side`: "before" or "after" the event `seq`. */
  async function readMore(room, side, seq) {
    if (!room.timeline.loaded || reading.has(room)) {
      return;
    }
    reading.add(room);
    changed();
    try {
      room.timeline[side](await fetchPage(room, { [side]: seq }), seq);
    } catch (error) {
      handle(error);
      await pause.wait(createBackoff().next(error.retryAfterMs));
    }
    reading.delete(room);
    changed();
    readNewest(room.name); // if that was asked for meanwhile
  }

  /** Reads the page before the first event shown, if there is one. */
  function readOlder() {
    const room = store.room(state.current);
    if (room?.timeline.older && room.timeline.entries.length) {
      readMore(room, "before", room.timeline.entries[0].seq);
    }
  }

  /** Reads the page after the last event shown, if there is one. */
  function readNewer() {
    const room = store.room(state.current);
    if (room && !room.timeline.live) {
      readMore(room, "after", room.timeline.entries.at(-1).seq);
    }
  }

  /** Goes to the end of the current room. */
  function showLatest() {
    const room = store.room(state.current);
    state.following = true;
    if (room && !room.timeline.live) {
      room.timeline.loaded = false;
      readNewest(room.name);
    }
    store.read();
    changed();
  }

  /* ---- rooms ---- */

  function openRoom(name) {
    store.show(name);
    remember();
    showLatest();
    readNewest(name);
  }

  /**
   * Joins a room, and makes it if there is none.
   * Rejects with an error of api.js.
   */
  async function joinRoom(name, topic = "") {
    if (!store.room(name)) {
      const snapshot = await api.joinRoom(name).catch((error) => {
        if (error.code === "no_room") {
          return api.createRoom(name, topic);
        }
        throw error;
      });
      name = store.add(snapshot).name;
    }
    openRoom(name);
  }

  /** Rejects with an error of api.js. */
  async function leaveRoom(name = state.current) {
    await api.leaveRoom(name);
    store.remove(name);
    if (state.current) {
      openRoom(state.current);
    }
    remember();
    changed();
  }

  /** @returns {boolean} false: too much waits to be sent already */
  function say(type, text) {
    const accepted = outbox.add(state.current, type, text);
    if (accepted) {
      showLatest();
    }
    return accepted;
  }

  /** Whether the end of the room, and the page, are in view. */
  function look({ following = state.following, attentive = state.attentive }) {
    if (following !== state.following || attentive !== state.attentive) {
      Object.assign(state, { following, attentive });
      store.read();
      changed();
    }
  }

  /** The network has changed, or may have. */
  function networkChanged() {
    connection.probe();
    outbox.wake();
    pause.cut();
  }

  /** Someone came back to the page. */
  function woken() {
    connection.wake();
    outbox.wake();
    pause.cut();
  }

  return Object.assign(chat, {
    outbox, boot, join, logout, openRoom, joinRoom, leaveRoom, say, look,
    readOlder, readNewer, showLatest, networkChanged, woken,
    listRooms: api.rooms,
    isReading: () => reading.has(store.room(state.current)),
    savedNick: () => state.nick ?? storage.get("session")?.nick ?? null,
  });
}
