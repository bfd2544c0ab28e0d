// Nothing that people write ever runs, loads, or becomes markup: everything of
// xss-corpus.mjs goes through every field that people fill in for others, and
// is shown as the text that it is. A few pages are loaded, and much is said.
import assert from "node:assert/strict";

import { newId } from "../system/client.mjs";
import { waitFor } from "../system/harness.mjs";
import { shownText } from "../page/document.mjs";
import { browserScenario } from "./browser.mjs";
import { payloads, refused } from "./xss-corpus.mjs";

/* As many as a page holds three times: messages, replies and notices. */
const CHUNK = 150;
const settings = { "limits.rate_limits": "off" };

const chunks = [];
for (let i = 0; i < payloads.length; i += CHUNK) {
  chunks.push(payloads.slice(i, i + CHUNK));
}

const isOneLine = (text) => !/[\p{Cc}\u2028\u2029]/u.test(text);
const bytes = (text) => Buffer.byteLength(text);

/* ---- the trap ---- */

/** Runs in the page before anything else does. */
function setTrap() {
  window.caught = [];
  const report = (what) => window.caught.push(what);
  for (const name of ["alert", "confirm", "prompt", "print", "open"]) {
    window[name] = () => report(name);
  }
  Object.defineProperty(window, "pwned", {
    set() {
      report("pwned");
    },
  });
  document.addEventListener("securitypolicyviolation", (event) =>
    report(`${event.violatedDirective}: ${event.blockedURI}`));
}

/** Elements and attributes that only markup of others could have made. */
function findStrangers() {
  const tags = "script:not([src^='js/']), iframe, frame, object, embed, base," +
    " style, svg :not(path), math, marquee, video, audio, template," +
    "#messages :is(form, input, img, svg:not([aria-hidden]), link, meta)," +
    "a[href]:not([href^='http:'], [href^='https:'], [href^='#'], [href^='/'])";
  const strange = [...document.body.querySelectorAll(tags)]
    .map((element) => element.outerHTML);
  const handlers = [...document.querySelectorAll("*")].flatMap((element) =>
    [...element.attributes].filter(({ name }) =>
      name.startsWith("on") || name === "srcdoc" || name === "formaction")
      .map(({ name }) => `${element.tagName} ${name}`));
  const lost = ["chat", "messages", "text", "composer"].filter((id) =>
    document.querySelectorAll(`[id="${id}"]`).length !== 1);
  return [...strange, ...handlers, ...lost];
}

/** A person whose page asks for nothing but the chat's own. */
async function openTrapped(chat, open) {
  const person = await open({ before: setTrap });
  const origin = `http://127.0.0.1:${chat.port}/chat/`;
  person.abroad = [];
  person.page.on("request", (request) => {
    if (!request.url().startsWith(origin)) person.abroad.push(request.url());
  });
  return person;
}

async function assertQuiet({ page, abroad }, what) {
  assert.deepEqual(await page.evaluate(() => window.caught), [], what);
  assert.deepEqual(await page.evaluate(findStrangers), [], what);
  assert.deepEqual(abroad, [], what);
}

/* ---- what Mallory does ---- */

const path = (room, more) => `rooms/${encodeURIComponent(room)}/${more}`;

/** Says all of it; resolves with a Map from each event's seq to its text. */
async function sayAll(mallory, room, texts, more = () => ({})) {
  const replies = await Promise.all(texts.map((text, i) =>
    mallory.post(path(room, "messages"), { id: newId(), text, ...more(i) })));
  replies.forEach(({ status, text }) => assert.equal(status, 201, text));
  return new Map(replies.map(({ json }, i) => [json.seq, texts[i]]));
}

/** Asks for each; resolves with those of `texts` that were taken. */
async function tryAll(texts, ask) {
  const replies = await Promise.all(texts.map(ask));
  for (const { status, json } of replies) {
    assert.ok(status < 300 || [400, 403, 404, 409, 413, 422].includes(status),
      `${status} ${json?.code}`);
  }
  return texts.filter((_, i) => replies[i].status < 300);
}

/* ---- what is seen of it ---- */

/** The texts in the page, by their seq. */
const textsBySeq = (page) => page.evaluate(() => Object.fromEntries(
  [...document.querySelectorAll("#messages > li[data-seq]")].map((row) => {
    const text = row.querySelector(".text")?.cloneNode(true);
    text?.querySelectorAll(".edited").forEach((edited) => edited.remove());
    return [row.dataset.seq, text?.textContent];
  })));

