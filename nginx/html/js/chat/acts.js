/*
 * What a person can do beside reading and speaking: to rooms, to messages, to
 * other people. Each function rejects with an error of api.js; what came of it
 * is told by the events, as to everybody else.
 */

/**
 * @param {object} parts
 * @param {object} parts.api see api.js
 * @param {object} parts.store see store.js
 * @param {(name: string) => void} parts.open shows a room
 * @param {() => void} parts.changed
 */
export function createActs({ api, store, open, changed }) {
  const { state } = store;
  const here = () => state.current;

  async function changeNick(nick) {
    const { nick: ours } = await api.changeNick(nick);
    state.nick = ours; // in no room there is no event of it
    changed();
  }

  /*
   * Which way in is asked for first is seen from the list, so that nothing
   * need be refused; the list may be cut, and others make rooms meanwhile.
   */
  async function enter(name, { topic, passphrase }) {
    const { rooms } = await api.rooms();
    const folded = name.normalize("NFC").toLowerCase();
    if (state.invites.has(name) || passphrase ||
        rooms.some(({ room }) => room === folded)) {
      return await api.joinRoom(name, passphrase);
    }
    try {
      return await api.createRoom(name, topic);
    } catch (error) {
      if (error.code !== "room_exists") {
        throw error;
      }
      return await api.joinRoom(name);
    }
  }

  /** Joins a room, and makes it if there is none. */
  async function joinRoom(name, options = {}) {
    const known = store.room(name);
    open((known ?? store.add(await enter(name, options))).name);
  }

  /** Opens the room of us and that person. @returns its name */
  async function openDirect(nick) {
    const { name } = store.add(await api.direct(nick));
    open(name);
    return name;
  }

  /* A ban is known by its number; a nick has one at most. */
  async function unban(nick) {
    const room = here();
    const isMeant = (ban) => ban.nick.toLowerCase() === nick.toLowerCase();
    let page = { more: true, bans: [] };
    while (page.more && !page.bans.some(isMeant)) {
      page = await api.bans(room, page.bans.at(-1)?.id);
    }
    const ban = page.bans.find(isMeant);
    if (!ban) {
      throw Object.assign(new Error("no ban"), { code: "not_found" });
    }
    await api.unban(room, ban.id);
  }

  return {
    changeNick, joinRoom, openDirect, unban,
    setTopic: (topic) => api.setTopic(here(), topic),
    invite: (nick) => api.invite(here(), nick),
    kick: (nick, reason) => api.kick(here(), nick, reason),
    mute: (nick, seconds, reason) => api.mute(here(), nick, seconds, reason),
    unmute: (nick) => api.unmute(here(), nick),
    ban: (nick, seconds, reason) => api.ban(here(), nick, seconds, reason),
    edit: (seq, text) => api.edit(here(), seq, text),
    remove: (seq) => api.remove(here(), seq),
    report: (seq, reason) => api.report(here(), seq, reason),
    react: (seq, emoji, on) => api.react(here(), seq, emoji, on),
    search: api.search,
  };
}
