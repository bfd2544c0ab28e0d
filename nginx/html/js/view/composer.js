/*
 * The field in which messages are written. Enter sends, Shift+Enter begins a
 * line; Enter that ends a composition (Japanese, Chinese, ...) does neither.
 * Each room keeps its own draft. Arrow-up in the empty field takes one's last
 * message back into it, to be changed.
 */

import { parseInput, textBytes } from "../chat/commands.js";
import { byId, setText } from "./dom.js";
import { explain, roomTitle, writing } from "./wording.js";

const HINT_MS = 8000;
/* How full the message must be before its size is of interest. */
const SHOW_BYTES_FROM = 0.8;
const COMPOSITION_KEY_CODE = 229; // what older browsers have for isComposing

/**
 * @param {object} chat see client.js
 * @param {(words: string) => void} search opens the search
 */
export function createComposerView(chat, search) {
  const text = byId("text");
  const drafts = new Map(); // room -> text
  let room = null;
  let editing = null; // the message that is being changed
  let hintTimer = null;

  const limit = () => chat.store.state.limits.text_bytes ?? Infinity;

  function hint(message) {
    setText(byId("hint"), message);
    clearTimeout(hintTimer);
    hintTimer = setTimeout(() => setText(byId("hint"), ""), HINT_MS);
  }

  function resize() {
    byId("grow").dataset.text = text.value;
    const left = limit() - textBytes(text.value);
    const isNear = left < limit() * (1 - SHOW_BYTES_FROM);
    setText(byId("bytes-left"), isNear ? String(left) : "");
    byId("bytes-left").classList.toggle("over", left < 0);
    byId("send").disabled = room === null || left < 0 || !text.value.trim();
  }

  function clear() {
    text.value = "";
    stopEditing();
    hint("");
    resize();
  }

  function stopEditing() {
    editing = null;
    byId("editing").hidden = true;
  }

  /** Takes a message of one's own into the field. */
  function edit(item) {
    editing = item;
    byId("editing").hidden = false;
    text.value = item.text;
    resize();
    text.focus();
  }

  function editLast() {
    const { nick } = chat.store.state;
    const last = chat.store.room(room)?.timeline.entries.findLast((entry) =>
      entry.from === nick && !entry.hook && !entry.deleted &&
      (entry.type === "message" || entry.type === "action"));
    if (last) {
      edit(last);
    }
  }

  async function attempt(run) {
    const typed = text.value;
    clear();
    try {
      await run();
    } catch (error) {
      text.value ||= typed;
      resize();
      hint(explain(error));
    }
  }

  function say({ type, text: said }) {
    if (textBytes(said) > limit()) {
      hint("This is too long for one message.");
    } else if (chat.say(type, said)) {
      clear();
    } else {
      hint("Many messages wait to be sent. Please wait a moment.");
    }
  }

  const acts = {
    nothing: () => {},
    hint: (input) => {
      if (input.done) {
        clear();
      }
      hint(input.text);
    },
    say,
    call: ({ name, args }) => attempt(() => chat[name](...args)),
    search: (input) => {
      clear();
      search(input.text);
    },
  };

  function change() {
    const { seq } = editing;
    const fresh = text.value;
    if (textBytes(fresh) > limit()) {
      hint("This is too long for one message.");
    } else if (fresh.trim() && fresh !== editing.text) {
      attempt(() => chat.edit(seq, fresh));
    } else {
      clear();
    }
  }

  function submit() {
    if (room !== null && editing) {
      change();
    } else if (room !== null) {
      const input = parseInput(text.value);
      acts[input.kind](input);
    }
  }

  function isPlainEnter(event) {
    return event.key === "Enter" && !event.shiftKey && !event.isComposing &&
      event.keyCode !== COMPOSITION_KEY_CODE;
  }

  text.addEventListener("input", () => {
    resize();
    if (text.value.trim() && !text.value.startsWith("/") && !editing) {
      chat.typed();
    }
  });
  text.addEventListener("keydown", (event) => {
    if (isPlainEnter(event)) {
      event.preventDefault();
      submit();
    } else if (event.key === "ArrowUp" && !event.altKey && text.value === "") {
      event.preventDefault();
      editLast();
    } else if (event.key === "Escape" && editing) {
      clear();
    }
  });
  byId("stop-editing").addEventListener("click", () => {
    clear();
    text.focus();
  });
  byId("composer").addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
    text.focus();
  });

  function changeRoom(next) {
    if (room !== null) {
      drafts.set(room, editing ? "" : text.value);
    }
    stopEditing();
    room = next;
    text.value = drafts.get(room) ?? "";
    text.disabled = room === null;
    text.placeholder = room === null
      ? "" : `Message ${roomTitle(chat.store.room(room))}`;
  }

  function render() {
    if (chat.store.state.current !== room) {
      changeRoom(chat.store.state.current);
    }
    setText(byId("typing"), writing(chat.store.room(room)?.typing ?? []));
    resize();
  }

  return { render, hint, edit, focus: () => text.focus({ preventScroll: true }) };
}
