/**
 * What a Python program writes to stderr → log entries with their levels.
 *
 * Taps and targets write four forms: `2026-… | INFO | name | text`, `time=…
 * level=INFO message=…`, `INFO text` and, most often when it matters, a bare
 * traceback of thirty lines. That is one entry here: what was raised, with the
 * rest beside it.
 *
 * @module
 */

import type { Logger } from "@dstream/sdk";

/** One thing that was said. */
export interface Entry {
  readonly level: keyof Logger;
  readonly message: string;
  /** Where it was raised. */
  readonly traceback?: string;
}

const LEVELS: Readonly<Record<string, keyof Logger>> = {
  TRACE: "debug",
  DEBUG: "debug",
  INFO: "info",
  NOTICE: "info",
  WARN: "warn",
  WARNING: "warn",
  ERROR: "error",
  CRITICAL: "error",
  FATAL: "error",
};

const NAMES = Object.keys(LEVELS).join("|");
const FORMS = [
  // 2026-11-30 09:00:00,123 | INFO     | tap-x | text
  new RegExp(
    `^\\d{4}-\\d\\d-\\d\\d[^|]*\\|\\s*(${NAMES})\\s*\\|[^|]*\\|\\s*(.*)$`,
  ),
  // time=2026-11-30 09:00:00 name=tap level=INFO message=text
  new RegExp(
    `^(?:\\w+=.*? )?level=(${NAMES})\\b(?: logger=\\S+)? (?:message=)?(.*)$`,
  ),
  // INFO text; [INFO] text; INFO:name:text
  new RegExp(`^\\[?(${NAMES})\\]?(?:[ :]+|:\\w+:)(.*)$`),
];

const TRACEBACK =
  /^\s*(?:\+ )?(?:Exception Group )?Traceback \(most recent call last\)/;
const CHAINED =
  /^(During handling of the above exception|The above exception was the direct)/;
/** More of a traceback is not kept. */
const MOST_LINES = 200;
const MOST_CHARACTERS = 16 * 1024;

/** Puts lines together; {@link flush} at the end. */
export class LogLines {
  readonly #say: (entry: Entry) => void;
  #traceback: string[] = [];
  #size = 0;
  #raised: string | undefined;

  constructor(say: (entry: Entry) => void) {
    this.#say = say;
  }

  /** Whether a traceback is whole, unless another one follows. */
  get waits(): boolean {
    return this.#raised !== undefined;
  }

  /** @param line Without its line feed. */
  add(line: string): void {
    if (TRACEBACK.test(line)) return this.#begin(line);
    if (this.#traceback.length > 0 && this.#continues(line)) return;
    if (line.trim() !== "") this.#say(parseEntry(line));
  }

  flush(): void {
    if (this.#traceback.length === 0) return;
    const lines = this.#traceback;
    const message = this.#raised ?? lines.at(-1)!.trim();
    this.#traceback = [];
    this.#raised = undefined;
    this.#size = 0;
    this.#say({ level: "error", message, traceback: lines.join("\n") });
  }

  #begin(line: string): void {
    this.#raised = undefined;
    this.#keep(line);
  }

  /** @returns Whether the line belongs to the traceback. */
  #continues(line: string): boolean {
    const isInside = /^\s/.test(line) || line === "" || CHAINED.test(line);
    if (isInside || this.#raised === undefined) {
      if (!isInside) this.#raised = line;
      this.#keep(line);
      return true;
    }
    this.flush();
    return false;
  }

  #keep(line: string): void {
    this.#size += line.length;
    const isMuch = this.#traceback.length >= MOST_LINES ||
      this.#size > MOST_CHARACTERS;
    if (!isMuch || this.#traceback.length === 0) this.#traceback.push(line);
  }
}

/** A line in one of the known forms; any other is `info`. */
export function parseEntry(line: string): Entry {
  for (const form of FORMS) {
    const match = form.exec(line);
    if (match !== null) return { level: LEVELS[match[1]], message: match[2] };
  }
  return parseJson(line) ?? { level: "info", message: line };
}

/** `{"level":"info","message":"text",…}`, of whoever chose that form. */
function parseJson(line: string): Entry | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    const { level, message, event } = JSON.parse(line);
    const text = message ?? event;
    const known = LEVELS[String(level).toUpperCase()];
    return known === undefined || typeof text !== "string"
      ? undefined
      : { level: known, message: text };
  } catch {
    return undefined;
  }
}
