// A room in a browser that runs no JavaScript.
import assert from "node:assert/strict";

import { browserScenario } from "./browser.mjs";

browserScenario("a room is read and written to without JavaScript", {},
  async (chat, open) => {
    const alice = await chat.visitor("alice");
    await alice.say("lobby", "<script>document.title = 'hacked'</script>");
    const { page } = await open(
      { query: "r/lobby", javaScriptEnabled: false, size: "phone" });
    await page.getByText("<script>").waitFor();
    assert.equal(await page.title(), "lobby");
    await page.getByLabel("Nick").fill("zoe");
    await page.getByLabel("Message").fill("from a form");
    await page.getByRole("button").click();
    await page.getByText("from a form").waitFor();
    assert.match(page.url(), /\/chat\/r\/lobby#n\d+$/);
    assert.equal(await page.getByLabel("Nick").count(), 0);
    await page.getByLabel("Message").fill("and again");
    await page.getByRole("button").click();
    await page.getByText("and again").waitFor();
    const { messages } = await alice.history("lobby", { types: "message" });
    assert.deepEqual(messages.slice(1).map(({ from, text }) => [from, text]),
      [["zoe", "from a form"], ["zoe", "and again"]]);
  });
