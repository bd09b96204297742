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

/** `name` is the technology, "counter"; `DSTREAM_LOG_LEVEL` is the threshold. */
export function createLogger(
  host: Host,
  name: string,
  role: "input" | "output",
): ServeLogger {
  const label = providerLabel(name, role);
  const wanted = host.env("DSTREAM_LOG_LEVEL")?.toLowerCase() as Level;
  const threshold = Math.max(0, LEVELS.indexOf(wanted ?? "info"));
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
  return JSON.stringify({ level, msg: message, ...fields });
}

function asText(
  label: string,
  level: Level,
  message: string,
  fields: LogFields = {},
): string {
  const pairs = Object.entries(fields).map(([key, value]) => {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    return ` ${key}=${/\s/.test(text ?? "") ? JSON.stringify(value) : text}`;
  });
  const prefix = level === "info" ? "" : `${level}: `;
  return `[${label}] ${prefix}${message}${pairs.join("")}`;
}
