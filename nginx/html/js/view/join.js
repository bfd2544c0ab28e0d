/* The form that lets one in. */

import { t } from "../i18n.js";
import { byId, mayFocus, setText } from "./dom.js";
import { explain } from "./wording.js";

export function createJoinView(chat, lasting) {
  const form = byId("join-form");
  const nick = byId("nick");
  const passphrase = byId("passphrase");
  const remember = byId("remember");
  const button = byId("join-button");
  let isShown = false;

  function showError(text) {
    setText(byId("join-error"), text);
    nick.setAttribute("aria-invalid", text ? "true" : "false");
  }

  function refuse(error) {
    const isWrong = error.code === "forbidden" && passphrase.value !== "";
    if (error.code === "nick_taken") {
      byId("join-passphrase").hidden = false;
    }
    showError(isWrong ? t("join.wrong") : explain(error));
    (isWrong ? passphrase : nick).focus();
  }

  async function submit() {
    const wanted = nick.value.trim();
    if (!wanted) {
      refuse({ code: "bad_nick" });
      return;
    }
    button.disabled = true;
    try {
      await chat.join(wanted, passphrase.value || undefined);
      showError("");
      passphrase.value = "";
      byId("join-passphrase").hidden = true;
      lasting.set("nick", remember.checked ? wanted : null);
    } catch (error) {
      refuse(error);
    }
    button.disabled = false;
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!button.disabled) {
      submit();
    }
  });
  nick.addEventListener("input", () => showError(""));

  function note() {
    const count = chat.outbox.count();
    const kept = count > 0 ? ` ${t("join.kept", { count })}` : "";
    return chat.ended ? t("join.ended") + kept : "";
  }

  function render() {
    const show = chat.phase === "join";
    byId("join").hidden = !show;
    byId("join-note").hidden = !note();
    setText(byId("join-note"), note());
    if (show && !isShown) {
      nick.value ||= chat.savedNick() ?? lasting.get("nick") ?? "";
      nick.select();
      if (mayFocus()) {
        nick.focus();
      }
    }
    isShown = show;
  }

  return { render };
}
