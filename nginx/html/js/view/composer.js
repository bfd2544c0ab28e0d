/* The field in which messages are written, changed and answered. */

import { loadMoreWords, parts, t } from "../i18n.js";
import { rightsIn } from "../chat/rights.js";
import { isSpoken } from "../chat/timeline.js";
import { avatar, byId, el, nickElement, setText } from "./dom.js";
import { createChoices, findEmoji, loadEmoji, withEmoji } from "./emoji.js";
import { explain, roomTitle, writing } from "./wording.js";

const HINT_MS = 8000;
const SHOW_BYTES_FROM = 0.8; // of what a message may have
const CHOICES_MAX = 25;
const QUOTE_MAX = 200;
const COMPOSING = 229; // the key code, where isComposing is not told

const encoder = new TextEncoder();
const textBytes = (text) => encoder.encode(text).length; // as the server does
const fold = (text) => text.toLowerCase();

/* Who is here, those who spoke last first; in a crowd not all are known. */
function peopleIn({ timeline, members, memberCount }, ownNick) {
  const speakers = timeline.entries
    .filter((entry) => isSpoken(entry) && !entry.hook)
    .map(({ from }) => from).reverse();
  return [...new Set([...speakers, ...members.keys()])]
    .filter((nick) => nick !== ownNick &&
      (members.has(nick) || memberCount > members.size));
}

