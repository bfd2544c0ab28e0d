/*
 * The chat in any page: a button in the corner, and the panel that it opens.
 * README.md says what can be set, PAGE.md what panel and frame tell each other.
 */
(() => {
  const script = document.currentScript;
  if (!script || window.ajaxchat) {
    return; // once in a page is enough
  }
  const home = new URL("./", script.src);
  const data = script.dataset;
  const label = data.label ?? "Chat";
  const COLORS = ["accent", "on-accent", "paper", "panel", "line", "ink", "quiet"];
  const SMALL = "(width < 480px), (height < 480px)";
  const STYLE = `
:host { all: initial !important }
button, dialog {
  position: fixed; inset: auto; inset-block-end: 16px; inset-inline-end: 16px;
  z-index: 2147483000; margin: 0; padding: 0; border: 1px solid transparent;
  background: var(--ajaxchat-accent, #3b5bdb) }
.start { inset-inline: 16px auto }
button {
  inline-size: 56px; block-size: 56px; border-radius: 50%; cursor: pointer;
  color: var(--ajaxchat-on-accent, #fff); box-shadow: 0 4px 16px #0005 }
button:focus-visible {
  outline: 3px solid var(--ajaxchat-accent, #3b5bdb); outline-offset: 3px }
svg { inline-size: 28px; vertical-align: middle; fill: currentcolor }
span {
  position: absolute; inset-block-start: -4px; inset-inline-end: -4px;
  min-inline-size: 12px; padding: 0 4px; color: #fff; background: #b42318;
  border-radius: 99px; font: 600 12px/20px system-ui }
span:empty { display: none }
dialog {
  display: block; inset-block-end: 84px; overflow: hidden;
  inline-size: min(400px, 100vw - 32px); max-inline-size: none;
  block-size: min(640px, 100dvh - 100px); max-block-size: none;
  color-scheme: light dark; border-radius: 14px;
  background: var(--ajaxchat-paper, light-dark(#fff, #14161b));
  box-shadow: 0 8px 40px #0006 }
dialog:not([open]) { visibility: hidden }
iframe { inline-size: 100%; block-size: 100%; border: 0 }
@media ${SMALL} {
  dialog {
    inset: 0; inline-size: auto; block-size: auto; border: 0; border-radius: 0 }
}
@media print { button, dialog { display: none } }`;
  const small = matchMedia(SMALL);
  const state = { open: false, unread: 0, mentions: 0 };
  let frame = null;
  let isReady = false;
  let opener = null;

  function make(tag, attributes, ...children) {
    const element = document.createElement(tag);
    Object.entries(attributes).forEach((pair) => element.setAttribute(...pair));
    element.append(...children);
    return element;
  }

  function icon() {
    const [svg, path] = ["svg", "path"].map((tag) =>
      document.createElementNS("http://www.w3.org/2000/svg", tag));
    svg.setAttribute("viewBox", "0 0 24 24");
    path.setAttribute("d", "M6 3h12a3 3 0 0 1 3 3v8a3 3 0 0 1-3 3h-7l-5 5v-5" +
      "a3 3 0 0 1-3-3V6a3 3 0 0 1 3-3");
    svg.append(path);
    return svg;
  }

  const side = data.position ?? "end";
  const badge = make("span", {});
  const button = make("button", { class: side, "aria-label": label,
    "aria-haspopup": "dialog", "aria-expanded": false }, icon(), badge);
  const panel = make("dialog", { class: side, "aria-label": label });
  const host = make("ajax-chat", {});
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets = [sheet];
  root.append(button, panel);

  /* Whether it was open on the page before, in this tab; "" if never. */
  function remember(value) {
    try {
      if (value) sessionStorage.setItem("ajaxchat.panel", value);
      return sessionStorage.getItem("ajaxchat.panel") ?? "";
    } catch {
      return ""; // storage may be forbidden
    }
  }

  function load() {
    if (!frame) {
      send();
      const query = new URLSearchParams({ embed: location.origin });
      ["room", "theme", "lang"].filter((name) => data[name])
        .forEach((name) => query.set(name, data[name]));
      frame = make("iframe", { src: `${home}?${query}`, title: label,
        allow: "autoplay; clipboard-write" });
      panel.append(frame);
    }
  }

  function send(more) {
    panel.style.colorScheme = data.theme ?? "";
    if (isReady) {
      const style = getComputedStyle(host);
      const colors = Object.fromEntries(COLORS.map((name) =>
        [name, style.getPropertyValue(`--ajaxchat-${name}`)]));
      frame.contentWindow.postMessage({ ajaxchat: "state", open: state.open,
        theme: data.theme, colors, ...more }, home.origin);
    }
  }

  function changed(isOpen) {
    state.open = isOpen;
    button.setAttribute("aria-expanded", isOpen);
    remember(isOpen ? "open" : "closed");
    tell();
  }

  const tell = () => document.dispatchEvent(
    new CustomEvent("ajaxchat", { detail: { ...state } }));

  /* On a phone it covers the page: nobody shall tab to what is behind. */
  function open(room) {
    load();
    if (!state.open) {
      opener = document.activeElement;
      panel[small.matches ? "showModal" : "show"]();
      changed(true);
    }
    frame.focus();
    send({ focus: true, room });
  }

  function close() {
    if (state.open) {
      panel.close();
      changed(false);
      send();
      (opener?.closest("body :not(ajax-chat)") ?? button).focus();
    }
  }

  const toggle = () => state.open ? close() : open();

  const heard = {
    ready() {
      isReady = true;
      send({ focus: root.activeElement === frame });
    },
    close,
    unread({ unread, mentions, words }) {
      Object.assign(state, { unread, mentions });
      badge.textContent = unread > 99 ? "99+" : unread || "";
      button.setAttribute("aria-label", unread ? `${label}: ${words}` : label);
      tell();
    },
  };

  button.addEventListener("click", toggle);
  root.addEventListener("keydown", ({ key }) => key === "Escape" && close());
  panel.addEventListener("close", () => panel.open || close()); // by a gesture
  addEventListener("message", ({ source, origin, data: message }) => {
    if (source && source === frame?.contentWindow && origin === home.origin &&
        Object.hasOwn(heard, message?.ajaxchat)) {
      heard[message.ajaxchat](message);
    }
  });
  new MutationObserver(() => send())
    .observe(script, { attributeFilter: ["data-theme"] });

  /* Nothing is fetched before somebody wants to chat. */
  function begin() {
    document.body.append(host);
    const before = remember() || ("open" in data ? "open" : "");
    if (before) {
      load();
    }
    if (before === "open" && !small.matches) {
      panel.setAttribute("open", ""); // show() would take the focus
      changed(true);
    }
  }

  window.ajaxchat = { open, close, toggle };
  if (document.body) {
    begin();
  } else {
    addEventListener("DOMContentLoaded", begin);
  }
})();
