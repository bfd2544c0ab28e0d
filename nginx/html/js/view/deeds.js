/* What can be done with a message, by buttons, in its menu and by keys. */

import { rightsIn } from "../chat/rights.js";
import { t } from "../i18n.js";
import { field, form, openDialog } from "./dialog.js";
import { el, fullTime, stepFrom } from "./dom.js";
import { openEmojiGrid, place } from "./emoji-grid.js";

const REASON_MAX = 500;

function openMenu(anchor, offered, run, closed) {
  const menu = el("div", { class: "menu", role: "menu", popover: "auto",
    "aria-label": t("log.menu") }, ...offered.map((name) =>
    el("button", { type: "button", role: "menuitem", "data-do": name,
      onclick: () => {
        menu.hidePopover();
        run(name);
      } }, t(`deed.${name}`))));
  menu.addEventListener("keydown", (event) => {
    const next = stepFrom(menu.children, document.activeElement, event.key);
    if (event.key === "Escape") {
      menu.hidePopover();
    } else if (next) {
      next.focus();
    } else {
      return;
    }
    event.preventDefault();
  });
  menu.addEventListener("toggle", ({ newState }) => {
    if (newState === "closed") {
      menu.remove();
      closed();
    }
  });
  document.body.append(menu);
  menu.showPopover();
  place(menu, anchor);
  menu.firstChild.focus();
}

/** @returns {(name, row, anchor) => any} does it, if it may be done */
export function createDeeds(chat, { composer, person, report, attempt }) {
  const { state } = chat.store;
  const here = () => encodeURIComponent(state.current);

  function offers({ item, own, isThere }) {
    const room = chat.store.room(state.current);
    const { speak, moderate } = rightsIn(state, room);
    const isPublic = room.settings.access === "public";
    return !isThere ? [] : [speak && "emoji", speak && "reply",
      speak && own && "edit", "copyLink", isPublic && "copyPage",
      item.edited && moderate && "edits", !item.hook && "person",
      !own && "report", (own || moderate) && "delete"].filter(Boolean);
  }

  function react({ item }, emoji) {
    const isOurs = item.reactions?.some(({ emoji: sign, nicks }) =>
      sign === emoji && nicks.includes(state.nick));
    attempt(() => chat.react(item.seq, emoji, !isOurs));
  }

  /* Only pages that came over HTTPS have a clipboard. */
  async function copy(path) {
    const { href } = new URL(path, location.href.split(/[?#]/)[0]);
    try {
      await navigator.clipboard.writeText(href);
      composer.hint(t("log.copied"));
    } catch {
      composer.hint(href);
    }
  }

  function askDelete({ item, own }) {
    const dialog = openDialog({ title: t("delete.title"), name: "delete" },
      form({
        submit: t("deed.delete"),
        run: async ({ reason }) => {
          await chat.remove(item.seq, reason || undefined);
          dialog.close();
          document.querySelector(`#messages [data-seq="${item.seq}"]`)?.focus();
        },
      }, el("blockquote", { dir: "auto" }, item.text), own ? ""
        : field(t("delete.reason"), { name: "reason", maxlength: REASON_MAX })));
    dialog.querySelector("input, [type=submit]").focus();
  }

  async function showEdits({ item }) {
    const { edits } = await chat.api.edits(state.current, item.seq);
    openDialog({ title: t("deed.edits"), name: "edits" },
      ...edits.map(({ at, text }) => el("p", { dir: "auto" },
        fullTime(at), el("br"), text ?? t("log.deleted"))));
  }

  const deeds = {
    person: ({ author }) => person(author),
    react: (row, { dataset }) => react(row, dataset.emoji),
    emoji: (row, anchor) => openEmojiGrid(anchor, (sign) => react(row, sign)),
    reply: ({ item }) => composer.reply(item),
    edit: ({ item }) => composer.edit(item),
    copyLink: ({ item }) => copy(`#${here()}/${item.seq}`),
    copyPage: ({ item }) => copy(`r/${here()}/${item.n}`),
    edits: (row) => attempt(() => showEdits(row)),
    report: ({ item }) => report(item),
    delete: askDelete,
    more: (row, anchor) => openMenu(anchor, offers(row),
      (name) => deeds[name](row, anchor),
      () => anchor.closest("li").focus({ preventScroll: true })),
  };

  // keys may ask for what no button offers
  return (name, row, anchor) => {
    if (anchor.dataset.do === name || offers(row).includes(name)) {
      deeds[name](row, anchor);
    }
  };
}
