// The files of the page: all there are, and those that a visit loads.
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const top = fileURLToPath(new URL("../../nginx/html/", import.meta.url));

/* `import ... from "./x.js";`, also over several lines. */
const STATIC_IMPORT = /^(?:import|.*\}| {2}from)\b[^"()]*"(\.[^"]+)";$/gm;

/** All files in a folder and below. */
export function filesOf(folder) {
  return fs.readdirSync(path.join(top, folder), { withFileTypes: true })
    .flatMap((entry) => entry.isDirectory()
      ? filesOf(path.join(folder, entry.name))
      : [path.join(folder, entry.name)]);
}

export const readFile = (file) => fs.readFileSync(path.join(top, file));

/* The modules that this one begins with; what it may import() later is not. */
function modulesFrom(file, found = new Set()) {
  found.add(file);
  for (const [, name] of
    readFile(file).toString().matchAll(STATIC_IMPORT)) {
    const next = path.join(path.dirname(file), name);
    if (!found.has(next)) modulesFrom(next, found);
  }
  return [...found];
}

/** What index.html asks for, and the modules that those begin with. */
export function filesOfVisit() {
  const asked = [...readFile("index.html").toString()
    .matchAll(/(?:href|src)="([\w/.-]+\.\w+)"/g)]
    .map(([, name]) => name).filter((name) => !name.endsWith(".png"));
  return [...new Set(["index.html", ...asked.flatMap((name) =>
    name.endsWith(".js") ? modulesFrom(name) : name)])];
}