/** `deeds`: {search, person} open these, for a command. */
export function createComposerView(chat, deeds) {
  const { state } = chat.store;
  const text = byId("text");
  const choices = createChoices(text, t("composer.choices"), complete);
  let room = null; // its name
  let nick = null; // ours
  let editing = null; // the message that is being changed
  let reply = null; // {seq, from, text} of the one that is answered
  let hintTimer = null;
  let commands = null; // the module, once somebody has begun one

  const limit = () => state.limits.text_bytes ?? Infinity;

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

  function keepDraft() {
    if (room !== null && !editing) {
      chat.outbox.setDraft(room, text.value || reply
        ? { text: text.value, reply } : null);
    }
  }

  /* The room's draft, or the message that is to be changed. */
  function showDraft(item = null) {
    const draft = chat.outbox.draft(room);
    editing = item;
    reply = draft?.reply ?? null;
    text.value = editing ? editing.text : draft?.text ?? "";
    showIntent();
    choices.show([]);
    resize();
  }

  function showIntent() {
    byId("intent").hidden = !editing && !reply;
    byId("intent-text").replaceChildren(...editing ? [t("composer.editing")]
      : reply ? [...parts("composer.replying",
        { who: nickElement(reply.from) }), " ",
      el("bdi", { class: "quiet" }, reply.text)] : []);
  }

  function clear() {
    if (!editing) {
      chat.outbox.setDraft(room, null);
    }
    showDraft();
    hint("");
  }

  function edit(item) {
    keepDraft();
    showDraft(item);
    text.focus();
  }

  function replyTo({ seq, from, text: said }) {
    showDraft();
    reply = { seq, from, text: said.slice(0, QUOTE_MAX) };
    showIntent();
    keepDraft();
    text.focus();
  }

  function stopIntent() {
    reply = editing ? reply : null;
    keepDraft();
    showDraft();
    text.focus();
  }

  function editLast() {
    const last = chat.store.room(room)?.timeline.entries.findLast((entry) =>
      entry.from === state.nick && !entry.hook && !entry.deleted &&
      isSpoken(entry));
    if (last) {
      edit(last);
    }
  }

  async function attempt(run) {
    const tried = { room, editing, value: text.value };
    clear();
    try {
      await run();
    } catch (error) {
      if (room === tried.room && !text.value) {
        showDraft(tried.editing);
        text.value = tried.value;
        resize();
      }
      hint(explain(error));
    }
  }

  function say({ type, text: said }) {
    const ready = withEmoji(said);
    if (textBytes(ready) > limit()) {
      hint(t("composer.tooLong"));
    } else if (chat.say(type, ready, { replyTo: reply?.seq })) {
      clear();
    } else {
      hint(t("composer.full"));
    }
  }

  function change() {
    const { seq } = editing;
    const fresh = withEmoji(text.value);
    if (textBytes(fresh) > limit()) {
      hint(t("composer.tooLong"));
    } else if (fresh.trim() && fresh !== editing.text) {
      attempt(() => chat.edit(seq, fresh));
    } else {
      clear();
    }
  }

  function open(input) {
    clear();
    deeds[input.kind](input.text);
  }

  const acts = {
    say,
    search: open,
    person: open,
    call: ({ name, args }) => attempt(() => chat[name](...args)),
    hint: (input) => {
      if (input.done) {
        clear();
      }
      hint(input.text);
    },
  };

  async function loadCommands() {
    await loadMoreWords();
    commands ??= await import("../chat/commands.js");
  }

  /* What is loaded only now may not come. */
  const needs = (loading, run) =>
    loading.then(run, () => hint(explain({ kind: "network" })));

  const submitCommand = (value) => needs(loadCommands(), () => {
    if (text.value === value) {
      const input = commands.parseInput(value);
      acts[input.kind](input);
    }
  });

  function submit() {
    const { value } = text;
    if (room !== null && editing) {
      change();
    } else if (room !== null && value.startsWith("/")) {
      submitCommand(value);
    } else if (room !== null && value.trim()) {
      say({ type: "message", text: value });
    }
  }

  function complete({ from, insert }) {
    text.setRangeText(`${insert} `, from, text.selectionStart, "end");
    choices.show([]);
    typed();
  }

  const commandChoice = (name) => ({ insert: `/${name}`, name,
    content: [commands.usageOf(name)] });

  const emojiChoice = ([name, emoji]) => ({ insert: emoji, name,
    content: [emoji, ` :${name}:`] });

  /* In a command nicks with blanks are in quotes. */
  function nickChoice(whom) {
    const isQuoted = /\s/.test(whom) && /^\/[a-z]+\s/i.test(text.value);
    return { insert: `@${isQuoted ? `"${whom}"` : whom}`, name: fold(whom),
      content: [avatar(whom), nickElement(whom)] };
  }

  const nicksLike = (part) => peopleIn(chat.store.room(room), state.nick)
    .map(nickChoice).filter(({ name }) => name.startsWith(part));

  /* What begins a choice, and what there is for the part that it captures. */
  const kinds = [
    [/^\/([a-z]*)$/i, (part) =>
      (commands?.commandNames(rightsIn(state, chat.store.room(room))) ?? [])
        .filter((name) => name.startsWith(part)).map(commandChoice)],
    [/(?<![\p{LC}\p{N}])@"?([^@\n]{0,64})$/u, nicksLike],
    [/(?<!\S):([\w+-]{2,})$/, (part) => findEmoji(part).map(emojiChoice)],
  ];

  /* What is complete already is not offered. */
  function findChoices(all = kinds) {
    const before = text.value.slice(0, text.selectionStart);
    for (const [pattern, find] of all) {
      const match = pattern.exec(before);
      const part = match && fold(match[1]);
      const found = match ? find(part) : [];
      if (found.some(({ name }) => name === part)) {
        return [];
      }
      if (found.length > 0) {
        return found.slice(0, CHOICES_MAX).map(({ insert, content }) =>
          ({ value: { from: match.index, insert }, content }));
      }
    }
    return [];
  }

  /* Whether the word before the caret is somebody's. */
  function completeNick() {
    const found = findChoices([[/([^\s@]+)$/, nicksLike]]);
    choices.show(found);
    if (found.length === 1) {
      complete(found[0].value);
    }
    return found.length > 0;
  }

  function typed() {
    resize();
    keepDraft();
    if (text.value.trim() && !text.value.startsWith("/") && !editing) {
      chat.typed();
    }
  }

  const keys = {
    Enter: submit,
    Tab: completeNick,
    ArrowUp: () => text.value === "" ? editLast() : false,
    Escape: () => editing || reply ? stopIntent() : false,
  };

  /* Enter that ends a composition (Japanese, ...) sends nothing. */
  function press(event) {
    const isPlain = !event.isComposing && event.keyCode !== COMPOSING &&
      !event.shiftKey && !event.altKey && !event.ctrlKey && !event.metaKey;
    if (isPlain && !choices.key(event) && Object.hasOwn(keys, event.key) &&
        keys[event.key]() !== false) {
      event.preventDefault();
    }
  }

  text.addEventListener("input", async () => {
    typed();
    if (/:\w/.test(text.value)) {
      await loadEmoji();
    }
    if (text.value.startsWith("/")) {
      await loadCommands().catch(() => {}); // Enter tells of it
    }
    choices.show(document.activeElement === text ? findChoices() : []);
  });
  text.addEventListener("keydown", press);
  text.addEventListener("blur", () => choices.show([]));
  text.closest(".field").append(choices.list);
  byId("stop-intent").addEventListener("click", stopIntent);
  byId("open-emoji").addEventListener("click", ({ currentTarget }) =>
    needs(import("./emoji-grid.js"), (grid) =>
      grid.openEmojiGrid(currentTarget, (emoji) => {
        text.setRangeText(emoji, text.selectionStart, text.selectionEnd, "end");
        text.focus();
        typed();
      })));
  byId("composer").addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
    text.focus();
  });

  function render() {
    if (state.current !== room || state.nick !== nick) {
      ({ current: room, nick } = state);
      showDraft();
      text.disabled = byId("open-emoji").disabled = room === null;
      text.placeholder = room === null ? ""
        : t("composer.placeholder", { room: roomTitle(chat.store.room(room)) });
    }
    setText(byId("typing"), writing(chat.store.room(room)?.typing ?? []));
    resize();
  }

  function mention(whom) {
    const space = /(^|\s)$/.test(text.value) ? "" : " ";
    text.value += `${space}@${whom} `;
    text.focus();
    typed();
  }

  return { render, hint, edit, reply: replyTo, mention,
    focus: () => text.focus({ preventScroll: true }) };
}
