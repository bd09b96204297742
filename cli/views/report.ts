/**
 * What a lifecycle command reported: a plan, a table of resources, or text.
 *
 * @module
 */

import type { Change, ReportItem } from "../../core/pipeline/lifecycle.ts";
import type { Colour, Paint } from "../terminal/colour.ts";
import { alignColumns, formatTable } from "./table.ts";
import { visible } from "./units.ts";

const SIGNS: Readonly<Record<string, readonly [string, Colour]>> = {
  create: ["+", "green"],
  update: ["~", "yellow"],
  delete: ["-", "red"],
  none: ["=", "dim"],
};

/** Several lines without a final line feed; empty for an empty report. */
export function formatReport(
  items: readonly ReportItem[],
  paint: Paint,
): string {
  return items.map((item) => formatItem(item, paint)).join("\n");
}

function formatItem(item: ReportItem, paint: Paint): string {
  switch (item.kind) {
    case "text":
      return item.text;
    case "changes":
      return formatChanges(item.changes, paint);
    case "resources":
      return formatResources(item);
  }
}

/** `+ create  topic  orders.events`, and how many of each. */
function formatChanges(changes: readonly Change[], paint: Paint): string {
  const rows = alignColumns(
    changes.map(({ action, type, name }) => [
      `  ${SIGNS[action]?.[0] ?? "?"} ${visible(action)}`,
      visible(type),
      visible(name),
    ]),
  ).split("\n");
  const painted = changes.map(({ action }, i) =>
    paint(SIGNS[action]?.[1] ?? "bold", rows[i])
  );
  return [...painted, countChanges(changes)].join("\n");
}

function countChanges(changes: readonly Change[]): string {
  const count = (action: string) =>
    changes.filter((change) => change.action === action).length;
  const parts = [
    [count("create"), "to create"],
    [count("update"), "to update"],
    [count("delete"), "to delete"],
    [count("none"), "unchanged"],
  ] as const;
  const told = parts.filter(([number]) => number > 0)
    .map(([number, what]) => `${number} ${what}`);
  return told.join(", ") || "nothing to do";
}

function formatResources(
  item: Extract<ReportItem, { kind: "resources" }>,
): string {
  const lines: string[] = [];
  if (item.resources.length > 0) lines.push(resourceTable(item.resources));
  if (item.status !== undefined) lines.push(`status: ${visible(item.status)}`);
  if (item.message !== undefined) lines.push(visible(item.message));
  if (item.error !== undefined) lines.push(`error: ${visible(item.error)}`);
  return lines.join("\n");
}

/** One column for each key that any resource has, in order of appearance. */
function resourceTable(
  resources: readonly Readonly<Record<string, unknown>>[],
): string {
  const keys = [...new Set(resources.flatMap((r) => Object.keys(r)))];
  return formatTable(
    keys.map((key) => visible(key).toUpperCase()),
    resources.map((r) => keys.map((key) => cell(r[key]))),
  );
}

function cell(value: unknown): string {
  if (value === undefined || value === null) return "";
  return visible(typeof value === "string" ? value : JSON.stringify(value));
}