/** Waits until each message is shown as it should be. */
async function seesAll({ page }, said, before = "") {
  const wanted = [...said].map(([seq, text]) =>
    [seq, before + shownText(text)]);
  const wrong = async () => {
    const texts = await textsBySeq(page);
    return wanted.filter(([seq, text]) => texts[seq]?.trimEnd() !==
      text.trimEnd()).map(([seq, text]) => [text, texts[seq]]);
  };
  await waitFor("all is shown", async () => (await wrong()).length === 0,
    10_000).catch(async () => assert.deepEqual(await wrong(), []));
}

/** Waits until that part of the page, or the log, has each of them. */
async function readsAll({ page }, texts, part = "#messages") {
  const missing = async () => {
    const shown = await page.textContent(part);
    return texts.filter((text) => !shown.includes(text));
  };
  await waitFor("all is told", async () => (await missing()).length === 0,
    10_000).catch(async () => assert.deepEqual(await missing(), []));
}

async function enter({ page }, room) {
  await page.fill("#text", `/join ${room}`);
  await page.press("#text", "Enter");
  await page.locator("#rooms [aria-current]").getByText(room, { exact: true })
    .waitFor();
}

/** Mallory's rooms, one for each chunk, and somebody in them to talk about. */
async function furnish(chat) {
  const mallory = await chat.visitor("Mallory");
  const bob = await chat.visitor("Bob");
  for (const i of chunks.keys()) {
    const { status } = await mallory.post("rooms", { room: `r${i}` });
    assert.equal(status, 201);
    assert.equal((await bob.post(path(`r${i}`, "join"))).status, 200);
  }
  return mallory;
}

browserScenario("what is said never runs", { settings }, async (chat, open) => {
  assert.ok(payloads.length >= 300, `${payloads.length}`);
  const mallory = await furnish(chat);
  const mara = await openTrapped(chat, open);
  await mara.join("Mara");
  for (const [i, texts] of chunks.entries()) {
    const room = `r${i}`;
    await enter(mara, room);
    const said = await sayAll(mallory, room, texts);
    await seesAll(mara, said);

    const seqs = [...said.keys()];
    const edited = new Map(seqs.map((seq, k) =>
      [seq, texts[(k + 1) % texts.length]]));
    await Promise.all(seqs.map((seq) => mallory.request("PATCH",
      path(room, `messages/${seq}`), { body: { text: edited.get(seq) } })));
    await seesAll(mara, edited);

    const acted = await sayAll(mallory, room, texts,
      (k) => ({ type: "action", reply_to: seqs[k] }));
    await seesAll(mara, acted, "Mallory ");
    const quotes = (await mara.page.locator("#messages .quote > [dir=auto]")
      .allTextContents()).filter((quote) => quote !== "");
    assert.ok(quotes.length >= texts.length, `${quotes.length}`);
    assert.deepEqual(quotes.filter((quote) =>
      !texts.some((text) => shownText(text.slice(0, 200)) === quote)), []);
    await assertQuiet(mara, room);
  }
  await mara.screenshot("hostile-desktop");
  await mara.page.reload();
  await mara.page.locator("#messages > li.action").first().waitFor();
  await assertQuiet(mara, "history");

  await mara.page.click("#open-search");
  await mara.page.fill("#search-words", "alert");
  await mara.page.check("#search-everywhere");
  await mara.page.press("#search-words", "Enter");
  const results = mara.page.locator("#search-results .choose");
  await results.nth(40).waitFor();
  const found = await results.allTextContents();
  assert.ok(found.every((text) => /alert/i.test(text)));
  await assertQuiet(mara, "search");
});

