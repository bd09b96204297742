/**
 * Dates and times as text → counts since 1970, with all their digits.
 *
 * @module
 */

/** `2026-01-02`, `2026-01-02T03:04:05.123456+02:00`, with a space too. */
const TEXT =
  /^([+-]?\d{4,6})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?)?\s*(Z|[+-]\d\d(?::?\d\d)?)?( BC)?$/i;
const TIME = /^(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?$/;
const DAYS_IN_MONTH = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const MS_PER_MINUTE = 60_000;
const SECONDS_PER_DAY = 86_400;

/** How a second is divided: digits behind the point. */
export type SecondDigits = 3 | 6 | 9;

const FACTORS: Readonly<Record<SecondDigits, bigint>> = {
  3: 1_000n,
  6: 1_000_000n,
  9: 1_000_000_000n,
};

/** @returns Days since 1970; `undefined` for what is no date. */
export function daysOf(text: string): number | undefined {
  const found = TEXT.exec(text);
  return found === null || found[8] !== undefined ? undefined : days(found);
}

/**
 * A date and a time; digits beyond those that are asked for are cut off.
 *
 * @param hasZone Whether a zone must be there (it is taken into account), or none.
 * @returns So many parts of a second since 1970.
 */
export function instantOf(
  text: string,
  digits: SecondDigits,
  hasZone: boolean,
): bigint | undefined {
  const found = TEXT.exec(text);
  if (found === null || (found[8] !== undefined) !== hasZone) return undefined;
  const date = days(found);
  const [, , , , hour = "0", minute = "0", second = "0", fraction = ""] = found;
  const seconds = secondsOf(hour, minute, second);
  if (date === undefined || seconds === undefined) return undefined;
  const whole = date * SECONDS_PER_DAY + seconds -
    (hasZone ? zoneSeconds(found[8]) : 0);
  return BigInt(whole) * FACTORS[digits] + parts(fraction, digits);
}

/** @returns So many parts of a second since midnight. */
export function timeOfDay(
  text: string,
  digits: SecondDigits,
): bigint | undefined {
  const found = TIME.exec(text);
  if (found === null) return undefined;
  const [, hour, minute, second = "0", fraction = ""] = found;
  const seconds = secondsOf(hour, minute, second);
  if (seconds === undefined) return undefined;
  return BigInt(seconds) * FACTORS[digits] + parts(fraction, digits);
}

function days(found: RegExpExecArray): number | undefined {
  const [, yearText, monthText, dayText] = found;
  const written = Number(yearText);
  // There was no year 0: 1 BC comes before 1.
  const year = found[9] === undefined ? written : 1 - written;
  const [month, day] = [Number(monthText), Number(dayText)];
  if (month < 1 || month > 12 || day < 1 || day > DAYS_IN_MONTH[month - 1]) {
    return undefined;
  }
  if (month === 2 && day === 29 && !isLeap(year)) return undefined;
  return daysFromCivil(year, month, day);
}

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

/** Years begin in March, so that the leap day is the last. */
export function daysFromCivil(
  year: number,
  month: number,
  day: number,
): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) -
    Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

function secondsOf(
  hourText: string,
  minuteText: string,
  secondText: string,
): number | undefined {
  const hour = Number(hourText);
  const minute = Number(minuteText);
  const second = Number(secondText);
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  return hour * 3600 + minute * 60 + second;
}

function zoneSeconds(zone: string): number {
  if (/^z$/i.test(zone)) return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(3).replace(":", "") || "0");
  const total = (hours * 60 + minutes) * (MS_PER_MINUTE / 1000);
  return zone[0] === "-" ? -total : total;
}

function parts(fraction: string, digits: SecondDigits): bigint {
  if (fraction === "") return 0n;
  return BigInt(Number(fraction.slice(0, digits).padEnd(digits, "0")));
}
