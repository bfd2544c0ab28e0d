/*
 * What the page says when something was refused or failed.
 */

const sentences = {
  nick_taken: "Someone has this name. Please choose another, or, if it is " +
    "yours, give its passphrase.",
  bad_nick: "This name cannot be used: it is empty, too long, begins or ends " +
    "with a blank, or has invisible characters.",
  bad_room: "A room name is made of letters, digits, “-”, “_” and “.”, " +
    "and not too long.",
  bad_text: "The message is empty or too long.",
  banned: "You may not come in here.",
  muted: "You may read here, but not write.",
  forbidden: "You may not do this here.",
  not_member: "You are not in this room any more.",
  no_room: "There is no such room.",
  room_exists: "There is such a room already.",
  no_message: "This message is not there any more.",
  not_found: "There is nobody of this name.",
  too_large: "This is too large.",
  cross_site: "The chat cannot be used from within another site.",
};

/** What a room is called: one of two by the other's nick. */
export function roomTitle(room) {
  return room.with === null ? `#${room.name}` : `@${room.with}`;
}

/** Who writes just now; "" if nobody does. */
export function writing(nicks) {
  if (nicks.length > 2) {
    return "Several people are writing…";
  }
  const who = nicks.map((nick) => `\u2068${nick}\u2069`).join(" and ");
  return nicks.length === 0 ? ""
    : `${who} ${nicks.length > 1 ? "are" : "is"} writing…`;
}

const kinds = {
  network: "The chat server cannot be reached. Please try again.",
  timeout: "The chat server did not answer. Please try again.",
};

/* What signals to us alone say. */
const news = {
  invite: ({ from, room }) => `${from ?? "The site"} invites you to #${room}.`,
  kicked: ({ room, reason }) => `You were put out of #${room}${said(reason)}.`,
  banned: ({ room, reason }) =>
    `You were banned from ${room ? `#${room}` : "here"}${said(reason)}.`,
  closed: ({ from, room }) => `${from ?? "The site"} has deleted #${room}.`,
  dropped: ({ room }) => `A message of yours to #${room} will not be shown.`,
  muted: ({ room, reason }) =>
    `You cannot write in #${room} for now${said(reason)}.`,
  unmuted: ({ room }) => `You can write in #${room} again.`,
};

const said = (reason) => reason ? `: ${reason}` : "";

/** A sentence about a signal; "" if there is nothing to say. */
export function tell(signal) {
  return Object.hasOwn(news, signal.type) ? news[signal.type](signal) : "";
}

function later(error) {
  const seconds = Math.ceil((error.retryAfterMs ?? 0) / 1000);
  const when = seconds > 1 ? `in ${seconds} seconds` : "in a moment";
  return error.status === 429
    ? `That was a bit fast. Please try again ${when}.`
    : `The chat is not available right now. Please try again ${when}.`;
}

/**
 * @param {{kind?: string, status?: number, code?: string}} error of api.js
 * @returns {string} a sentence or two
 */
export function explain(error) {
  if (error.status === 429 || error.status >= 500) {
    return later(error);
  }
  return sentences[error.code] ?? kinds[error.kind] ??
    `This was refused (${error.code ?? "unknown"}).`;
}
