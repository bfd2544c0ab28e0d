// Whose pages may have the chat in a frame, and what they load of it.
import assert from "node:assert/strict";

import { Instance, scenario } from "./harness.mjs";

const ask = (chat, path) =>
  fetch(`http://127.0.0.1:${chat.port}/chat/${path}`, { method: "HEAD" });

/** The sources of one directive of the reply's policy. */
function sources(reply, directive) {
  const policy = reply.headers.get("content-security-policy");
  const found = policy.split("; ").find((part) =>
    part.startsWith(`${directive} `));
  return found?.slice(directive.length + 1);
}

scenario("only the site's own pages may frame the chat", {}, async (chat) => {
  for (const path of ["", "js/main.js", "r/lobby", "demo/"]) {
    const reply = await ask(chat, path);
    assert.equal(sources(reply, "frame-ancestors"), "'self'", path);
    assert.equal(reply.headers.get("x-frame-options"), null, path);
  }
});

scenario("each page says what it may do, and redirects stay here", {},
  async (chat) => {
    for (const path of ["", "missing", "r/lobby", "r/missing", "demo/",
      "demo/missing", "icon.svg"]) {
      const { headers } = await ask(chat, path);
      assert.match(headers.get("content-security-policy"),
        /^default-src 'none'; /, path);
      assert.equal(headers.get("cross-origin-opener-policy"), "same-origin");
      assert.match(headers.get("permissions-policy"), /camera=\(\)/, path);
      assert.equal(headers.get("x-content-type-options"), "nosniff", path);
    }
    const tooLong = await fetch(`http://127.0.0.1:${chat.port}/chat/r/lobby`,
      { method: "POST", body: "x".repeat(100_000) });
    assert.equal(tooLong.status, 413);
    assert.equal(sources(tooLong, "default-src"), "'none'");
    assert.equal(tooLong.headers.get("x-content-type-options"), "nosniff");
    const { headers } = await fetch(`http://127.0.0.1:${chat.port}/chat/demo`,
      { redirect: "manual" });
    assert.equal(headers.get("location"), "/chat/demo/");
  });

const LISTED = "'self' https://www.example.org https://*.example.net";

scenario("so may those that the operator lists", { frameAncestors: LISTED },
  async (chat) => {
    for (const path of ["", "r/lobby", "missing"]) {
      const reply = await ask(chat, path);
      assert.equal(sources(reply, "frame-ancestors"), LISTED, path);
    }
    assert.equal(sources(await ask(chat, "demo/"), "frame-ancestors"), "'self'");
  });

scenario("pages of all sites may load the button, demo pages the frame", {},
  async (chat) => {
    const script = await ask(chat, "embed.js");
    assert.equal(script.status, 200);
    assert.match(script.headers.get("content-type"), /^text\/javascript/);
    assert.equal(script.headers.get("cross-origin-resource-policy"), null);
    assert.equal(script.headers.get("cache-control"), "no-cache");
    const demo = await ask(chat, "demo/");
    assert.equal(sources(demo, "frame-src"), "'self'");
    assert.equal(sources(demo, "script-src"), "'self'");
    assert.equal(sources(demo, "style-src"), "'self'");
    assert.equal(sources(await ask(chat, ""), "frame-src"), undefined);
  });

scenario("a list that would mean something to nginx is refused", {},
  async () => {
    for (const frameAncestors of ["x\"; deny all", "$host", "a;b", "{}"]) {
      const chat = new Instance({ frameAncestors });
      await assert.rejects(chat.start(), /is not a list of origins/);
      chat.remove();
    }
  });
