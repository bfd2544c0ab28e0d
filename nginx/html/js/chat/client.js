/* What is known, and what a person can do; see PAGE.md. */

import { createApi, isTransient, randomId } from "../net/api.js";
import { createConnection } from "../net/connection.js";
import { createHistory } from "./timeline.js";
import { createOutbox } from "./outbox.js";
import { createReading, createStore, createTyping } from "./store.js";

/* Refusals of a login that may concern its rooms, not its nick. */
const ROOM_REFUSALS = new Set(
  ["no_room", "bad_room", "bad_request", "not_member", "forbidden"]);

/* Calls that are about the current room. */
const IN_ROOM = ["setTopic", "invite", "kick", "mute", "unmute", "ban", "undo",
  "rank", "edit", "remove", "react", "report"];

export function createClient({
  storage, changed, told = () => {}, noticed, home = null, demo = false,
  bearer = false, streams = null, sharing = null, fetch,
}) {
  const api = createApi({
    fetch,
    aside: demo ? (run) => connection.aside(run) : undefined,
    tokens: bearer ? storage : null,
    openStream: streams?.open,
  });
  const store = createStore(noticed);
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
    post: (room, { id, type, text, replyTo }) =>
      api.post(room, { id, type, text, reply_to: replyTo }).catch(refused),
    trouble: suspect,
    signedOut: () => connection.lost(),
  });

  const history = createHistory({
    fetch: api.history,
    fetchOne: api.message,
    isIn: (room) => chat.phase === "chat" && store.room(room.name) === room,
    found: confirm,
    failed: handle,
    changed,
  });

  const reading = createReading({ store, send: api.read,
    share: (read) => connection.tell({ type: "read", ...read }) });
  const typing = createTyping({ store, send: api.typing, changed });

  const connection = createConnection({
    poll: api.poll,
    stream: api.stream,
    streams,
    sharing,
    told: heard,
    snapshot: api.session,
    adopt: (snapshot) => enter(snapshot, { keep: false }),
    apply,
    signedOut,
    status: (status) => {
      const isBack = status === "up" && chat.status === "down";
      chat.status = status;
      if (isBack) {
        retryAll();
      }
      changed();
    },
    freshTab: randomId,
  });

  const currentRoom = () => store.room(state.current);

  function enter(snapshot, { keep }) {
    const saved = storage.get("session") ?? {};
    store.load(snapshot, { keep, current: state.current ?? saved.current });
    chat.phase = "chat";
    remember();
    begin();
    readBlocks();
    changed();
  }

  function readBlocks() {
    return handled(async () => {
      state.blocks = new Set((await api.blocks()).blocks);
    });
  }

  /** `on`: we do not hear them any more. */
  async function block(nick, on) {
    await (on ? api.block(nick) : api.unblock(nick));
    state.blocks = new Set(on ? [...state.blocks, nick]
      : [...state.blocks].filter((other) => other !== nick));
    connection.tell({ type: "refresh" });
    changed();
  }

  /* History, which may show what waits, goes first. */
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
    storage.set("token", null);
    chat.ended = chat.phase === "chat" || storage.get("session") !== null;
    chat.phase = "join";
    changed();
  }

  async function join(nick, passphrase) {
    const rooms = storage.get("session")?.rooms ?? [];
    const again = rooms.length ? rooms : home ? [home] : undefined;
    const snapshot = await api.join(nick, { rooms: again, passphrase })
      .catch((error) => {
        if (ROOM_REFUSALS.has(error.code) && again) {
          return api.join(nick, { passphrase }); // not into those any more
        }
        throw error;
      });
    enter(snapshot, { keep: false });
    connection.start(snapshot.cursor);
    connection.tell({ type: "session" });
  }

  /** If that fails we are still there. `end`: the call that ends it. */
  async function logout(end = api.logout) {
    connection.halt();
    outbox.close();
    try {
      await end();
    } catch (error) {
      if (error.status !== 401) {
        connection.start();
        throw error;
      }
    }
    outbox.clear();
    storage.set("session", null);
    state.current = null;
    connection.tell({ type: "session" });
    signedOut();
    chat.ended = false;
  }

  async function refresh() {
    if (chat.phase === "chat") {
      await handled(async () => {
        store.load(await api.session(), { keep: true });
        remember();
        history.readNewest(currentRoom());
        readBlocks();
      });
    }
  }

  async function register(passphrase) {
    await api.register(passphrase);
    reading.registered();
    await refresh();
  }

  async function handled(run) {
    try {
      await run();
      changed();
    } catch (error) {
      handle(error);
    }
  }

  function handle(error) {
    if (error.status === 401) {
      connection.lost();
    } else if (error.code === "not_member") {
      refresh();
    } else {
      suspect(error);
    }
  }

  function suspect(error) {
    if (isTransient(error) && error.status !== 429) {
      connection.probe();
    }
  }

  function retryAll() {
    outbox.wake();
    history.wake();
  }

  function refused(error) {
    if (error.code === "not_member") {
      refresh();
    }
    throw error;
  }

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
      if (signal.type === "rank" || signal.type === "role") {
        todo.add("refresh"); // our rights, and what waits for us
      }
    });
    state.rooms.forEach((room) => outbox.settle(room.name, room.n));
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

  function heard(said) {
    if (said.type === "session") {
      connection.start(); // somebody has come or gone
    } else if (said.type === "refresh") {
      refresh();
    } else {
      store.signal(said);
      changed();
    }
  }

  function confirm({ from, id }) {
    if (id && from === state.nick) {
      outbox.confirm(id);
    }
  }

  function sawMore() {
    store.read();
    reading.noted();
    changed();
  }

  function showLatest() {
    const room = currentRoom();
    state.following = true;
    if (room && !room.timeline.live) {
      room.timeline.loaded = false;
      history.readNewest(room);
    }
    sawMore();
  }

  async function showMessage(name, seq) {
    store.show(name);
    state.following = false;
    remember();
    await history.readAround(store.room(name), seq);
  }

  function openRoom(name) {
    store.show(name);
    remember();
    showLatest();
    history.readNewest(currentRoom());
  }

  async function leaveRoom(name = state.current) {
    await api.leaveRoom(name);
    store.remove(name);
    connection.tell({ type: "refresh" }); // the events do not tell them
    if (state.current) {
      openRoom(state.current);
    }
    remember();
    changed();
  }

  /* The list tells which way in is asked for first; it may be cut. */
  async function enterRoom(name, { passphrase, ...options }) {
    const { rooms } = await api.rooms();
    const folded = name.normalize("NFC").toLowerCase();
    if (state.invites.has(name) ||
        rooms.some(({ room }) => room === folded)) {
      return await api.joinRoom(name);
    }
    if (passphrase && !options.settings) {
      return await enterPrivate(name, passphrase);
    }
    try {
      return await api.createRoom(name, { passphrase, ...options });
    } catch (error) {
      if (error.code !== "room_exists") {
        throw error;
      }
      return await enterPrivate(name, passphrase);
    }
  }

  /* A room in no list: the same refusals mean something else. */
  async function enterPrivate(name, passphrase) {
    try {
      return await api.joinRoom(name, passphrase);
    } catch (error) {
      const code = { forbidden: "passphrase", no_room: "private" }[error.code];
      throw Object.assign(error, code && { code });
    }
  }

  async function joinRoom(name, options = {}) {
    const known = store.room(name);
    openRoom((known ?? store.add(await enterRoom(name, options))).name);
  }

  async function decline(invite) {
    await api.uninvite(invite, state.nick);
    state.invites.delete(invite);
    changed();
  }

  async function openDirect(nick) {
    const { name } = store.add(await api.direct(nick));
    openRoom(name);
    return name;
  }

  /** Of a room, or (null) of the server. */
  const recordsOf = (room) => room ? {
    bans: (after) => api.bans(room, after),
    lift: (id) => api.unban(room, id),
    audit: (range) => api.audit(room, range),
  } : { bans: api.serverBans, lift: api.serverUnban, audit: api.serverAudit };

  /** A nick's ban: it has one at most. */
  async function findBan(nick, room) {
    const isMeant = (ban) => ban.nick.toLowerCase() === nick.toLowerCase();
    let page = { more: true, bans: [] };
    while (page.more && !page.bans.some(isMeant)) {
      page = await recordsOf(room).bans(page.bans.at(-1)?.id);
    }
    return page.bans.find(isMeant);
  }

  async function unban(nick) {
    const ban = await findBan(nick, state.current);
    if (!ban) {
      throw Object.assign(new Error("no ban"), { code: "not_found" });
    }
    await api.unban(state.current, ban.id);
  }

  async function changeNick(nick) {
    const { nick: ours } = await api.changeNick(nick);
    state.nick = ours; // in no room there is no event of it
    changed();
  }

  /** False: too much waits to be sent already. */
  function say(type, text, { replyTo } = {}) {
    const accepted = outbox.add(state.current, type, text, replyTo);
    if (accepted) {
      typing.sent();
      showLatest();
    }
    return accepted;
  }

  async function message(nick, text) {
    const name = await openDirect(nick);
    if (text) {
      outbox.add(name, "message", text);
    }
  }

  /** What is in view: the end of the room; the page. */
  function look({ following = state.following, attentive = state.attentive }) {
    if (following !== state.following || attentive !== state.attentive) {
      Object.assign(state, { following, attentive });
      sawMore();
    }
  }

  function networkChanged() {
    connection.probe();
    retryAll();
  }

  function bye() {
    if (chat.phase === "chat" && connection.leads()) {
      api.bye();
    }
  }

  function woken() {
    connection.wake();
    retryAll();
  }

  const inRoom = Object.fromEntries(IN_ROOM.map((name) =>
    [name, (...args) => api[name](state.current, ...args)]));

  return Object.assign(chat, inRoom, {
    api, listRooms: api.rooms, search: api.search,
    changePassphrase: api.changePassphrase,
    outbox, join, logout, register, changeNick, openRoom, joinRoom,
    leaveRoom, decline, openDirect, recordsOf, findBan, unban, block, say,
    message, look, showLatest, showMessage, networkChanged, woken, refresh,
    bye,
    typed: demo ? () => {} : typing.typed, // each would cancel a poll
    boot: () => connection.start(),
    isLeader: connection.leads,
    readOlder: () => history.readOlder(currentRoom()),
    readNewer: () => history.readNewer(currentRoom()),
    readQuotes: () => history.readQuotes(currentRoom()),
    isReading: () => history.isReading(currentRoom()),
    savedNick: () => state.nick ?? storage.get("session")?.nick ?? null,
  });
}