browserScenario("names, topics and reasons never run", { settings },
  async (chat, open) => {
    const mallory = await furnish(chat);
    const mara = await openTrapped(chat, open);
    await mara.join("Mara");
    for (const [i, texts] of chunks.entries()) {
      const room = `r${i}`;
      await enter(mara, room);
      const topics = await tryAll(texts, (topic) =>
        mallory.request("PATCH", `rooms/${room}`, { body: { topic } }));
      assert.deepEqual(topics.filter((text) => /[\p{Cc}]/u.test(text)), []);
      assert.ok(topics.length > texts.length / 2);
      await readsAll(mara, topics);

      const reasons = await tryAll(texts, (reason) =>
        mallory.post(path(room, "mutes"), { nick: "Bob", reason }));
      assert.ok(reasons.length > texts.length / 2);
      await readsAll(mara, reasons);
      const target = [...await sayAll(mallory, room, ["x"])][0][0];
      assert.deepEqual(await tryAll(texts, (emoji) => mallory.post(
        path(room, `messages/${target}/reactions`), { emoji })), []);
      await assertQuiet(mara, room);
    }
    const topic = await mara.page.textContent("#topic");
    assert.ok(payloads.includes(topic), topic);
    await mara.page.click("#find-room");
    await mara.page.locator("#finder-rooms").getByText(topic, { exact: true })
      .waitFor();
    await assertQuiet(mara, "finder");
  });

