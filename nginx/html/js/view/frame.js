/* The page in a frame of another page: see PAGE.md. */

import { byId } from "./dom.js";

const COLORS = ["accent", "on-accent", "paper", "panel", "line", "ink", "quiet"];

/** Whether a page around us is another site's, so that we have no cookies. */
export function isAmongStrangers() {
  try {
    for (let page = window; page !== page.parent; page = page.parent) {
      page.parent.location.href.at(); // throws
    }
    return false;
  } catch {
    return true;
  }
}

function paint({ theme = "auto", colors = {} }) {
  const { dataset, style } = document.documentElement;
  dataset.theme = theme;
  COLORS.forEach((name) =>
    style.setProperty(`--${name}`, colors[name] ?? ""));
}

/** `parts`: shown(), when isShown() differs; focus(); enter(room). */
export function createFrame(parameters, parts) {
  const named = parameters.get("embed");
  const host = named?.startsWith("http") && URL.canParse(named) && named;
  let isOpen = !host;
  let told = "";

  const send = (kind, more) =>
    host && parent.postMessage({ ajaxchat: kind, ...more }, host);

  function obey(message) {
    paint(message);
    if (isOpen !== message.open) {
      isOpen = message.open;
      parts.shown();
    }
    if (message.room) {
      parts.enter(message.room);
    }
    if (message.focus) {
      parts.focus();
    }
  }

  /* Escape elsewhere leads to the field first. */
  function closeAt(event) {
    if (event.key === "Escape" && !event.defaultPrevented) {
      send("close");
    }
  }

  /** What the button in the page around us shows. */
  function tell(count) {
    if (told !== JSON.stringify(count)) {
      told = JSON.stringify(count);
      send("unread", count);
    }
  }

  byId("close-frame").hidden = !host;
  byId("close-frame").addEventListener("click", () => send("close"));
  byId("text").addEventListener("keydown", closeAt);
  byId("join").addEventListener("keydown", closeAt);
  addEventListener("message", ({ source, origin, data }) => {
    if (source === parent && origin === host && data?.ajaxchat === "state") {
      obey(data);
    }
  });
  send("ready");
  return { isShown: () => isOpen && !document.hidden, tell };
}
