// People in front of real browsers: Debian's Chromium, driven by Playwright.
// Every page is watched: an error or warning in its console, an exception or
// a violation of the page's security policy fails the scenario.
import assert from "node:assert/strict";
import fs from "node:fs";
import { after } from "node:test";
import { fileURLToPath } from "node:url";

import { chromium } from "playwright-core";

import { scenario } from "../system/harness.mjs";

const artefacts = fileURLToPath(new URL("artefacts/", import.meta.url));

/** The longest that the page may take to show something. */
const PATIENCE_MS = 30_000;

const sizes = {
  desktop: { width: 1280, height: 800 },
  phone: { width: 390, height: 844 },
};


let launched = null;

const LAUNCH = {
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
    "--disable-background-networking", "--disable-component-update",
    "--disable-sync"],
};

function browser() {
  launched ??= chromium.launch(LAUNCH);
  return launched;
}

/** A browser that lets frames of other sites store; Debian's does not. */
export function openProfile(folder) {
  const profile = { cookie_controls_mode: 0, block_third_party_cookies: false };
  fs.mkdirSync(`${folder}/Default`, { recursive: true });
  fs.writeFileSync(`${folder}/Default/Preferences`, JSON.stringify({ profile }));
  return chromium.launchPersistentContext(folder, LAUNCH);
}

after(async () => {
  if (launched !== null) await (await launched).close();
});

/** Somebody with a browser of their own. */
class Person {
  complaints = [];

  constructor(page, context) {
    this.page = page;
    this.context = context;
    page.setDefaultTimeout(PATIENCE_MS);
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) {
        this.complaints.push(`${message.type()}: ${message.text()} at ${
          message.location().url}`);
      }
    });
    page.on("pageerror", (error) => {
      this.complaints.push(`exception: ${error.stack}`);
    });
  }

  async join(nick) {
    await this.page.fill("#nick", nick);
    await this.page.click("#join-button");
    await this.page.waitForSelector("#chat:not([hidden])");
  }

  async say(text) {
    await this.page.fill("#text", text);
    await this.page.press("#text", "Enter");
  }

  /** Waits for a message with exactly that text; resolves with its row. */
  async sees(text, state = "done") {
    const row = this.page.locator(`#messages > li[data-state="${state}"]`)
      .filter({ has: this.page.getByText(text, { exact: true }) });
    await row.first().waitFor();
    return row;
  }

  /** The texts of all messages shown, oldest first. */
  texts() {
    return this.page.locator(
      "#messages > li[data-type=message] .text").allTextContents();
  }

  /** Waits until the people list has exactly these. */
  async seesPeople(...nicks) {
    await this.page.waitForFunction((wanted) => {
      const shown = [...document.querySelectorAll("#members bdi")]
        .map((bdi) => bdi.textContent);
      return JSON.stringify(shown.sort()) === wanted;
    }, JSON.stringify([...nicks].sort()));
  }

  /** Waits until the line over the message field has that in it. */
  async isTold(text) {
    await this.page.waitForFunction((wanted) =>
      document.getElementById("hint").textContent
        .replace(/[\u2068\u2069]/g, "") // around what was put in
        .includes(wanted), text);
  }

  screenshot(name) {
    fs.mkdirSync(artefacts, { recursive: true });
    return this.page.screenshot({ path: `${artefacts}${name}.png` });
  }
}

/**
 * A scenario with browsers: `body(chat, open)`, where `open(options)` is a new
 * person whose page is loaded (after `options.before` has run in it; options
 * that are not known here are the browser context's), or another tab in the
 * browser of the person `options.beside`. `expectedComplaints`: RegExps of
 * what the console may say.
 */
export function browserScenario(name, options, body) {
  const { expectedComplaints = [], ...rest } = options;
  scenario(name, rest, async (chat) => {
    const people = [];
    const open = async ({ size = "desktop", colorScheme = "light",
      query = "", before, beside, ...more } = {}) => {
      const context = beside?.context ?? await (await browser()).newContext({
        viewport: sizes[size], colorScheme, hasTouch: size === "phone",
        ...more,
      });
      const person = new Person(await context.newPage(), context);
      people.push(person);
      if (before !== undefined) await person.page.addInitScript(before);
      await person.page.goto(`http://127.0.0.1:${chat.port}/chat/${query}`);
      return person;
    };
    try {
      await body(chat, open);
      for (const { complaints } of people) {
        assert.deepEqual(complaints.filter((complaint) =>
          !expectedComplaints.some((pattern) => pattern.test(complaint))), []);
      }
    } catch (error) {
      await Promise.allSettled(people.map((person, i) =>
        person.screenshot(`failed-${name.replace(/\W+/g, "-")}-${i}`)));
      throw error;
    } finally {
      await Promise.allSettled(people.map(({ context }) => context.close()));
    }
  });
}
