/**
 * Numbers as people read them: counts, bytes, durations, widths.
 *
 * @module
 */

import { stripVTControlCharacters } from "node:util";

/** `1234567` → `1,234,567`. */
export function formatCount(count: number): string {
  return Math.round(count).toString().replace(/\B(?=(\d{3})+$)/g, ",");
}

/** `plural(1, "envelope")` → `1 envelope`; `plural(5, …)` → `5 envelopes`. */
export function plural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** Decimal units: `610 B`, `5.2 MB`. */
export function formatBytes(sizeBytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  let value = sizeBytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  const isSmall = unit > 0 && value < 99.95;
  return `${isSmall ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

/** `0.3 s`, `12.4 s`, `3 min 20 s`, `2 h 05 min`. */
export function formatDuration(durationMs: number): string {
  const seconds = durationMs / 1000;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const minutes = Math.round(whole / 60);
  const rest = (minutes % 60).toString().padStart(2, "0");
  return `${Math.floor(minutes / 60)} h ${rest} min`;
}

/** `just now`, `5 min ago`, `3 h ago`, `12 days ago`. */
export function formatAge(ageMs: number): string {
  const minutes = Math.floor(ageMs / 60_000);
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min ago`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ago`;
  return `${Math.floor(hours / 24)} days ago`;
}

const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
const ZERO_WIDTH = /[\p{Mn}\p{Me}\p{Cf}]/u;

/** Character cells a terminal uses; an estimate for rare scripts. */
export function cellWidth(text: string): number {
  let cells = 0;
  for (const character of text) cells += characterWidth(character);
  return cells;
}

function characterWidth(character: string): number {
  if (character >= " " && character <= "~") return 1;
  if (ZERO_WIDTH.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}

/** Cuts to at most `cells`, the last one being "…" when anything is lost. */
export function truncateToWidth(text: string, cells: number): string {
  if (cellWidth(text) <= cells) return text;
  let kept = "";
  let used = 0;
  for (const character of text) {
    const width = characterWidth(character);
    if (used + width > cells - 1) break;
    kept += character;
    used += width;
  }
  return cells > 0 ? kept + "…" : "";
}

/**
 * One line whatever a provider wrote: its colours are dropped, what else would
 * move a terminal's cursor is spelled out (`\n`, `\x1b`).
 */
export function visible(text: string): string {
  return spelledOut(stripVTControlCharacters(text));
}

/** The same for data, of which nothing may be missing: colours are spelled out too. */
export function spelledOut(text: string): string {
  return text.replace(
    // deno-lint-ignore no-control-regex
    /[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
    escapeCharacter,
  );
}

/**
 * JSON text that a terminal may show: what `JSON.stringify` leaves of control
 * characters, such as U+009B, is escaped. Its value is the same.
 */
export function terminalJson(json: string): string {
  return json.replace(
    /[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
    (character) =>
      `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function escapeCharacter(character: string): string {
  if (character === "\n") return "\\n";
  if (character === "\r") return "\\r";
  const code = character.codePointAt(0) ?? 0;
  return code < 0x100
    ? `\\x${code.toString(16).padStart(2, "0")}`
    : `\\u${code.toString(16).padStart(4, "0")}`;
}
