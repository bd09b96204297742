/**
 * Dates and times out of the bytes of JSON, where they are written the usual way:
 * `"2026-01-02"`, `"2026-01-02T03:04:05.123456Z"`.
 *
 * @module
 */

import { daysFromCivil, type SecondDigits } from "../time_values.ts";
import type { Scan } from "./scan_number.ts";
import type { WordStore } from "./word_store.ts";

const QUOTE = 0x22;
const DASH = 0x2d;
const PLUS = 0x2b;
const COLON = 0x3a;
const POINT = 0x2e;
const ZERO = 0x30;
const BLANK = 0x20;
const LETTER_T = 0x54;
const LETTER_Z = 0x5a;
const DATE_CHARACTERS = 10;
const TIME_CHARACTERS = 8;
const SECONDS_PER_DAY = 86_400;
const SECONDS_PER_MINUTE = 60;
/** Of each month those that are there in every year. */
const SURE_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
/** In these years microseconds since 1970 are below 2^53. */
const FIRST_YEAR = 1700;
const LAST_YEAR = 2250;
const WRONG = -1;
/** Further away than any date. */
const NO_DAYS = 2 ** 31;

export function dateScan(store: WordStore): Scan {
  const days = new Days();
  return (bytes, from, to, row) => {
    if (to - from !== DATE_CHARACTERS + 2 || bytes[from] !== QUOTE) {
      return false;
    }
    const found = days.at(bytes, from + 1);
    if (found === NO_DAYS) return false;
    store.putNumber(row, found);
    return true;
  };
}

/** @param hasZone Whether one must be there, or none. */
export function timestampScan(
  store: WordStore,
  digits: SecondDigits,
  hasZone: boolean,
): Scan {
  const days = new Days();
  const factor = 10 ** digits;
  const zone = new Zone();
  return (bytes, from, to, row) => {
    const timeFrom = from + 1 + DATE_CHARACTERS + 1;
    const end = to - 1;
    if (bytes[from] !== QUOTE || timeFrom + TIME_CHARACTERS > end) return false;
    const between = bytes[timeFrom - 1];
    if (between !== LETTER_T && between !== BLANK) return false;
    const day = days.at(bytes, from + 1);
    const seconds = secondsAt(bytes, timeFrom);
    if (day === NO_DAYS || seconds === WRONG) return false;
    let at = timeFrom + TIME_CHARACTERS;
    let parts = 0;
    if (bytes[at] === POINT) {
      const fractionFrom = ++at;
      for (; at < end; at++) {
        const digit = bytes[at] - ZERO;
        if (digit < 0 || digit > 9) break;
        if (at - fractionFrom < digits) parts = parts * 10 + digit;
      }
      if (at === fractionFrom) return false;
      for (let n = at - fractionFrom; n < digits; n++) parts *= 10;
    }
    if ((at < end) !== hasZone) return false;
    if (hasZone && !zone.read(bytes, at, end)) return false;
    const whole = day * SECONDS_PER_DAY + seconds -
      (hasZone ? zone.minutes * SECONDS_PER_MINUTE : 0);
    store.putNumber(row, whole * factor + parts);
    return true;
  };
}

/** Days since 1970; remembers the month it found last. */
class Days {
  #yearAndMonth = -1;
  #before = 0;

  at(bytes: Uint8Array, at: number): number {
    const century = two(bytes, at);
    const decade = two(bytes, at + 2);
    const month = two(bytes, at + 5);
    const day = two(bytes, at + 8);
    if (
      century < 0 || decade < 0 || month < 1 || month > 12 || day < 1 ||
      day > SURE_DAYS[month - 1] || bytes[at + 4] !== DASH ||
      bytes[at + 7] !== DASH
    ) return NO_DAYS;
    const year = century * 100 + decade;
    if (year < FIRST_YEAR || year > LAST_YEAR) return NO_DAYS;
    const yearAndMonth = year * 12 + month;
    if (yearAndMonth !== this.#yearAndMonth) {
      this.#yearAndMonth = yearAndMonth;
      this.#before = daysFromCivil(year, month, 1) - 1;
    }
    return this.#before + day;
  }
}

/** `Z`, `+02`, `-0330`, `+05:45`. */
class Zone {
  minutes = 0;

  read(bytes: Uint8Array, at: number, end: number): boolean {
    const sign = bytes[at];
    if (sign === LETTER_Z) {
      this.minutes = 0;
      return at + 1 === end;
    }
    if (sign !== PLUS && sign !== DASH) return false;
    const hours = two(bytes, at + 1);
    const length = end - at;
    const hasColon = length === 6 && bytes[at + 3] === COLON;
    const minutes = length === 3
      ? 0
      : length === 5 || hasColon
      ? two(bytes, end - 2)
      : WRONG;
    if (hours < 0 || minutes < 0) return false;
    const total = hours * 60 + minutes;
    this.minutes = sign === DASH ? -total : total;
    return true;
  }
}

/** `23:59:59` */
function secondsAt(bytes: Uint8Array, at: number): number {
  const hour = two(bytes, at);
  const minute = two(bytes, at + 3);
  const second = two(bytes, at + 6);
  const isTime = hour >= 0 && hour < 24 && minute >= 0 && minute < 60 &&
    second >= 0 && second < 60 && bytes[at + 2] === COLON &&
    bytes[at + 5] === COLON;
  return isTime ? hour * 3600 + minute * 60 + second : WRONG;
}

/** Two digits as a number; {@link WRONG} for anything else. */
function two(bytes: Uint8Array, at: number): number {
  const tens = bytes[at] - ZERO;
  const ones = bytes[at + 1] - ZERO;
  const isNumber = tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9;
  return isNumber ? tens * 10 + ones : WRONG;
}
