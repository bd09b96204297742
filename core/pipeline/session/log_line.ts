/**
 * A provider's stderr line → level, message, fields.
 *
 * A JSON object with `level` and `msg` is taken apart; in plain text the level is
 * guessed from the first words, as people and libraries write it.
 *
 * @module
 */

import type { LogLevel } from "../events.ts";

/** A line taken apart. */
export interface LogLine {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

const LEVELS: Readonly<Record<string, LogLevel>> = {
  trace: "debug",
  debug: "debug",
  dbug: "debug",
  info: "info",
  information: "info",
  notice: "info",
  warn: "warn",
  warning: "warn",
  error: "error",
  err: "error",
  fail: "error",
  fatal: "error",
  critical: "error",
  panic: "error",
};

/** `[WARN]`, `[INFO-HOST]`, `level=error`, `ERROR:`, near the line's beginning. */
const LEVEL_WORD =
  /(?:^|[\s[("'=])(trace|debug|dbug|info|information|notice|warn|warning|error|err|fail|fatal|critical|panic)(?=[\s\])"':,-]|$)/i;
const MARKED_LEVEL =
  /[[(=]"?(trace|debug|dbug|info|information|notice|warn|warning|error|err|fail|fatal|critical|panic)(?:-\w+)?(?=[\])"'\s]|$)/i;
const BEGINNING = 60;

/** Never fails: what can't be taken apart is the message, at level info. */
export function parseLogLine(line: string): LogLine {
  return parseJsonLine(line) ?? {
    level: detectLevel(line),
    message: line,
    fields: {},
  };
}

function parseJsonLine(line: string): LogLine | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    const { level, msg, ...fields } = JSON.parse(line);
    if (typeof level !== "string" || typeof msg !== "string") return undefined;
    return { level: toLevel(level), message: msg, fields };
  } catch {
    return undefined;
  }
}

function toLevel(word: string): LogLevel {
  return LEVELS[word.toLowerCase()] ?? "info";
}

function detectLevel(line: string): LogLevel {
  const beginning = line.slice(0, BEGINNING);
  const marked = MARKED_LEVEL.exec(beginning);
  if (marked !== null) return toLevel(marked[1]);
  const word = LEVEL_WORD.exec(beginning);
  // A bare word counts only where it can't be part of a sentence.
  const isLabel = word !== null &&
    (word[1] === word[1].toUpperCase() ||
      beginning[word.index + word[0].length] === ":");
  return isLabel ? toLevel(word[1]) : "info";
}
