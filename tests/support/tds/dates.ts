/**
 * Dates and times as T-SQL writes them, in the units of the wire (MS-TDS
 * 2.2.5.5.1.8). Text keeps every digit; a JavaScript Date wouldn't.
 *
 * @module
 */

/** A point in the calendar, without a zone. */
export interface DateAndTime {
  /** Days since 0001-01-01. */
  readonly days: number;
  /** Units of 100 ns since midnight. */
  readonly ticks: number;
  /** Minutes east of Greenwich; 0 when not written. */
  readonly offsetMinutes: number;
}

/** Days from 0001-01-01 to 1900-01-01. */
export const DAYS_TO_1900 = 693_595;
/** Days from 0001-01-01 to 1970-01-01. */
const DAYS_TO_1970 = 719_162;
const DAY_MS = 86_400_000;
const MINUTE_TICKS = 600_000_000;
const DAY_TICKS = 1440 * MINUTE_TICKS;

const WRITTEN =
  /^(?:(\d{4})-(\d\d)-(\d\d))?[ T]?(?:(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,7}))?)?)?\s*(Z|[+-]\d\d:\d\d)?$/;

/**
 * Reads `2024-02-29`, `23:59:59.1234567`, both with a space or T between them, and
 * the last with `+05:30` or Z.
 *
 * @throws {Error} For any other shape.
 */
export function parseDateTime(text: string): DateAndTime {
  const parts = WRITTEN.exec(text.trim());
  if (parts === null) throw new Error(`no date or time: "${text}"`);
  const [, year, month, day, hour, minute, second, fraction, zone] = parts;
  const seconds = Number(hour ?? 0) * 3600 + Number(minute ?? 0) * 60 +
    Number(second ?? 0);
  return {
    days: year === undefined
      ? DAYS_TO_1900
      : daysOf(Number(year), Number(month), Number(day)),
    ticks: seconds * 10_000_000 + Number((fraction ?? "").padEnd(7, "0")),
    offsetMinutes: offsetOf(zone),
  };
}

function daysOf(year: number, month: number, day: number): number {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day); // Date.UTC() takes 24 for 1924.
  return date.getTime() / DAY_MS + DAYS_TO_1970;
}

function offsetOf(zone: string | undefined): number {
  if (zone === undefined || zone === "Z") return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6));
  return zone[0] === "-" ? -minutes : minutes;
}

/** The same moment in UTC, as datetimeoffset travels. */
export function toUtc(local: DateAndTime): DateAndTime {
  const ticks = local.ticks - local.offsetMinutes * MINUTE_TICKS;
  const days = Math.floor(ticks / DAY_TICKS);
  return { ...local, days: local.days + days, ticks: ticks - days * DAY_TICKS };
}

/**
 * To the nearest of a type's units, as SQL Server stores it: 23:59:59.999 of a
 * datetime is midnight of the next day, never 24:00. A unit is `unitTicks /
 * unitCount`, so that thirds are exact.
 */
export function rounded<Moment extends Pick<DateAndTime, "days" | "ticks">>(
  moment: Moment,
  unitTicks: number,
  unitCount = 1,
): Moment {
  const units = Math.round(moment.ticks * unitCount / unitTicks);
  const ticks = Math.round(units * unitTicks / unitCount);
  if (ticks < DAY_TICKS) return { ...moment, ticks };
  return { ...moment, days: moment.days + 1, ticks: 0 };
}

/** What a unit of the old types is: so many units of 100 ns, for so many units. */
export const UNIT_TICKS = {
  datetime: [100_000, 3],
  smalldatetime: [MINUTE_TICKS, 1],
} as const;

/** @returns `YYYY-MM-DD`. */
export function formatDate(days: number): string {
  const date = new Date((days - DAYS_TO_1970) * DAY_MS);
  const year = String(date.getUTCFullYear()).padStart(4, "0");
  return `${year}-${pad(date.getUTCMonth() + 1)}-${pad(date.getUTCDate())}`;
}

/** @returns `HH:MM:SS` and so many digits of a fraction. */
export function formatTime(ticks: number, scale: number): string {
  const seconds = Math.floor(ticks / 10_000_000);
  const clock = [seconds / 3600, (seconds / 60) % 60, seconds % 60]
    .map((part) => pad(Math.floor(part))).join(":");
  const fraction = String(ticks % 10_000_000).padStart(7, "0").slice(0, scale);
  return scale === 0 ? clock : `${clock}.${fraction}`;
}

function pad(value: number): string {
  return String(value).padStart(2, "0");
}
