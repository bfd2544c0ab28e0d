/*
 * The dialog about one's own name: a guest can keep it with a passphrase, an
 * account can have another passphrase, or be logged out everywhere.
 */

import { byId, setText } from "./dom.js";
import { explain } from "./wording.js";

const NOTES = {
  guest: "Choose a passphrase, and the name is yours from now on, on every " +
    "device. Without one it is free again when you log out.",
  registered: "The name is yours. Another passphrase logs you out on all " +
    "other devices.",
};

/**
 * @param {object} chat see client.js
 * @param {(text: string) => void} hint says what has been done
 */
export function createAccountView(chat, hint) {
  const dialog = byId("account");
  const old = byId("account-old");
  const fresh = byId("account-new");
  const isGuest = () => chat.store.state.kind === "guest";

  const showError = (text) => setText(byId("account-error"), text);

  const refusals = {
    bad_text: "A passphrase has at least 8 characters, and not too many.",
    forbidden: "This is not your passphrase, or names are not kept here.",
  };

  async function attempt(run, done) {
    try {
      await run();
      dialog.close();
      hint(done);
    } catch (error) {
      showError(refusals[error.code] ?? explain(error));
    }
  }

  function save() {
    return isGuest()
      ? attempt(() => chat.register(fresh.value), "The name is yours now.")
      : attempt(() => chat.changePassphrase(old.value, fresh.value),
        "You have another passphrase now.");
  }

  /* Names of the site's own login, and of programs, have no passphrase. */
  function open() {
    const { kind } = chat.store.state;
    if (!Object.hasOwn(NOTES, kind)) {
      hint("Your name comes from this site's own login.");
      return;
    }
    old.value = fresh.value = "";
    byId("account-old-field").hidden = isGuest();
    byId("logout-everywhere").hidden = isGuest();
    setText(byId("account-note"), NOTES[kind]);
    showError("");
    dialog.showModal();
    (isGuest() ? fresh : old).focus();
  }

  byId("open-account").addEventListener("click", open);
  byId("account-close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) {
      dialog.close(); // its backdrop
    }
  });
  byId("account-form").addEventListener("submit", (event) => {
    event.preventDefault();
    save();
  });
  byId("logout-everywhere").addEventListener("click", () =>
    attempt(() => chat.logout(true), ""));
}
