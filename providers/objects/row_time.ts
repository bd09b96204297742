/**
 * When a row happened: what decides on the date of its folder.
 *
 * @module
 */

/** A text without a zone is UTC. */
const TIME =
  /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)\s*(Z|[+-]\d\d(?::?\d\d)?)?)?$/i;
/** Numbers from here on are milliseconds, smaller ones seconds. */
const LEAST_MS = 1e11;
/** The years from 0000 to 9999 have names of four digits. */
const FIRST_MS = -62167219200000;
const LAST_MS = 253402300799999;

/**
 * @param value RFC 3339, ISO 8601 without a zone (UTC), or seconds or milliseconds
 * since 1970.
 * @returns Milliseconds since 1970; `undefined` for what is no time.
 */
export function timeOf(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const timeMs = /^-?\d+(\.\d+)?$/.test(value)
    ? fromNumber(Number(value))
    : fromText(value);
  return timeMs >= FIRST_MS && timeMs <= LAST_MS ? timeMs : undefined;
}

function fromNumber(value: number): number {
  return Math.abs(value) < LEAST_MS ? value * 1000 : value;
}

function fromText(text: string): number {
  const [, date, time = "00:00", zone = "Z"] = TIME.exec(text) ?? [];
  if (date === undefined) return NaN;
  const offset = /^[+-]\d\d$/.test(zone)
    ? `${zone}:00`
    : zone.replace(/^([+-]\d\d)(\d\d)$/, "$1:$2").toUpperCase();
  return Date.parse(`${date}T${time}${offset}`);
}