browserScenario("nicks and names of rooms never run", { settings },
  async (chat, open) => {
    const mallory = await furnish(chat);
    const mara = await openTrapped(chat, open);
    await mara.join("Mara");
    await enter(mara, "r0");
    const nicks = [];
    for (const nick of payloads.filter((text) => bytes(text) <= 64)) {
      const { status, json } = await mallory.request("PATCH", "session",
        { body: { nick } });
      if (status === 200) {
        nicks.push(json.nick);
        if (nicks.length % 20 === 1) await mallory.post(path("r0", "typing"));
        await mallory.say("r0", `I am ${nicks.length}`);
      } else {
        assert.ok([409, 422].includes(status), `${status} ${nick}`);
      }
    }
    assert.ok(nicks.length > 100, `${nicks.length}`);
    await mara.sees(`I am ${nicks.length}`);
    await readsAll(mara, nicks.slice(-80));
    await mara.seesPeople("Bob", "Mara", nicks.at(-1));
    await assertQuiet(mara, "nicks");

    const rooms = await tryAll(payloads, (room) =>
      mallory.post("rooms", { room }));
    assert.ok(rooms.includes("__proto__") && rooms.includes("constructor"));
    assert.deepEqual(rooms.filter((room) => /[<>"'&:/]/.test(room)), []);
    for (const room of rooms) await enter(mara, room.toLowerCase());
    await mara.say("still here");
    await mara.sees("still here");
    assert.match(await mara.page.title(), new RegExp(rooms.at(-1), "i"));
    await assertQuiet(mara, "rooms");
  });

/** The page takes itself for hidden, and its notices are kept. */
function setUnseen() {
  window.notices = [];
  window.Notification = class {
    static permission = "granted";
    constructor(title, { body }) {
      window.notices.push(`${title} ${body}`);
    }
  };
  Object.defineProperty(document, "hidden", { get: () => window.isHidden });
}

browserScenario("what moderators and notices tell never runs", { settings },
  async (chat, open) => {
    const texts = payloads.filter((text) => isOneLine(text) &&
      text.trim() === text && bytes(text) < 400).slice(0, CHUNK);
    const nick = "<img src=x onerror=alert(1)>";
    const mara = await openTrapped(chat, open);
    await mara.page.addInitScript(setUnseen);
    await mara.page.evaluate(() => localStorage.setItem("ajaxchat.alerts",
      JSON.stringify({ when: "all" })));
    await mara.page.reload();
    await mara.join("Mara");
    await enter(mara, "court");
    const [{ value: cookie }] = await mara.context.cookies();
    const owner = chat.client();
    owner.cookie = cookie;

    const mallory = await chat.visitor(nick);
    assert.equal((await mallory.post(path("court", "join"))).status, 200);
    const said = await sayAll(mallory, "court", texts);
    await Promise.all([...said].map(([seq, reason]) =>
      mallory.post(path("court", `messages/${seq}/report`), { reason })));
    const banned = await tryAll(texts, (reason, i) =>
      owner.post(path("court", "bans"),
        { nick: `${i}${reason.slice(0, 50)}`, reason, address: false }));
    const { json: hook } = await owner.post(path("court", "hooks"),
      { name: nick });
    const { pathname } = new URL(hook.url, "http://a.example/chat/v1/");
    const posted = await tryAll(texts.slice(0, 40).filter((text) =>
      bytes(text) <= 64), (from) => owner.post(
      pathname.replace(/^.*\/v1\//, ""), { from, text: `by ${from}` }));
    assert.ok(posted.length > 10, `${posted.length}`);
    await readsAll(mara, posted);
    await assertQuiet(mara, "hook");

    const dialog = mara.page.locator("dialog[open]");
    const reads = async (part, wanted) => {
      await dialog.locator(`[value=${part}]`).evaluate((tab) => tab.click());
      await readsAll(mara, wanted, "dialog[open]");
      await assertQuiet(mara, part);
    };
    await mara.page.click("#open-moderation");
    await reads("waiting", texts);
    await reads("bans", banned);
    await reads("audit", []);
    await mara.screenshot("hostile-moderation-desktop");
    await mara.page.keyboard.press("Escape");
    await mara.page.fill("#text", `/whois "${nick}"`);
    await mara.page.press("#text", "Enter");
    await dialog.getByText(nick).first().waitFor();
    await assertQuiet(mara, "card");
    await mara.page.keyboard.press("Escape");

    await mara.page.evaluate(() => {
      window.isHidden = true;
      document.dispatchEvent(new Event("visibilitychange"));
    });
    await mallory.say("court", texts[0]);
    await mara.page.waitForFunction(() => window.notices.length === 1);
    assert.deepEqual(await mara.page.evaluate(() => window.notices),
      [`${nick} · #court ${texts[0]}`]);
    assert.match(await mara.page.title(), /court/);
    await assertQuiet(mara, "notice");
  });

browserScenario("what is typed never runs, and refusals are told",
  { settings, expectedComplaints: [/status of 4(00|22)/] },
  async (chat, open) => {
    const mara = await openTrapped(chat, open);
    await mara.join("Mara");
    const typed = payloads.filter((text) => !text.startsWith("/") &&
      bytes(text) < 400 && !/[\r\n\f\v]/.test(text)).filter((_, i) => i % 9 === 0);
    for (const text of typed) await mara.say(text);
    await readsAll(mara, typed.map(shownText));
    for (const text of refused.filter((r) => bytes(r) <= 4000 && r.trim())) {
      await mara.page.evaluate((value) => {
        document.getElementById("text").value = value;
        document.getElementById("text").dispatchEvent(new Event("input"));
      }, text);
      await mara.page.press("#text", "Enter");
      const failure = mara.page.locator("#messages .failure");
      await failure.waitFor();
      assert.match(await failure.textContent(), /Not sent\. \S/);
      await failure.locator("[data-do=discard]").click();
      await failure.waitFor({ state: "detached" });
    }
    await assertQuiet(mara, "typed");
  });

/* There, and in feeds, characters that XML cannot have are replaced. */
const asMarkup = (text) => text.replace(
  /[\0-\x08\v\f\x0e-\x1f\x7f\ufffe\uffff]/g, "\ufffd");

/** What a page without JavaScript shows of each message. */
const listed = (page) => page.evaluate(() =>
  [...document.querySelectorAll("li[id^=n]")].map((item) => item.textContent));

browserScenario("pages without JavaScript show it as text, too", { settings },
  async (chat, open) => {
    const mallory = await furnish(chat);
    const mara = await openTrapped(chat, open);
    for (const [i, texts] of chunks.entries()) {
      const room = `r${i}`;
      const topic = texts.find((text) => isOneLine(text) && /alert/.test(text));
      await mallory.request("PATCH", `rooms/${room}`, { body: { topic } });
      await sayAll(mallory, room, texts);
      const left = new Set(texts.map(asMarkup));
      const at = `http://127.0.0.1:${chat.port}/chat/r/${room}`;
      for (let next = at; next;) {
        await mara.page.goto(next);
        for (const item of await listed(mara.page)) {
          for (const text of left) if (item.includes(text)) left.delete(text);
        }
        assert.deepEqual(await mara.page.evaluate(() => window.caught), []);
        next = await mara.page.evaluate(() =>
          document.querySelector("a[href*='before=']")?.href);
      }
      assert.deepEqual([...left], []);

      const feed = await (await fetch(`${at}.atom`)).text();
      await mara.page.goto("about:blank");
      assert.equal(await mara.page.evaluate((xml) => {
        const parsed = new DOMParser().parseFromString(xml, "application/xml");
        return parsed.querySelectorAll("parsererror, script, [onload]").length;
      }, feed), 0);
    }
    assert.deepEqual(mara.abroad.filter((url) => url !== "about:blank"), []);
  });
