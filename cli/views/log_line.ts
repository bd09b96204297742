/**
 * One log line, as text for people or as JSON for programs.
 *
 * @module
 */

import type { Colour, Paint } from "../terminal/colour.ts";
import { terminalJson, visible } from "./units.ts";
import type { LogEntry } from "./view.ts";

const LEVEL_COLOUR: Readonly<Record<LogEntry["level"], Colour | undefined>> = {
  debug: "dim",
  info: undefined,
  warn: "yellow",
  error: "red",
};

/** What surrounds an entry: the time, the task when there are several. */
export interface LogFrame {
  /** ISO 8601; absent without `-t`. */
  readonly time?: string;
  readonly task?: string;
}

/** `[input counter] warn: message k=v`; "info" goes without saying. */
export function formatTextLine(
  entry: LogEntry,
  frame: LogFrame,
  paint: Paint,
): string {
  const { level } = entry;
  const time = frame.time === undefined ? "" : `${paint("dim", frame.time)} `;
  const task = frame.task === undefined ? "" : `${frame.task} `;
  const source = paint("cyan", `[${task}${visible(entry.source)}]`);
  const label = level === "info" ? "" : `${level}: `;
  const colour = LEVEL_COLOUR[level];
  const text = `${label}${visible(entry.message)}`;
  const message = colour === undefined ? text : paint(colour, text);
  const hint = entry.hint === undefined
    ? ""
    : `\n  hint: ${visible(entry.hint)}`;
  return `${time}${source} ${message}${formatFields(entry.fields)}${hint}`;
}

/** One JSON object, without its line feed. */
export function formatJsonLine(entry: LogEntry, frame: LogFrame): string {
  const { level, source, message, code, hint, fields } = entry;
  return terminalJson(JSON.stringify({
    time: frame.time,
    level,
    task: frame.task,
    source,
    message,
    code,
    hint,
    fields: Object.keys(fields).length === 0 ? undefined : fields,
  }));
}

function formatFields(fields: LogEntry["fields"]): string {
  return Object.entries(fields)
    .map(([key, value]) => ` ${visible(key)}=${formatValue(value)}`)
    .join("");
}

function formatValue(value: unknown): string {
  if (typeof value !== "string") {
    return terminalJson(JSON.stringify(value) ?? "");
  }
  return /^[^\s"=]+$/.test(value)
    ? visible(value)
    : terminalJson(JSON.stringify(value));
}
