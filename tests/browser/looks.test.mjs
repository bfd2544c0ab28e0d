// Pictures of all that the page shows, for people to look at: in artefacts/.
import { browserScenario } from "./browser.mjs";
import { expectedOnTour, takeTour } from "./tour.mjs";

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
