// The table: lines of the chat and what it is compared with.
import { machine } from "./proc.mjs";

// Three digits that count.
export function format(value) {
  if (value >= 1000) return Math.round(value).toLocaleString("en");
  if (value >= 100 || Number.isInteger(value)) return String(Math.round(value));
  return value.toFixed(value >= 10 ? 1 : 2);
}

const rows = [];

// One line: field `name` of each server that there is. `target`: what atMost(), atLeast() or
// their like made. `compare`: whether a ratio means something.
export function row(title, results, name, { target, compare = true } = {}) {
  const { chat, floor, nchan } = results;
  const cell = (server) => (server ? format(server[name]) : "");
  const ratio = (server) =>
    compare && chat && server?.[name] > 0
      ? (chat[name] / server[name]).toFixed(2)
      : "";
  rows.push([
    title, cell(chat), cell(floor), cell(nchan), ratio(floor), ratio(nchan),
    target?.(chat?.[name], results, name) ?? "",
  ]);
}

const verdict = (met) => (met ? "met" : "missed");
export const atMost = (limit) => (number) =>
  `≤ ${format(limit)}: ${verdict(number <= limit)}`;
export const atLeast = (limit) => (number) =>
  `≥ ${format(limit)}: ${verdict(number >= limit)}`;
export const atMostFloor = (times) => (number, { floor }, name) =>
  `≤ ${times} × the floor: ${verdict(number <= times * floor[name])}`;
export const atLeastFloor = (times) => (number, { floor }, name) =>
  `≥ ${times} × the floor: ${verdict(number >= times * floor[name])}`;

export function printTable(facts) {
  const { model, cores, kernel } = machine();
  const head = [
    "", "the chat", "the floor", "nchan", "÷ floor", "÷ nchan", "target",
  ];
  const lines = [
    `${model}, ${cores} cores, Linux ${kernel}; ${facts}`,
    "",
    `| ${head.join(" | ")} |`,
    "|---|--:|--:|--:|--:|--:|---|",
    ...rows.map((cells) => `| ${cells.join(" | ")} |`),
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}
