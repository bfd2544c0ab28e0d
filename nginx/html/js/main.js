/* Puts client and views together, and draws when something has changed. */

import { createClient } from "./chat/client.js";
import { rightsIn } from "./chat/rights.js";
import { loadLanguage, loadMoreWords, t } from "./i18n.js";
import { byId, closeDialogs, localize, mayFocus, setText } from "./view/dom.js";
import { createStorage } from "./storage.js";
import { createComposerView } from "./view/composer.js";
import { createJoinView } from "./view/join.js";
import { createKeys } from "./view/keys.js";
import { createMessagesView } from "./view/messages.js";
import { createPanelsView } from "./view/panels.js";
import { explain, roomTitle, tell } from "./view/wording.js";

/* Trouble that is over sooner is not worth a word. */
const BANNER_DELAY_MS = 800;
const UPGRADE_LOOK_MS = 60 * 60 * 1000;
const FRAME_LATE_MS = 100;
const PARAMETERS = new URLSearchParams(location.search);
const MODE = PARAMETERS.get("mode");
const HOME = PARAMETERS.get("room");
document.documentElement.dataset.theme = PARAMETERS.get("theme") ?? "auto";

/* Only a frame has a page around it to speak with. */
const framing = window === parent ? null : await import("./view/frame.js");
const IS_AMONG_STRANGERS = framing?.isAmongStrangers() ?? false;

/* What the tabs cannot share (by plain HTTP) they have few of: no streams. */
const CAN_SHARE = navigator.locks && globalThis.BroadcastChannel &&
  MODE !== "demo" && !IS_AMONG_STRANGERS;
const NAME = `ajaxchat ${new URL(".", location).pathname}`;

const lasting = createStorage(() => localStorage);

await loadLanguage([PARAMETERS.get("lang")?.slice(0, 2),
  ...navigator.languages ?? []].filter(Boolean));
localize();
byId("late").remove();

const chat = createClient({
  storage: createStorage(() => sessionStorage),
  changed: scheduleDraw,
  home: HOME,
  noticed,
  told: (signal) => tell(signal) && composer.hint(tell(signal)),
  demo: MODE === "demo",
  bearer: IS_AMONG_STRANGERS,
  streams: CAN_SHARE && MODE !== "poll" ? {
    open: (url) => new EventSource(url),
    storage: lasting,
  } : null,
  sharing: CAN_SHARE ? {
    name: NAME,
    locks: navigator.locks,
    channel: new BroadcastChannel(NAME),
    isHidden: () => document.hidden,
  } : null,
});
const { state } = chat.store;
const person = later(async () =>
  (await import("./view/person.js")).createPersonView(chat,
    { mention: (nick) => composer.mention(nick), entered: showRoom }));
const moderation = later(async () =>
  (await import("./view/moderation.js")).createModerationView(chat,
    { hint: composer.hint, found: showFound }));
const account = later(async () =>
  (await import("./view/account.js")).createAccountView(chat, composer.hint));
const shortcuts = later(() => import("./view/shortcuts.js"));
const areSingleOn = () => lasting.get("singleKeys") !== false;
const openPerson = (nick) => person.use((view) => view.open(nick));
const joining = createJoinView(chat, lasting);
const messages = createMessagesView(chat, {
  composer: () => composer,
  deed: (...what) => deeds.use((act) => act(...what)),
  prepareDeeds: () => deeds.use(() => {}),
  attempt: reported,
});
const deeds = later(async () =>
  (await import("./view/deeds.js")).createDeeds(chat, {
    composer, person: openPerson, attempt: reported,
    report: (item) => moderation.use((view) => view.report(item)),
  }));
const panels = createPanelsView(chat, showRoom, reported, openPerson);
const roomsView = later(async () =>
  (await import("./view/rooms.js")).createRoomsView(chat, {
    hint: composer.hint, attempt: reported, person: openPerson,
    entered: showRoom, found: showFound,
  }));
const search = (text) => roomsView.use((view) => view.search(text));
const composer = createComposerView(chat, { search, person: openPerson });
createKeys(chat, { compose: composer.focus, areSingleOn });
const frame = framing?.createFrame(PARAMETERS, {
  shown,
  focus: () => byId(chat.phase === "chat" ? "text" : "nick").focus(),
  enter: (room) => chat.phase === "chat" && enterRoom(room),
}) ?? { isShown: () => !document.hidden, tell() {} };
const alerts = later(async () =>
  (await import("./view/alerts.js")).createAlertsView(chat,
    { lasting, name: NAME, frame, open: chat.openRoom }));

let isDrawScheduled = false;
let bannerTimer = null;
let shownPhase = null;

/* A view that most people never open; its module comes when they do. */
function later(load) {
  let loading = null;
  const found = {
    view: null,
    use: (run) => reported(async () => {
      try {
        loading ??= Promise.all([load(), loadMoreWords()]);
        [found.view] = await loading;
      } catch (error) {
        loading = null;
        throw Object.assign(error, { kind: "network" });
      }
      await run(found.view);
    }),
  };
  return found;
}

/* Out of sight frames are rare, and timers too if the page is hidden. */
function shown() {
  chat.look({ attentive: frame.isShown() });
  alerts.view?.watch();
  draw();
}

function scheduleDraw() {
  if (!isDrawScheduled) {
    isDrawScheduled = true;
    if (!frame.isShown()) {
      queueMicrotask(drawIfDue);
    } else {
      requestAnimationFrame(drawIfDue);
      setTimeout(drawIfDue, FRAME_LATE_MS);
    }
  }
}

function drawIfDue() {
  if (isDrawScheduled) {
    draw();
  }
}

