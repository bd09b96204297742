/**
 * Go's way of writing times: by example, with the reference time
 * Mon Jan 2 15:04:05 MST 2006 (01/02 03:04:05PM '06 -0700).
 *
 * @module
 */

/** How far a place is from UTC at a moment. */
export interface Zone {
  /** East is positive. */
  readonly offsetMinutes: number;
  /** `CET`; Go prints `+01` and the like where there is no name. */
  readonly name: string;
}

/** The zone of this machine at `wallMs`. */
export function localZone(wallMs: number): Zone {
  const date = new Date(wallMs);
  const offsetMinutes = -date.getTimezoneOffset();
  return {
    offsetMinutes,
    get name() {
      return shortName(date, offsetMinutes);
    },
  };
}

/**
 * @param layout Go's reference time in the form wanted.
 * @param wallMs Milliseconds since 1970.
 *
 * @example
 * ```ts
 * const utc = { offsetMinutes: 0, name: "UTC" };
 * const text = formatTime("2006-01-02T15:04:05Z07:00", 0, utc);
 * if (text !== "1970-01-01T00:00:00Z") throw new Error(text);
 * ```
 */
export function formatTime(layout: string, wallMs: number, zone: Zone): string {
  // Reading the shifted time's UTC fields gives the fields in the zone.
  const shifted = new Date(wallMs + zone.offsetMinutes * 60_000);
  return layout.replace(CHUNK, (chunk, ...rest) => {
    const [offset, whole] = rest.slice(-2) as [number, string];
    // "Jan" in "January2" is a month, in "Janet" it is a name.
    const next = whole[offset + chunk.length] ?? "";
    if ((chunk === "Jan" || chunk === "Mon") && /[a-z]/.test(next)) {
      return chunk;
    }
    // A fraction ends where the digits do.
    if (/^[.,](0+|9+)$/.test(chunk)) {
      return /\d/.test(next) ? chunk : fraction(chunk, shifted);
    }
    return FIELDS[chunk]?.(shifted, zone) ?? chunk;
  });
}

/** Longest first, as Go's scanner decides. */
const CHUNK =
  /January|Jan|Monday|Mon|MST|2006|002|01|02|03|04|05|06|-07:00:00|-070000|-07:00|-0700|-07|Z07:00:00|Z070000|Z07:00|Z0700|Z07|15|PM|pm|__2|_2006|_2|[.,]0+|[.,]9+|1|2|3|4|5/g;

const MONTHS =
  "January February March April May June July August September October November December"
    .split(" ");
const DAYS = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday"
  .split(" ");

const FIELDS: Readonly<Record<string, (date: Date, zone: Zone) => string>> = {
  January: (d) => MONTHS[d.getUTCMonth()],
  Jan: (d) => MONTHS[d.getUTCMonth()].slice(0, 3),
  Monday: (d) => DAYS[d.getUTCDay()],
  Mon: (d) => DAYS[d.getUTCDay()].slice(0, 3),
  MST: (_, zone) => zone.name,
  "2006": (d) => String(d.getUTCFullYear()).padStart(4, "0"),
  _2006: (d) => `_${String(d.getUTCFullYear()).padStart(4, "0")}`,
  "06": (d) => two(d.getUTCFullYear() % 100),
  "01": (d) => two(d.getUTCMonth() + 1),
  "1": (d) => String(d.getUTCMonth() + 1),
  "02": (d) => two(d.getUTCDate()),
  "2": (d) => String(d.getUTCDate()),
  _2: (d) => String(d.getUTCDate()).padStart(2, " "),
  "002": (d) => String(dayOfYear(d)).padStart(3, "0"),
  __2: (d) => String(dayOfYear(d)).padStart(3, " "),
  "15": (d) => two(d.getUTCHours()),
  "03": (d) => two(twelve(d)),
  "3": (d) => String(twelve(d)),
  PM: (d) => d.getUTCHours() < 12 ? "AM" : "PM",
  pm: (d) => d.getUTCHours() < 12 ? "am" : "pm",
  "04": (d) => two(d.getUTCMinutes()),
  "4": (d) => String(d.getUTCMinutes()),
  "05": (d) => two(d.getUTCSeconds()),
  "5": (d) => String(d.getUTCSeconds()),
  "-07": (_, zone) => offset(zone).slice(0, 3),
  "-0700": (_, zone) => offset(zone).replace(":", ""),
  "-07:00": (_, zone) => offset(zone),
  "-070000": (_, zone) => `${offset(zone).replace(":", "")}00`,
  "-07:00:00": (_, zone) => `${offset(zone)}:00`,
  Z07: (_, zone) => zone.offsetMinutes === 0 ? "Z" : offset(zone).slice(0, 3),
  Z0700: (_, zone) => orZ(zone, offset(zone).replace(":", "")),
  "Z07:00": (_, zone) => orZ(zone, offset(zone)),
  Z070000: (_, zone) => orZ(zone, `${offset(zone).replace(":", "")}00`),
  "Z07:00:00": (_, zone) => orZ(zone, `${offset(zone)}:00`),
};

function two(value: number): string {
  return String(value).padStart(2, "0");
}

function twelve(date: Date): number {
  return date.getUTCHours() % 12 || 12;
}

function dayOfYear(date: Date): number {
  const start = Date.UTC(date.getUTCFullYear(), 0, 1);
  return Math.floor((date.getTime() - start) / 86_400_000) + 1;
}

/** `+01:30` */
function offset(zone: Zone): string {
  const minutes = Math.abs(zone.offsetMinutes);
  const sign = zone.offsetMinutes < 0 ? "-" : "+";
  return `${sign}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

function orZ(zone: Zone, text: string): string {
  return zone.offsetMinutes === 0 ? "Z" : text;
}

/** `.000` keeps its zeros, `.999` drops them (and the point). */
function fraction(chunk: string, date: Date): string {
  const digits = String(date.getUTCMilliseconds()).padStart(3, "0")
    .padEnd(9, "0").slice(0, chunk.length - 1);
  if (chunk[1] === "0") return chunk[0] + digits;
  const short = digits.replace(/0+$/, "");
  return short === "" ? "" : chunk[0] + short;
}

function shortName(date: Date, offsetMinutes: number): string {
  if (offsetMinutes === 0) return "UTC";
  const format = new Intl.DateTimeFormat("en-US", { timeZoneName: "short" });
  const name = format.formatToParts(date)
    .find((part) => part.type === "timeZoneName")?.value ?? "";
  if (/^[A-Z]{3,5}$/.test(name)) return name;
  const text = offset({ offsetMinutes, name });
  return text.endsWith(":00") ? text.slice(0, 3) : text.replace(":", "");
}
