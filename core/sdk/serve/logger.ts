/**
 * Log lines on stderr: JSON for the CLI, which takes them apart and draws them;
 * `[CounterInputProvider] message key=value` for a person who runs it by hand.
 *
 * @module
 */

import type { Logger } from "../provider.ts";
import type { Host } from "./host.ts";

const LEVELS = ["debug", "info", "warn", "error"] as const;
type Level = typeof LEVELS[number];
type LogFields = Readonly<Record<string, unknown>>;

/** A logger that can change its form once the start line is known. */
export interface ServeLogger extends Logger {
  /** From now on for the CLI instead of a person. */
  useJson(): void;
}

/** `label` is for a person: see {@link providerLabel}; `DSTREAM_LOG_LEVEL` is the threshold. */
export function createLogger(host: Host, label: string): ServeLogger {
  const wanted = host.env("DSTREAM_LOG_LEVEL")?.toLowerCase() as Level;
  const threshold = LEVELS.indexOf(LEVELS.includes(wanted) ? wanted : "info");
  let isJson = /^(1|true)$/i.test(host.env("DSTREAM_LOG_JSON") ?? "");
  const at = (level: Level) => (message: string, fields?: LogFields) => {
    if (LEVELS.indexOf(level) < threshold) return;
    host.log(
      isJson
        ? asJson(level, message, fields)
        : asText(label, level, message, fields),
    );
  };
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    useJson: () => {
      isJson = true;
    },
  };
}

/** "counter" and "input" → "CounterInputProvider", as users know it. */
export function providerLabel(name: string, role: string): string {
  return `${name}_${role}_provider`.replace(
    /(?:^|[-_])([a-z0-9])/g,
    (_, letter) => letter.toUpperCase(),
  );
}

function asJson(level: Level, message: string, fields: LogFields = {}): string {
  const said = { level, msg: message };
  // Twice: first for the order, then because a field must not replace them.
  const line = toJson({ ...said, ...fields, ...said });
  return line ?? JSON.stringify(said);
}

function asText(
  label: string,
  level: Level,
  message: string,
  fields: LogFields = {},
): string {
  const pairs = Object.entries(fields).map(([key, value]) => {
    const isObject = typeof value === "object" && value !== null;
    const text = (isObject ? toJson(value) : undefined) ?? String(value);
    const isPlain = isObject || /^[^\s"=]+$/.test(text);
    return ` ${key}=${isPlain ? text : JSON.stringify(text)}`;
  });
  const prefix = level === "info" ? "" : `${level}: `;
  return `[${label}] ${prefix}${message}${pairs.join("")}`;
}

/** `undefined` for what JSON can't hold: a log line must never fail. */
function toJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value, (_key, each) => {
      if (typeof each === "bigint") return String(each);
      return each instanceof Error ? each.message : each;
    });
  } catch {
    return undefined;
  }
}
