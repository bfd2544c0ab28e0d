/* About oneself: the name, its passphrase, where one is, whom one muted. */

import { has, parts, t } from "../i18n.js";
import { field, form, formSection, openDialog, pagedList, section }
  from "./dialog.js";
import { byId, el, fullTime, nickElement } from "./dom.js";
import { explain } from "./wording.js";

const passphrase = (name, label = "old") => field(t(`account.${label}`),
  { id: `account-${name}`, name, type: "password", maxlength: 256,
    autocomplete: label === "old" ? "current-password" : "new-password" });

function explainPassphrase(error) {
  const key = `account.${error.code}`;
  return has(key) ? t(key) : explain(error);
}

const sessionRow = ({ current, created, seen }) => el("span", {},
  el("strong", {}, t(`account.session${current ? "_here" : ""}`)), el("br"),
  el("small", {}, ...parts("account.session_times",
    { created: fullTime(created), seen: fullTime(seen) })));

/** `hint(text)` says what has been done. */
export function createAccountView(chat, hint) {
  const { api } = chat;
  const { state } = chat.store;

  function open() {
    const dialog = openDialog({ title: t("account.title"), name: "account" },
      el("p", { class: "quiet" }, t(`account.is_${state.kind}`)));

    /* `change` resolves with what is said then. */
    const part = (title, change, ...fields) => formSection(title, {
      explain: explainPassphrase,
      run: async (values) => {
        const text = await change(values);
        dialog.close();
        hint(text ?? "");
      },
    }, ...fields);

    /* Password managers look whose passphrase it is. */
    const ofOurs = () => el("input",
      { hidden: true, autocomplete: "username", value: state.nick });

    const keep = part(t("account.keep"), async (values) => {
      await chat.register(values.new);
      return t("account.kept");
    }, ofOurs(), passphrase("new", "new"));
    const change = part(t("account.change"), async (values) => {
      await api.changePassphrase(values.old, values.new);
      return t("account.changed");
    }, ofOurs(), passphrase("old"), passphrase("new", "new"));
    const rename = part(t("account.rename"),
      ({ nick }) => chat.changeNick(nick.trim()),
      field(t("join.nick"), { id: "account-nick", name: "nick",
        value: state.nick, autocomplete: "username", maxlength: 256 }));
    const end = part(t("account.end"),
      ({ ours }) => chat.logout(() => api.giveUpAccount(ours)),
      el("p", {}, t("account.end_note")), ofOurs(), passphrase("ours"));

    const sessions = section(t("account.sessions"), pagedList({
      load: api.sessions,
      key: "sessions",
      row: (session, act) => [sessionRow(session), session.current ? ""
        : act(t("rooms.logout"), () => api.endSession(session.id))],
    }), form({
      submit: t("account.everywhere"),
      run: () => chat.logout(api.endAllSessions),
    }));
    const muted = section(t("account.muted"), pagedList({
      load: api.blocks,
      key: "blocks",
      row: (nick, act) => [nickElement(nick),
        act(t("person.unblock"), () => chat.block(nick, false))],
      none: t("account.nobody"),
    }));

    const isOurs = state.kind === "registered";
    dialog.append(...state.kind === "guest" ? [keep] : isOurs ? [change] : [],
      rename, sessions, muted, ...isOurs ? [end] : []);
    if (state.kind === "guest") {
      keep.open = true;
      byId("account-new").focus();
    }
  }

  return { open };
}
