/* Somebody's card: who they are, and what we can do with them. */

import { duration, list, t } from "../i18n.js";
import { mayAgainst, rightsIn } from "../chat/rights.js";
import { choice, field, formSection, openDialog } from "./dialog.js";
import { avatar, el } from "./dom.js";
import { explain } from "./wording.js";

const SPANS = [600, 3600, 86_400]; // seconds
const RANKS = ["", "moderator", "owner"];
const ROLES = ["guest", "member", "moderator", "admin"];

/** Why something is done. */
export const reasonField = (label) =>
  field(label, { name: "reason", maxlength: 500 });

const reason = () => reasonField(t("act.reason"));

const span = (label, ...others) => choice(label, "seconds",
  [...SPANS.map((seconds) => [seconds, duration(seconds)]), ...others]);

const howLong = () => span(t("act.how_long"), ["", t("act.for_ever")]);

const banFields = () => [howLong(), reason(), field(t("act.address"),
  { type: "checkbox", name: "address", checked: true })];

const oneOf = (what, values, now) => choice(t(`act.${what}`), what,
  values.map((value) => [value, t(`${what}.${value || "none"}`)]), now);

function factsOf({ person, member }) {
  if (!person) {
    return t("person.unknown");
  }
  const { kind, role, here } = person;
  return [t(`role.${kind === "bot" ? kind : role}`),
    member?.rank && t(`rank.${member.rank}`),
    t(`person.${here ? member?.idle ? "idle" : "here" : "away"}`),
  ].filter(Boolean).join(" · ");
}

/** `mention(nick)` speaks to them, `entered()` shows another room. */
export function createPersonView(chat, { mention, entered }) {
  const { api, recordsOf } = chat;
  const { state } = chat.store;

  /* What the server knows of them; who is gone for good is nobody. */
  async function ask({ nick, room }) {
    const { moderate, serve } = rightsIn(state, room);
    const [person, known, ban, serverBan] = await Promise.all([
      api.person(nick).catch((error) => error.status === 404 ? null
        : Promise.reject(error)),
      moderate && api.members(room.name),
      moderate && chat.findBan(nick, room.name),
      serve && chat.findBan(nick, null),
    ]);
    const members = known ? known.members : [...room?.members.values() ?? []];
    return { person, ban, serverBan,
      member: members.find((member) => member.nick === nick) };
  }

  /* One request looks only so far back. */
  async function undo({ nick, room }, seconds, why) {
    let page = { more: true };
    while (page.more) {
      page = await api.undo(room.name, nick, seconds,
        { reason: why, before: page.before });
    }
  }

  /* By name: whether we may, how it is done, what is asked for before. */
  function actsOf(card, { person, member, ban, serverBan }) {
    const { nick, room } = card;
    const { own, admin } = rightsIn(state, room);
    const below = mayAgainst(state, room, nick, { ...person, ...member });
    const belowHere = mayAgainst(state, null, nick, person ?? {});
    const timed = (run, about = nick) => (values) =>
      run(about, Number(values.seconds) || undefined,
        values.reason || undefined, Boolean(values.address));
    return {
      kick: [below && member, (values) =>
        chat.kick(nick, values.reason || undefined), reason()],
      mute: [below && person && !member?.muted, timed(chat.mute),
        howLong(), reason()],
      unmute: [below && member?.muted, () => chat.unmute(nick)],
      ban: [below && !ban, timed(chat.ban), ...banFields()],
      unban: [below && ban, () => recordsOf(room.name).lift(ban.id)],
      undo: [below, timed(undo, card), span(t("act.since")), reason()],
      rank: [own && below && member,
        ({ rank }) => api.rank(room.name, nick, rank),
        oneOf("rank", RANKS, member?.rank)],
      role: [admin && belowHere && person,
        ({ role }) => api.setRole(nick, role),
        oneOf("role", ROLES, person?.role)],
      server_ban: [belowHere && !serverBan, timed(api.serverBan),
        ...banFields()],
      server_unban: [belowHere && serverBan,
        () => recordsOf(null).lift(serverBan.id)],
    };
  }

  function say({ status }, text) {
    status.textContent = text;
    status.focus();
  }

  async function attempt(card, run) {
    try {
      await run();
    } catch (error) {
      say(card, explain(error));
    }
  }

  function actSection(card, [name, [, run, ...fields]]) {
    const title = t(`act.${name}`);
    const part = formSection(title, { run: async (values) => {
      await run(values);
      await look(card);
      say(card, t("act.done", { what: title }));
    } }, ...fields);
    part.dataset.act = name;
    return part;
  }

  async function look(card) {
    const known = await ask(card);
    const rooms = known.person?.rooms.filter((r) => r !== card.room?.name);
    card.facts.textContent = factsOf(known);
    card.rooms.textContent = rooms?.length
      ? t("person.rooms", { rooms: list(rooms.map((name) => `#${name}`)) }) : "";
    card.acts.replaceChildren(...Object.entries(actsOf(card, known))
      .filter(([, [may]]) => may).map((act) => actSection(card, act)));
  }

  function drawButtons(card) {
    const { nick, buttons, dialog } = card;
    const isMuted = state.blocks.has(nick);
    const button = (name, run) => el("button", { type: "button",
      class: "plain", "data-do": name, onclick: () => attempt(card, run) },
    t(`person.${name}`));
    buttons.replaceChildren(
      button("message", async () => {
        await chat.message(nick);
        dialog.close();
        entered();
      }),
      button("mention", () => {
        dialog.close();
        mention(nick);
      }),
      button(isMuted ? "unblock" : "block", async () => {
        await chat.block(nick, !isMuted);
        drawButtons(card);
        say(card, t(`person.${isMuted ? "un" : ""}blocked`, { nick }));
      }));
  }

  function open(nick) {
    const card = {
      nick,
      room: chat.store.room(state.current),
      facts: el("p"),
      rooms: el("p", { class: "quiet" }),
      buttons: el("div", { class: "actions" }),
      status: el("p", { role: "status", tabindex: "-1" }),
      acts: el("div"),
    };
    const { facts, rooms, buttons, status, acts } = card;
    card.dialog = openDialog({ title: nick, name: "person" },
      el("div", { class: "actions" }, avatar(nick), facts), rooms, buttons,
      status, acts);
    if (nick !== state.nick) {
      drawButtons(card);
    }
    attempt(card, () => look(card));
  }

  return { open };
}
