// Pictures of all that the page shows, for people to look at: in artefacts/.
import { browserScenario } from "./browser.mjs";
import { expectedOnTour, takeTour } from "./tour.mjs";
import { react, tell } from "./town.mjs";

const VIEWPORTS = {
  phone: { width: 360, height: 740 },
  tablet: { width: 768, height: 1024 },
  desktop: { width: 1280, height: 800 },
};

browserScenario("the page has its picture taken", {
  expectedComplaints: expectedOnTour, limit_ms: 120_000,
}, (chat, open) => takeTour(chat, open, {}, async (person, name) => {
  for (const [size, viewport] of Object.entries(VIEWPORTS)) {
    await person.page.setViewportSize(viewport);
    for (const colorScheme of ["light", "dark"]) {
      await person.page.emulateMedia({ colorScheme });
      await person.screenshot(
        `looks-${name.replace(/\W+/g, "-")}-${size}-${colorScheme}`);
    }
  }
}));

browserScenario("forced colours, print and right to left have theirs too", {
  expectedComplaints: expectedOnTour, limit_ms: 120_000,
}, (chat, open) => takeTour(chat, open, { query: "?lang=ar" },
  async (person, name) => {
    const file = `looks-${name.replace(/\W+/g, "-")}`;
    await person.page.setViewportSize(VIEWPORTS.desktop);
    await person.screenshot(`${file}-rtl`);
    await person.page.emulateMedia({ forcedColors: "active" });
    await person.screenshot(`${file}-forced`);
    await person.page.emulateMedia({ forcedColors: "none", media: "print" });
    await person.screenshot(`${file}-print`);
    await person.page.emulateMedia({ media: "screen" });
  }));

/* What the README shows: a quiet morning in a chat of gardeners. */
async function makeMorning(chat) {
  const people = {};
  for (const nick of ["Jonas", "أميرة", "Zoë"]) {
    people[nick] = await chat.visitor(nick, { rooms: ["lobby", "garden"] });
  }
  const { Jonas: jonas, أميرة: amira, Zoë: zoe } = people;
  await jonas.request("PATCH", "rooms/garden",
    { body: { topic: "Allotment 12: who waters when" } });
  const ask = await tell(jonas, "garden",
    "Morning! Who is at the allotment today? The tomatoes need **a lot** of water.");
  await tell(zoe, "garden", "Me, from ten. I bring the *new hose*.",
    { reply_to: ask });
  const seeds = await tell(amira, "garden",
    "صباح الخير! البذور هنا: https://example.org/seeds");
  for (const person of [jonas, zoe]) {
    await react(person, "garden", seeds, "🌱");
  }
  await tell(jonas, "garden",
    "Here is the plan:\n```\nbed 1   10 min\nbed 2   15 min\n```");
  await tell(zoe, "garden", "waves from the greenhouse", { type: "action" });
  return people;
}

async function comeInAsMara(open) {
  const mara = await open({ timezoneId: "Asia/Dhaka",
    reducedMotion: "reduce" });
  await mara.join("Mara");
  await mara.say("/join garden");
  await mara.page.locator(".reaction").waitFor();
  return mara;
}

browserScenario("the README has its pictures taken", {},
  async (chat, open) => {
    const { Zoë: zoe } = await makeMorning(chat);
    const mara = await comeInAsMara(open);
    await mara.say("I come at eleven, with cake 🍰");
    await tell(zoe, "garden", "Then @Mara has the best plan of all");
    await mara.page.locator(".mention").waitFor();
    await tell(zoe, "lobby", "Has anybody seen my gloves?");
    await mara.page.locator(".badge").first().waitFor();
    await mara.page.mouse.move(0, 0);
    await mara.screenshot("readme-light");
    await mara.page.emulateMedia({ colorScheme: "dark" });
    await mara.screenshot("readme-dark");
    await mara.page.setViewportSize(VIEWPORTS.phone);
    await mara.page.emulateMedia({ colorScheme: "light" });
    await mara.screenshot("readme-phone");

    const guest = await open({ query: "demo/",
      timezoneId: "Asia/Dhaka", reducedMotion: "reduce" });
    await guest.page.click("ajax-chat button");
    const frame = guest.page.frameLocator("iframe");
    await frame.locator("#nick").fill("Tom");
    await frame.locator("#nick").press("Enter");
    await frame.locator("#text").fill("/join garden");
    await frame.locator("#text").press("Enter");
    await frame.locator(".reaction").waitFor();
    await guest.screenshot("readme-embed");
  });
