/* What moderators look through, and how a message comes before them. */

import { t } from "../i18n.js";
import { rightsIn } from "../chat/rights.js";
import { form, openDialog, pagedList } from "./dialog.js";
import { el, fullTime, nickElement } from "./dom.js";
import { reasonField } from "./person.js";
import { noticeWords } from "./row.js";
import { roomTitle } from "./wording.js";

const quote = ({ from, text }) => el("blockquote", {}, nickElement(from ?? ""),
  " ", el("span", { dir: "auto" }, text ?? t("log.deleted")));

const recordRow = (event) =>
  [fullTime(event.at), el("span", {}, ...noticeWords(event))];

/** `hint(text)` says what has been done; `found(seq)` shows a message. */
export function createModerationView(chat, { hint, found }) {
  const { api, recordsOf } = chat;
  const { state } = chat.store;
  let shown = null; // while it is open

  /** Asks what is wrong with a message, and tells the room's moderators. */
  function report(item) {
    const dialog = openDialog({ title: t("report.title"), name: "report" },
      form({
        submit: t("report.send"),
        run: async ({ reason }) => {
          await api.report(item.room, item.seq, reason.trim());
          dialog.close();
          hint(t("report.done"));
        },
      }, quote(item), reasonField(t("report.reason"))));
  }

  function heldRow({ room, seq }, act) {
    const decide = (approve) => () => api.decide(room, seq, approve);
    return [act(t("moderation.let_in"), decide(true)),
      act(t("moderation.drop"), decide(false))];
  }

  function reportRow({ room, seq, target, message }, act) {
    const done = () => api.endReport(room, seq);
    return [
      act(t("moderation.show"), async () => {
        await chat.showMessage(room, target);
        shown.dialog.close();
        found(target);
      }),
      message?.text && act(t("deed.delete"), async () => {
        await api.remove(room, target);
        await done();
      }),
      act(t("moderation.done"), done),
    ];
  }

  /* Those that come to wait while it is open are put below. */
  function waiting(room) {
    const known = new Set();
    return pagedList({
      load: async () => {
        const { held, reports } = await api.pending(room.name);
        const items = [...held, ...reports]
          .filter(({ seq }) => !known.has(seq));
        items.forEach(({ seq }) => known.add(seq));
        return { items };
      },
      row: (item, act) => item.type === "held"
        ? [quote(item), fullTime(item.at), ...heldRow(item, act)]
        : [...recordRow(item), quote(item.message ?? {}),
          ...reportRow(item, act)],
      none: t("moderation.nothing"),
    });
  }

  const bans = (room) => pagedList({
    load: (last) => recordsOf(room).bans(last?.id),
    key: "bans",
    row: (ban, act) => [
      ...recordRow({ ...ban, type: "ban", from: ban.by, to: ban.nick }),
      act(t("act.unban"), () => recordsOf(room).lift(ban.id))],
    none: t("moderation.nothing"),
  });

  const audit = (room) => pagedList({
    load: (last) => recordsOf(room).audit({ before: last?.seq }),
    key: "events",
    row: recordRow,
    none: t("moderation.nothing"),
  });

  /* By the names of the tabs. */
  const listsOf = (room) => ({
    waiting: () => waiting(room),
    bans: () => bans(room.name),
    audit: () => audit(room.name),
    ...rightsIn(state, room).serve && {
      server_bans: () => bans(null),
      server_audit: () => audit(null),
    },
  });

  const tab = (name) => el("label", {}, el("input", { type: "radio",
    class: "sr", name: "tab", value: name, checked: name === "waiting" }),
  t(`moderation.${name}`));

  function open() {
    const room = chat.store.room(state.current);
    const lists = listsOf(room);
    const title = t("moderation.in", { room: roomTitle(room) });
    const tabs = el("div", { class: "tabs", role: "radiogroup",
      "aria-label": title }, ...Object.keys(lists).map(tab));
    const panel = el("div");
    const show = (name) => {
      const list = lists[name]();
      shown.list = name === "waiting" ? list : null;
      panel.replaceChildren(list);
    };
    shown = { room, count: room.waiting,
      dialog: openDialog({ title, name: "moderation", closed: () => {
        if (!shown.dialog.open) { // it is told later: there may be the next
          shown = null;
        }
      } }, tabs, panel) };
    show("waiting");
    tabs.addEventListener("change", ({ target }) => show(target.value));
  }

  /** The open list follows what comes to wait. */
  function render() {
    const room = chat.store.room(state.current);
    if (shown && shown.room !== room) {
      shown.dialog.close(); // we are not in it any more
    } else if (shown && shown.count !== room.waiting) {
      shown.count = room.waiting;
      shown.list?.lastChild.click();
    }
  }

  return { open, render, report };
}
