// The page, as people use it.
import assert from "node:assert/strict";

import { browserScenario } from "./browser.mjs";

const unavailable = /status of 503/;
const cutOff = /ERR_INTERNET_DISCONNECTED/;

browserScenario("two people chat, on a desktop and on a phone", {},
  async (chat, open) => {
    const alice = await open();
    await alice.screenshot("join-desktop-light");
    await alice.join("Alice");
    const bob = await open({ size: "phone", colorScheme: "dark" });
    await bob.screenshot("join-phone-dark");
    await bob.join("Bob");

    await alice.seesPeople("Alice", "Bob");
    await alice.say("Hello, Bob");
    await bob.sees("Hello, Bob");
    await bob.say("Hello, Alice — how are you?");
    await alice.sees("Hello, Alice — how are you?");
    await alice.say("/me waves");
    await bob.page.locator("#messages > li[data-type=action]").waitFor();
    await bob.say("two\nlines, and https://example.org/?a=b#c too");
    const row = await alice.sees(
      "two\nlines, and https://example.org/?a=b#c too");
    const link = row.locator("a");
    assert.equal(await link.getAttribute("href"),
      "https://example.org/?a=b#c");
    assert.match(await link.getAttribute("rel"), /noopener/);
    assert.deepEqual(await alice.texts(), await bob.texts());
    await alice.screenshot("chat-desktop-light");
    await bob.screenshot("chat-phone-dark");
    for (const [size, colorScheme] of [["desktop", "dark"],
      ["phone", "light"]]) {
      const carol = await open({ size, colorScheme });
      await carol.join(`Carol on a ${size}`);
      await carol.sees("Hello, Bob");
      await carol.screenshot(`chat-${size}-${colorScheme}`);
    }
  });

browserScenario("a nick in use is refused in the form", {
  expectedComplaints: [/status of (409|422)/],
}, async (chat, open) => {
  await chat.visitor("Alice");
  const alice = await open();
  await alice.page.fill("#nick", "Alice");
  await alice.page.click("#join-button");
  await alice.page.locator("#join-error").getByText(/another/).waitFor();
  await alice.screenshot("join-refused");
  await alice.join("Alice the second");
});

browserScenario("a reload resumes where one was", {}, async (chat, open) => {
  const alice = await open();
  await alice.join("Alice");
  const bob = await chat.visitor("Bob");
  await alice.say("before the reload");
  await alice.sees("before the reload");
  await alice.page.reload();
  await bob.say("lobby", "during the reload");
  await alice.sees("during the reload");
  await alice.sees("before the reload");
  assert.ok(await alice.page.isHidden("#join"), "nobody has to join again");
  await alice.say("after the reload");
  await alice.sees("after the reload");
  assert.deepEqual(await alice.texts(),
    ["before the reload", "during the reload", "after the reload"]);
  const { messages } = await bob.history("lobby",
    { types: "message,leave,join" });
  assert.deepEqual(messages.filter(({ from }) => from === "Alice")
    .map(({ type }) => type), ["join", "message", "message"],
  "the others saw no coming and going");
});

browserScenario("the page survives a restart of the broker", {
  expectedComplaints: [unavailable],
}, async (chat, open) => {
  const alice = await open();
  await alice.join("Alice");
  const bob = await open();
  await bob.join("Bob");
  await alice.say("before");
  await bob.sees("before");

  await chat.kill("broker");
  await alice.say("while it is away");
  await alice.page.locator("#banner:not([hidden])").waitFor();
  await alice.sees("while it is away", "pending");
  await alice.screenshot("broker-away");

  await chat.start();
  await alice.page.locator("#banner[hidden]").waitFor({ state: "attached" });
  await alice.sees("while it is away");
  await bob.sees("while it is away");
  await bob.say("after");
  for (const person of [alice, bob]) {
    await person.sees("after");
    assert.deepEqual(await person.texts(),
      ["before", "while it is away", "after"], "each exactly once");
  }
});

browserScenario("a message that waits survives a reload, too", {
  expectedComplaints: [unavailable],
}, async (chat, open) => {
  const alice = await open();
  await alice.join("Alice");
  await chat.kill("broker");
  await alice.say("kept");
  await alice.sees("kept", "pending");
  await alice.page.reload();
  await chat.start();
  await alice.sees("kept");
  assert.deepEqual(await alice.texts(), ["kept"]);
});

browserScenario("nothing is missed while the network is cut", {
  expectedComplaints: [cutOff],
}, async (chat, open) => {
  const alice = await open();
  await alice.join("Alice");
  const bob = await chat.visitor("Bob");
  await alice.seesPeople("Alice", "Bob");
  await alice.context.setOffline(true);
  await alice.say("said while offline");
  await alice.page.locator("#banner:not([hidden])").waitFor();
  await bob.say("lobby", "missed?");
  await alice.context.setOffline(false);
  await alice.sees("missed?");
  await alice.sees("said while offline");
  await alice.page.locator("#banner[hidden]").waitFor({ state: "attached" });
  assert.deepEqual(await alice.texts(), ["missed?", "said while offline"]);
});

// In the page, before its own scripts: tells in window.trace when a poll or a
// post begins and how it ends, as the page itself sees it.
function traceFetch() {
  const { fetch } = window;
  window.trace = [];
  window.fetch = async (url, options) => {
    const { pathname } = new URL(url, location.href);
    const what = pathname.endsWith("/events") ? "poll"
      : options?.method === "POST" && pathname.endsWith("/messages")
        ? "post" : null;
    const tell = (how) => what && window.trace.push(`${what} ${how}`);
    tell("begins");
    let isOut = true;
    options?.signal?.addEventListener("abort", () =>
      isOut && tell("cancelled"));
    try {
      const reply = await fetch(url, options);
      tell("answered");
      return reply;
    } finally {
      isOut = false;
    }
  };
}

