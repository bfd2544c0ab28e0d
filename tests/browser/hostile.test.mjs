// Addresses, storage, browsers and replies that are not as they should be:
// the page says what it can, and goes on.
import { browserScenario } from "./browser.mjs";

const REFUSED = [/the server responded with a status of 4\d\d/];

const works = async (person, nick) => {
  await person.join(nick);
  await person.say(`I am ${nick}`);
  await person.sees(`I am ${nick}`);
};

browserScenario("no address keeps anybody out",
  { expectedComplaints: REFUSED }, async (chat, open) => {
    const queries = ["?room=%00", "?room=../x&lang=../../x&theme=%22%3E",
      "?room=__proto__#__proto__/1", "?embed=javascript:#a/b/%",
      "?mode=constructor#lobby/99999999999999999999"];
    for (const [i, query] of queries.entries()) {
      await works(await open({ query }), `ann${i}`);
    }
  });

/* Puts that text under each key that the page uses. */
const spoil = (text) => `for (const key of ["session", "outbox", "drafts",
    "token", "panel", "nick", "alerts", "singleKeys", "pollsSince"]) {
  localStorage.setItem("ajaxchat." + key, ${JSON.stringify(text)});
  sessionStorage.setItem("ajaxchat." + key, ${JSON.stringify(text)});
}`;

browserScenario("no storage keeps anybody out",
  { expectedComplaints: REFUSED }, async (chat, open) => {
    const texts = ["{", "null", "5", '{"nick":{},"rooms":"abc","current":[]}',
      '[null,{"id":"a","room":"lobby","text":"b","at":"c"}]',
      '[["lobby",{"text":"a","reply":{"from":5}}]]'];
    for (const [i, text] of texts.entries()) {
      await works(await open({ before: spoil(text) }), `bob${i}`);
    }
  });

browserScenario("nor does what a browser lacks", {}, async (chat, open) => {
  const lacks = [
    `for (const name of ["localStorage", "sessionStorage"]) {
      Object.defineProperty(window, name, { get() { throw new Error(); } });
    }`,
    `navigator.locks.request = () => Promise.reject(new Error("blocked"));`,
    `delete window.BroadcastChannel; delete window.Notification;
    Object.defineProperty(navigator, "languages", { value: undefined });`,
  ];
  for (const [i, before] of lacks.entries()) {
    await works(await open({ before }), `cy${i}`);
  }
});

const asPage = (route) => route.fulfill(
  { contentType: "text/html", body: "<title>Log in to the hotel</title>" });

browserScenario("files that do not come are told of, and asked for again", {
  expectedComplaints: [/not valid JSON/, /MIME type/, /^exception: $/],
}, async (chat, open) => {
  const dora = await open();
  const { page } = dora;
  const address = `http://127.0.0.1:${chat.port}/chat/`;
  await page.route("**/lang/en.json", asPage);
  await page.goto(address);
  await page.waitForSelector("#late");
  await page.unroute("**/lang/en.json");
  await page.click("#late a");
  await dora.join("dora");
  await page.route("**/js/view/rooms.js", asPage);
  await page.click("#find-room");
  await dora.isTold("cannot be reached");
  await page.unroute("**/js/view/rooms.js");
  await page.click("#find-room");
  await page.waitForSelector("[data-dialog=finder]");
});

browserScenario("rows that cannot be drawn do not take the others", {
  expectedComplaints: [/Error/],
}, async (chat, open) => {
  const ed = await open();
  await works(ed, "ed");
  await ed.page.route("**/messages?*", async (route) => {
    const response = await route.fetch();
    const body = await response.json();
    const [first] = body.messages;
    const odd = [{ text: 5 }, { at: "x" }, { from: {} }, { mentions: 5 },
      { reactions: "x" }, { type: "ban", until: "x" }, { type: "toString" }]
      .map((fields, i) => ({ ...first, seq: 1_000_000 + i, ...fields }));
    await route.fulfill({ response, json: { ...body,
      messages: [...body.messages, ...odd] } });
  });
  await ed.page.reload();
  await ed.sees("I am ed");
  await ed.say("still here");
  await ed.sees("still here");
});

browserScenario("any character can be a reaction", {}, async (chat, open) => {
  const fay = await open();
  await works(fay, "fay");
  const row = await fay.sees("I am fay");
  const seq = await row.getAttribute("data-seq");
  for (const emoji of ['"', "]", "\\"]) {
    await fay.page.evaluate(([path, body]) => fetch(path, { method: "POST",
      headers: { "Content-Type": "application/json" }, body }),
    [`v1/rooms/lobby/messages/${seq}/reactions`,
      JSON.stringify({ emoji, on: true })]);
    const sign = row.locator(".reaction").filter({ hasText: emoji });
    await sign.focus();
    await sign.press("Enter");
    await sign.waitFor({ state: "detached" });
    await fay.page.waitForFunction(() =>
      document.activeElement.closest("#messages > li"));
  }
});

browserScenario("nor does the address of a frame", {}, async (chat, open) => {
  const { page } = await open({ query: "demo/frame.html" });
  for (const embed of ["x", "*", "javascript:alert(1)", "http://["]) {
    await page.evaluate((query) => {
      const frame = document.createElement("iframe");
      frame.src = `../?embed=${query}`;
      document.querySelector("iframe").replaceWith(frame);
    }, encodeURIComponent(embed));
    await page.frameLocator("iframe").locator("#nick").waitFor();
  }
});