/* A message of somebody else has come. */
function noticed(room, event, isRead) {
  messages.heard(event);
  if (!isRead && lasting.get("alerts")) {
    alerts.use((view) => view.heard(room, event));
  }
}

/* A room was chosen: what is typed from now on is for that room. */
function showRoom() {
  panels.close();
  draw();
  composer.hint("");
  composer.focus();
}

function showFound(seq) {
  panels.close();
  draw();
  messages.reveal(seq);
}

function trouble() {
  if (chat.phase === "boot") {
    return t("page.boot");
  }
  const isIn = chat.phase === "chat";
  if (chat.status === "down" || (isIn && chat.outbox.isStuck())) {
    return t(navigator.onLine ? "page.down" : "page.offline");
  }
  return isIn && chat.outbox.isSlowed()
    ? t("page.slowed") : "";
}

function drawBanner() {
  const banner = byId("banner");
  const text = trouble();
  if (text && banner.hidden) {
    bannerTimer ??= setTimeout(() => {
      banner.hidden = false;
      setText(banner, trouble());
    }, BANNER_DELAY_MS);
    return;
  }
  setText(banner, text);
  if (!text) {
    clearTimeout(bannerTimer);
    bannerTimer = null;
    banner.hidden = true;
  }
}

function drawTitle() {
  const rooms = chat.phase === "chat" ? [...state.rooms.values()] : [];
  const sum = (count) => rooms.reduce((all, room) => all + room[count], 0);
  const [unread, mentions] = [sum("unread"), sum("mentions")];
  const room = rooms.length && chat.store.room(state.current);
  document.title = (unread ? `(${unread}) ` : "") +
    (room ? `${roomTitle(room)} · ` : "") + t("page.title");
  const icon = document.querySelector("link[rel=icon]");
  const href = unread ? "icon-unread.svg" : "icon.svg";
  if (icon.getAttribute("href") !== href) {
    icon.setAttribute("href", href);
  }
  frame.tell({ unread, mentions, words: t("page.unread", { count: unread }) });
}

/* Shows it when the files of the page are newer than the page. */
async function lookForUpgrade() {
  try {
    const { headers } = await fetch("./", { method: "HEAD", cache: "no-store" });
    byId("upgrade").hidden = !(Date.parse(headers.get("Last-Modified")) >
      Date.parse(document.lastModified));
  } catch {
    // away again: there will be another time
  }
}

function drawRoomHead() {
  const room = chat.store.room(state.current);
  const [sign, ...title] = room ? roomTitle(room) : "";
  setText(byId("room-name"), room ? `${sign} ${title.join("")}` : t("rooms.none"));
  setText(byId("topic"), room?.topic ?? "");
  byId("open-moderation").hidden = !rightsIn(state, room).moderate;
  setText(byId("waiting-count"), `${room?.waiting || ""}`);
  byId("open-room").disabled = !room;
  byId("open-search").hidden = !room;
}

/* Its fault must not take other views with it. */
function render(view) {
  try {
    view?.render();
  } catch (error) {
    console.error(error);
  }
}

function draw() {
  isDrawScheduled = false;
  const isIn = chat.phase === "chat";
  const enters = isIn && shownPhase !== "chat";
  shownPhase = chat.phase;
  document.body.dataset.phase = chat.phase;
  if (chat.status === "up" && document.body.dataset.connection === "down") {
    lookForUpgrade();
  }
  document.body.dataset.connection = chat.status;
  byId("chat").hidden = !isIn;
  drawBanner();
  drawTitle();
  joining.render();
  if (isIn) {
    drawRoomHead();
    [panels, roomsView.view, moderation.view, composer, messages]
      .forEach(render);
  } else {
    closeDialogs();
    panels.close();
  }
  if (enters && mayFocus()) {
    composer.focus();
  }
  if (enters && HOME) {
    enterRoom(HOME);
  }
}

async function reported(run) {
  try {
    await run();
  } catch (error) {
    composer.hint(explain(error));
  }
}

/* By a link, or the page around us: some rooms ask for a passphrase. */
function enterRoom(name) {
  reported(() => chat.joinRoom(name).catch((error) =>
    error.code === "passphrase"
      ? roomsView.use((view) => view.askPassphrase(name))
      : Promise.reject(error)));
}

byId("find-room").addEventListener("click", () =>
  roomsView.use((view) => view.find()));
byId("open-search").addEventListener("click", () => search());
byId("open-room").addEventListener("click", () =>
  roomsView.use((view) => view.open()));
byId("reload").addEventListener("click", () => location.reload());
byId("open-alerts").addEventListener("click", () =>
  alerts.use((view) => view.open()));
byId("open-account").addEventListener("click", () =>
  account.use((view) => view.open()));
byId("open-moderation").addEventListener("click", () =>
  moderation.use((view) => view.open()));
byId("open-keys").addEventListener("click", () =>
  shortcuts.use((view) => view.openShortcuts(areSingleOn(),
    (on) => lasting.set("singleKeys", on))));
byId("logout").addEventListener("click", () =>
  reported(() => chat.logout()));
byId("demo-note").hidden = !chat.demo;

addEventListener("online", chat.networkChanged);
addEventListener("offline", chat.networkChanged);
addEventListener("pagehide", chat.bye);
addEventListener("pageshow", (event) => {
  if (event.persisted) {
    chat.networkChanged(); // its requests did not survive being frozen
  }
});
document.addEventListener("resume", chat.woken);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) {
    chat.woken();
  }
  shown(); // drawing too: a frame that was asked for may not come
});

setInterval(lookForUpgrade, UPGRADE_LOOK_MS);
chat.boot();
shown();
if (lasting.get("alerts")) {
  alerts.use(() => {});
}