browserScenario("in demo mode sending cancels the poll, posts, polls again",
  {}, async (chat, open) => {
    const alice = await open({ query: "?mode=demo", before: traceFetch });
    await alice.join("Alice");
    assert.ok(await alice.page.isVisible("#demo-note"));
    await alice.screenshot("demo-mode");

    const bob = await open({ query: "?mode=demo" });
    await bob.join("Bob");
    await alice.seesPeople("Alice", "Bob");
    for (let i = 0; i < 5; i++) {
      await alice.say(`from Alice ${i}`);
      await bob.sees(`from Alice ${i}`);
      await bob.say(`from Bob ${i}`);
      await alice.sees(`from Bob ${i}`);
    }
    assert.deepEqual(await alice.texts(), await bob.texts());
    assert.equal((await alice.texts()).length, 10);

    const trace = await alice.page.evaluate(() => window.trace);
    const ends = ["answered", "cancelled"];
    let isOut = false;
    trace.forEach((step, i) => {
      const [what, how] = step.split(" ");
      assert.equal(isOut, ends.includes(how), `one at a time: ${trace}`);
      isOut = !isOut;
      if (what === "post" && how === "begins") {
        assert.equal(trace[i - 1], "poll cancelled");
        assert.deepEqual(trace.slice(i + 1, i + 3),
          ["post answered", "poll begins"]);
      }
    });
    assert.equal(trace.filter((step) => step === "post begins").length, 5);
  });

browserScenario("what looks like markup is shown as text", {},
  async (chat, open) => {
    const attacks = [
      "<script>window.hacked = 1</script>",
      "<img src=x onerror=\"window.hacked = 1\">",
      "<svg/onload=window.hacked=1>",
      "javascript:window.hacked=1",
      "[link](javascript:window.hacked=1)",
      "\"><iframe srcdoc='<script>parent.hacked=1</script>'></iframe>",
      "</textarea></li></ol><h1>hacked</h1>",
      "&lt;b&gt; &amp; &#60;script&#62;",
      "{{constructor.constructor('window.hacked=1')()}}",
      "${window.hacked = 1}",
      "http://example.org/\"onmouseover=\"window.hacked=1",
      "https://example.org/<script>window.hacked=1</script>",
      "data:text/html,<script>window.hacked=1</script>",
      "<style>body { display: none }</style>",
      "<base href=https://evil.example/>",
      "<form action=https://evil.example/><button>click</button></form>",
    ];
    const nick = "<img src=x onerror=window.hacked=1>";
    const room = await chat.visitor("operator");
    await room.post("rooms", { room: "topical", topic:
      "<script>window.hacked=1</script>" });
    const alice = await open();
    await alice.join("Alice");
    const eve = await chat.visitor(nick, { rooms: ["lobby", "topical"] });
    for (const text of attacks) await eve.say("lobby", text);
    await alice.say("/join topical");
    await alice.page.locator("#topic").getByText("<script>").waitFor();
    await alice.page.locator("#rooms").getByText("lobby").click();
    await alice.sees(attacks.at(-1));
    assert.deepEqual(await alice.texts(), attacks);
    await alice.page.locator("#members").getByText(nick).waitFor();
    await alice.screenshot("markup-as-text");

    // Once more from the history.
    await alice.page.reload();
    await alice.sees(attacks.at(-1));
    assert.deepEqual(await alice.texts(), attacks);
    const found = await alice.page.evaluate(() => ({
      hacked: "hacked" in window,
      strangers: document.querySelectorAll(
        "#messages :is(script, img, svg, iframe, style, base, form):not(.tools *)").length,
      links: [...document.querySelectorAll("#messages a")]
        .filter((a) => !/^https?:/.test(a.href)).length,
    }));
    // Chromium's console would tell of violations of the policy.
    assert.deepEqual(found, { hacked: false, strangers: 0, links: 0 });
  });

browserScenario("rooms are made, switched, and counted while one is away", {
}, async (chat, open) => {
  const alice = await open();
  await alice.join("Alice");
  await alice.page.click("#find-room");
  await alice.page.fill("#finder-name", "Dev");
  await alice.page.locator("#finder-create:not([hidden])").waitFor();
  await alice.page.fill("#finder-topic", "code and tea");
  await alice.screenshot("room-finder");
  await alice.page.click("[data-dialog=finder] .primary");
  await alice.page.locator("#room-name").getByText("dev").waitFor();
  await alice.page.locator("#topic").getByText("code and tea").waitFor();
  await alice.say("first in dev");
  await alice.sees("first in dev");

  const bob = await chat.visitor("Bob", { rooms: ["lobby", "dev"] });
  await bob.say("lobby", "psst");
  await alice.page.waitForFunction(() => document.title.startsWith("(1)"));
  await alice.page.locator("#rooms").getByText("lobby").click();
  await alice.sees("psst");
  await alice.page.waitForFunction(() => !document.title.startsWith("("));

  await alice.page.click("#logout");
  await alice.page.waitForSelector("#join:not([hidden])");
  await bob.readUntil(bob.at.cursor, (events) => events.some((event) =>
    event.type === "leave" && event.reason === "logout"));
});
