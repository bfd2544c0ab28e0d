/* What we may do, as in broker/rights.c, so that no more is offered. */

const MODERATOR = 1;
const LEVELS = { moderator: MODERATOR, owner: 2, admin: 3 };

/* By their role here and their rank in the room; nobody moderates two. */
function standing(room, { role, rank }) {
  return room?.with === null
    ? Math.max(LEVELS[role] ?? 0, LEVELS[rank] ?? 0) : 0;
}

const ourStanding = ({ role, nick }, room) => standing(room,
  { role, rank: room?.rank ?? room?.members.get(nick)?.rank });

/** The last two are about the whole server: bans and the audit, roles. */
export function rightsIn(state, room) {
  const ours = ourStanding(state, room);
  const { archived = false, posting = "everyone" } = room?.settings ?? {};
  const moderate = ours >= MODERATOR;
  return {
    moderate,
    invite: moderate,
    own: ours > MODERATOR,
    speak: Boolean(room) && !archived && (moderate || posting === "everyone" ||
      (posting === "members" && state.role !== "guest")),
    serve: (LEVELS[state.role] ?? 0) >= MODERATOR,
    admin: state.role === "admin",
  };
}

/** Whether we may kick, mute or ban somebody: they stand below us. */
export function mayAgainst(state, room, nick,
  person = room?.members.get(nick) ?? {}) {
  const ours = ourStanding(state, room);
  return nick !== state.nick && ours >= MODERATOR &&
    ours > standing(room, person);
}
