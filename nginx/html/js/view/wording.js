/* Sentences that several views say. */

import { has, list, t } from "../i18n.js";

/** What a room is called: one of two by the other's nick. */
export const roomTitle = (room) =>
  room.with === null ? `#${room.name}` : `@${room.with}`;

/** Who writes just now; "" if nobody does. */
export function writing(nicks) {
  return nicks.length > 2 ? t("typing.several")
    : nicks.length === 0 ? ""
      : t("typing.some", { who: list(nicks), count: nicks.length });
}

/** What a signal that is to us alone says; "" if nothing. */
export function tell({ type, room, from, reason }) {
  const key = `told.${type}`;
  return has(key)
    ? t(key, { room: `#${room}`, from: from ?? t("site.name") }) +
      (reason ? ` (${reason})` : "")
    : "";
}

function later({ status, retryAfterMs }) {
  return t(status === 429 ? "error.too_fast" : "error.unavailable",
    { count: Math.max(Math.ceil((retryAfterMs ?? 0) / 1000), 1) });
}

/** What an error of net/api.js means, in a sentence or two. */
export function explain(error) {
  if (error.status === 429 || error.status >= 500) {
    return later(error);
  }
  const key = ["code", "kind"].map((field) => `error.${error[field]}`)
    .find(has);
  return key ? t(key) : t("error.other", { code: error.code ?? "?" });
}
