/* Notices and a sound while nobody looks at the chat; see PAGE.md. */

import { t } from "../i18n.js";
import { choice, field, form, openDialog } from "./dialog.js";
import { roomTitle } from "./wording.js";

const WHEN = ["off", "mentions", "all"];

let audio = null;

/* Before anybody has touched the page browsers allow no sound. */
function ring() {
  if (!navigator.userActivation?.hasBeenActive) {
    return;
  }
  audio ??= new AudioContext();
  const [tone, volume] = [audio.createOscillator(), audio.createGain()];
  volume.gain.value = 0.1;
  volume.gain.setTargetAtTime(0, audio.currentTime, 0.15);
  tone.frequency.value = 880;
  tone.connect(volume).connect(audio.destination);
  tone.start();
  tone.stop(audio.currentTime + 1);
}

/** `parts`: lasting (storage), name (of our tabs' locks), frame, open(room). */
export function createAlertsView(chat, { lasting, name, frame, open }) {
  const { state } = chat.store;
  const seen = `${name} seen`;
  let leave = null; // ends that we hold the lock that says: it is seen
  let turn = 0;
  const settings = () => ({ when: "off", ...lasting.get("alerts") });

  /** Tells our other tabs whether the chat is in view in this one. */
  function watch() {
    leave?.();
    leave = null;
    const mine = ++turn;
    if (frame.isShown()) {
      navigator.locks?.request(seen, { mode: "shared" },
        () => mine === turn && new Promise((end) => { leave = end; }));
    }
  }

  async function isSeen() {
    const locks = await navigator.locks?.query();
    return frame.isShown() || locks?.held.some((lock) => lock.name === seen);
  }

  /** Somebody else has said something. */
  async function heard(room, event) {
    const { when, sound } = settings();
    const isOurs = room.with !== null || event.mentions?.includes(state.nick);
    if (when === "off" || (when === "mentions" && !isOurs) ||
        state.blocks?.has(event.from) || !chat.isLeader() || await isSeen()) {
      return;
    }
    if (sound) {
      ring();
    }
    if (globalThis.Notification?.permission === "granted") {
      notify(room, event);
    }
  }

  function notify(room, { from, text }) {
    try {
      const notice = new Notification(`${from} · ${roomTitle(room)}`,
        { body: text, tag: `${name} ${room.name}`, icon: "icons/192.png" });
      notice.onclick = () => {
        window.focus();
        notice.close();
        open(room.name);
      };
    } catch {
      // a phone's browser, which has them for other programs only
    }
  }

  async function save({ when, sound }) {
    lasting.set("alerts",
      when === "off" ? null : { when, sound: Boolean(sound) });
    if (when === "off") {
      return;
    }
    if (sound) {
      ring();
    }
    if (await globalThis.Notification?.requestPermission() !== "granted") {
      throw Object.assign(new Error(), { code: "no_alerts" });
    }
  }

  function openSettings() {
    const { when, sound } = settings();
    const dialog = openDialog({ title: t("alerts.title"), name: "alerts" },
      form({ submit: t("alerts.save"),
        run: (values) => save(values).then(() => dialog.close()) },
      choice(t("alerts.when"), "when",
        WHEN.map((value) => [value, t(`alerts.${value}`)]), when),
      field(t("alerts.sound"),
        { name: "sound", type: "checkbox", checked: sound })));
  }

  watch();
  return { watch, heard, open: openSettings };
}
