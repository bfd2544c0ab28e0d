/*
 * What moderators look through, and how a message comes before them.
 */

import { t } from "../i18n.js";
import { field, form, openDialog } from "./dialog.js";

const REASON_MAX = 500;

/**
 * @param {object} chat see client.js
 * @param {(text: string) => void} hint says what has been done
 */
export function createModerationView(chat, hint) {
  /** Asks what is wrong with a message, and tells the room's moderators. */
  function report(item) {
    const dialog = openDialog({ title: t("report.title"), name: "report" },
      form({
        submit: t("report.send"),
        run: async ({ reason }) => {
          await chat.report(item.seq, reason.trim());
          dialog.close();
          hint(t("report.done"));
        },
      }, field(t("report.reason"), { name: "reason",
        maxlength: REASON_MAX, required: true })));
  }

  return { report };
}
