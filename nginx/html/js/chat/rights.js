/* What we may do, as in broker/rights.c. */

const LEVELS = { moderator: 1, owner: 2, admin: 3 };

const levelOf = (word) => LEVELS[word] ?? 0;

/* In a room or (null) in the server. Nobody moderates two. */
const standing = (room, { role, rank }) =>
  room && room.with !== null ? 0 : Math.max(levelOf(role), levelOf(rank));

const ourStanding = ({ role, nick }, room) => standing(room,
  { role, rank: room?.rank ?? room?.members.get(nick)?.rank });

/** `serve` and `admin` are about the whole server. */
export function rightsIn(state, room) {
  const ours = room ? ourStanding(state, room) : 0;
  const { archived, posting = "everyone" } = room?.settings ?? {};
  const moderate = ours > 0;
  return {
    moderate,
    invite: moderate,
    own: ours > 1,
    speak: Boolean(room) && !archived && (moderate || posting === "everyone" ||
      (posting === "members" && state.role !== "guest")),
    serve: levelOf(state.role) > 0,
    admin: state.role === "admin",
  };
}

/** Whether they stand below us: `person` has their role and rank. */
export function mayAgainst(state, room, nick,
  person = room?.members.get(nick) ?? {}) {
  return nick !== state.nick &&
    ourStanding(state, room) > standing(room, person);
}
