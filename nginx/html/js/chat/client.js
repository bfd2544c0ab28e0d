/*
 * The chat without its page: ties together interface, store, outbox, history
 * and connection, and offers what a person can do. Everything that is shown is
 * in `chat.store.state`, `chat.phase`, `chat.status` and the outbox;
 * `changed()` is called when any of it may have changed.
 */

import { createActs } from "./acts.js";
import { createApi, isTransient } from "../net/api.js";
import { createConnection } from "../net/connection.js";
import { createHistory } from "./history.js";
import { randomId } from "../net/ids.js";
import { createOutbox } from "./outbox.js";
import { createReading } from "./reading.js";
import { createStore } from "./store.js";
import { createTyping } from "./typing.js";

/** Refusals of a login that concern its rooms, not its nick. */
const ROOM_REFUSALS = new Set(
  ["no_room", "bad_room", "not_member", "forbidden"]);

/**
 * @param {object} options
 * @param {{get, set}} options.storage lives as long as the tab
 * @param {() => void} options.changed
 * @param {() => void} [options.leftRoom] called when we have left a room
 * @param {(signal) => void} [options.told] called for each signal that is to
 *   us alone: we are invited, put out, ...
 * @param {boolean} [options.demo] one request at a time, as the demo did
 * @param {?object} [options.streams] null: polls only; else see transport.js,
 *   and `open(url)` makes an EventSource
 * @param {typeof fetch} [options.fetch]
 */
export function createClient({
  storage, changed, leftRoom = () => {}, told = () => {}, demo = false,
  streams = null, fetch,
}) {
  const aside = demo ? (run) => connection.aside(run) : undefined;
  const api = createApi({ fetch, aside, openStream: streams?.open });
  const store = createStore();
  const { state } = store;
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

  const history = createHistory({
    fetch: api.history,
    isIn: (room) => chat.phase === "chat" && store.room(room.name) === room,
    found: confirm,
    failed: handle,
    changed,
  });

  const reading = createReading({ store, send: api.read });
  const typing = createTyping({ store, send: api.typing, changed });
  const acts = createActs({ api, store, open: openRoom, changed });

  const connection = createConnection({
    poll: api.poll,
    stream: api.stream,
    streams,
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

  const currentRoom = () => store.room(state.current);

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
    await Promise.all([...rooms].map((name) =>
      history.readNewest(store.room(name))));
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
    reading.stop();
    outbox.close();
    history.wake();
    chat.ended = chat.phase === "chat" || storage.get("session") !== null;
    chat.phase = "join";
    changed();
  }

  /** Comes back to a session that the browser may still have. */
  function boot() {
    connection.start();
  }

  /** Rejects with an error of api.js. */
  async function join(nick, passphrase) {
    const { rooms } = storage.get("session") ?? {};
    const again = rooms?.length ? rooms : undefined;
    const snapshot = await api.join(nick, { rooms: again, passphrase })
      .catch((error) => {
        if (ROOM_REFUSALS.has(error.code) && again) {
          return api.join(nick, { passphrase }); // not into those any more
        }
        throw error;
      });
    enter(snapshot, { keep: false });
    connection.start(snapshot.cursor);
  }

  /**
   * Rejects with an error of api.js; then we are still there.
   * @param {boolean} [everywhere] all sessions of this person end
   */
  async function logout(everywhere = false) {
    connection.stop();
    outbox.close();
    try {
      await (everywhere ? api.endAllSessions() : api.logout());
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

  /** The rooms have changed elsewhere: in another tab, or by an operator. */
  async function refresh() {
    if (chat.phase !== "chat") {
      return;
    }
    try {
      const snapshot = await api.session();
      store.load(snapshot, { keep: true });
      remember();
      history.readNewest(currentRoom());
      changed();
    } catch (error) {
      handle(error);
    }
  }

  /** Makes our nick an account. Rejects with an error of api.js. */
  async function register(passphrase) {
    await api.register(passphrase);
    await refresh();
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
    reply.signals?.forEach((signal) => {
      store.signal(signal);
      typing.heard(signal);
      told(signal);
    });
    settle();
    reading.noted();
    if (rooms.size !== roomCount) {
      remember();
    }
    changed();
    if (todo.has("refresh")) {
      refresh();
    }
    history.readNewest(currentRoom());
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

  /* ---- what is shown ---- */

  /** Goes to the end of the current room. */
  function showLatest() {
    const room = currentRoom();
    state.following = true;
    if (room && !room.timeline.live) {
      room.timeline.loaded = false;
      history.readNewest(room);
    }
    store.read();
    reading.noted();
    changed();
  }

  /** Goes to a message of any of our rooms. Rejects as api.js. */
  async function showMessage(name, seq) {
    store.show(name);
    state.following = false;
    remember();
    await history.readAround(store.room(name), seq);
  }

  /* ---- rooms ---- */

  function openRoom(name) {
    store.show(name);
    remember();
    showLatest();
    history.readNewest(currentRoom());
  }

  /** Rejects with an error of api.js. */
  async function leaveRoom(name = state.current) {
    await api.leaveRoom(name);
    store.remove(name);
    leftRoom();
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
      typing.sent();
      showLatest();
    }
    return accepted;
  }

  /** Says something to one person alone; without a text it only begins. */
  async function message(nick, text) {
    const name = await acts.openDirect(nick);
    if (text) {
      outbox.add(name, "message", text);
    }
  }

  /** Whether the end of the room, and the page, are in view. */
  function look({ following = state.following, attentive = state.attentive }) {
    if (following !== state.following || attentive !== state.attentive) {
      Object.assign(state, { following, attentive });
      store.read();
      reading.noted();
      changed();
    }
  }

  /** The network has changed, or may have. */
  function networkChanged() {
    connection.probe();
    outbox.wake();
    history.wake();
  }

  /** Somebody writes. (In the demo that would cancel a poll each time.) */
  function typed() {
    if (!demo) {
      typing.typed();
    }
  }

  /** Whether nobody is in front of the page. */
  function setIdle(idle) {
    if (chat.phase === "chat" && !demo) {
      api.idle(idle).catch(() => {}); // the server sees it later by itself
    }
  }

  /** Someone came back to the page. */
  function woken() {
    connection.wake();
    outbox.wake();
    history.wake();
  }

  return Object.assign(chat, acts, {
    outbox, boot, join, logout, register,
    changePassphrase: api.changePassphrase, openRoom, leaveRoom, say, message, look,
    showLatest, showMessage, networkChanged, woken, refresh, typed, setIdle,
    listRooms: api.rooms,
    readOlder: () => history.readOlder(currentRoom()),
    readNewer: () => history.readNewer(currentRoom()),
    isReading: () => history.isReading(currentRoom()),
    savedNick: () => state.nick ?? storage.get("session")?.nick ?? null,
  });
}
