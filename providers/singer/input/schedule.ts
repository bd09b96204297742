/**
 * Five fields of a crontab → when next.
 *
 * Minute, hour, day of the month, month, day of the week; `*`, lists, ranges,
 * steps, names of months and days, and `@hourly` and its like. If both days are
 * restricted, one of them is enough, as in cron. Local time: a minute that the
 * clock jumps over is done without, one that comes twice comes once.
 *
 * @module
 */

/** When something is due. */
export interface Schedule {
  /** @returns The first minute after `nowMs` (since 1970). */
  next(nowMs: number): number;
}

const MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");
const DAYS = "sun mon tue wed thu fri sat".split(" ");

interface Part {
  readonly name: string;
  readonly least: number;
  readonly most: number;
  readonly names?: readonly string[];
}

const PARTS: readonly Part[] = [
  { name: "minute", least: 0, most: 59 },
  { name: "hour", least: 0, most: 23 },
  { name: "day of the month", least: 1, most: 31 },
  { name: "month", least: 1, most: 12, names: ["", ...MONTHS] },
  // 7 is Sunday too.
  { name: "day of the week", least: 0, most: 7, names: DAYS },
];

const SHORT: Readonly<Record<string, string>> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};

/**
 * @returns The schedule, or what is wrong: "needs five fields, got 4".
 *
 * @example
 * ```ts ignore
 * const schedule = parseSchedule("30 4 * * mon-fri");
 * ```
 */
export function parseSchedule(text: string): Schedule | { problem: string } {
  const words = (SHORT[text.trim().toLowerCase()] ?? text).trim().split(/\s+/);
  if (words.length !== PARTS.length) {
    return { problem: `needs five fields, got ${words.length}` };
  }
  const sets: ReadonlySet<number>[] = [];
  for (const [index, part] of PARTS.entries()) {
    const set = parsePart(words[index].toLowerCase(), part);
    if (typeof set === "string") return { problem: set };
    sets.push(set);
  }
  const [minutes, hours, days, months, weekdays] = sets;
  if (weekdays.has(7)) (weekdays as Set<number>).add(0);
  const isEither = !words[2].startsWith("*") && !words[4].startsWith("*");
  const fits = (day: Date) => {
    const isDay = days.has(day.getDate());
    const isWeekday = weekdays.has(day.getDay());
    return months.has(day.getMonth() + 1) &&
      (isEither ? isDay || isWeekday : isDay && isWeekday);
  };
  if (!hasAnyDay(fits)) {
    return { problem: `${JSON.stringify(text)} never comes` };
  }
  return { next: (nowMs) => next(nowMs, { minutes, hours, fits }) };
}

/** A leap day comes every eight years at least. */
const MOST_DAYS = 366 * 9;

function hasAnyDay(fits: (day: Date) => boolean): boolean {
  for (let ahead = 0; ahead < MOST_DAYS; ahead++) {
    if (fits(new Date(2026, 0, 1 + ahead))) return true;
  }
  return false;
}

interface Times {
  readonly minutes: ReadonlySet<number>;
  readonly hours: ReadonlySet<number>;
  fits(day: Date): boolean;
}

function next(nowMs: number, { minutes, hours, fits }: Times): number {
  const now = new Date(nowMs);
  for (let ahead = 0; ahead < MOST_DAYS; ahead++) {
    const [year, month] = [now.getFullYear(), now.getMonth()];
    const day = new Date(year, month, now.getDate() + ahead);
    if (!fits(day)) continue;
    for (let hour = 0; hour < 24; hour++) {
      if (!hours.has(hour)) continue;
      for (let minute = 0; minute < 60; minute++) {
        if (!minutes.has(minute)) continue;
        const at = atTime(day, hour, minute);
        const isThere = at.getHours() === hour && at.getMinutes() === minute;
        if (isThere && at.getTime() > nowMs) return at.getTime();
      }
    }
  }
  throw new Error("no day of nine years fits");
}

function atTime(day: Date, hour: number, minute: number): Date {
  const [year, month, date] = [
    day.getFullYear(),
    day.getMonth(),
    day.getDate(),
  ];
  return new Date(year, month, date, hour, minute);
}

/** `1,3-5,*` and `/15` → numbers, or what is wrong. */
function parsePart(text: string, part: Part): Set<number> | string {
  const found = new Set<number>();
  for (const piece of text.split(",")) {
    const match = /^(?:\*|(\w+)(?:-(\w+))?)(?:\/(\d+))?$/.exec(piece);
    const step = Number(match?.[3] ?? 1);
    if (match === null || step === 0) return wrong(piece, part);
    const from = match[1] === undefined ? part.least : valueOf(match[1], part);
    const to = match[2] !== undefined
      ? valueOf(match[2], part)
      : match[1] === undefined || match[3] !== undefined
      ? mostOf(part)
      : from;
    if (from === undefined || to === undefined || from > to) {
      return wrong(piece, part);
    }
    for (let value = from; value <= to; value += step) found.add(value);
  }
  return found;
}

/** `*` among the days of the week is not seven and Sunday once more. */
function mostOf({ most, names }: Part): number {
  return names === DAYS ? 6 : most;
}

function valueOf(
  word: string,
  { least, most, names }: Part,
): number | undefined {
  const value = /^\d+$/.test(word) ? Number(word) : names?.indexOf(word) ?? -1;
  return value >= least && value <= most ? value : undefined;
}

function wrong(piece: string, { name, least, most }: Part): string {
  return `has no ${name} ${JSON.stringify(piece)}: ${least} to ${most}`;
}
