/**
 * Durations and sizes as people write them: "1m30s", "64MiB".
 *
 * Durations are Go's, sizes know both decimal (MB) and binary (MiB) units. A
 * bare number is milliseconds or bytes. Shared by the provider kit and the
 * configuration language, so both read the same text the same way.
 *
 * @module
 */

const MILLISECONDS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  "µs": 1e-3, // U+00B5, the micro sign
  "μs": 1e-3, // U+03BC, the Greek letter
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

const BYTES: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

const DURATION_PART = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/gy;

/**
 * @param text Go's form, such as "1m30s", "500ms", "1.5h", "-2s", or "0".
 * @returns Milliseconds, or `undefined` when `text` is no duration.
 *
 * @example
 * ```ts
 * if (parseDurationMs("1m30s") !== 90_000) throw new Error();
 * ```
 */
export function parseDurationMs(text: string): number | undefined {
  const sign = text.startsWith("-") ? -1 : 1;
  const body = text.replace(/^[+-]/, "");
  if (body === "0") return 0;
  let sumMs = 0;
  let end = 0;
  for (const part of body.matchAll(DURATION_PART)) {
    sumMs += Number(part[1]) * MILLISECONDS[part[2]];
    end = part.index + part[0].length;
  }
  return end > 0 && end === body.length ? sign * sumMs : undefined;
}

/**
 * @param text Such as "64MiB", "10MB", "512 KiB" or "1024"; case does not count.
 * @returns Whole bytes, or `undefined` when `text` is no size.
 *
 * @example
 * ```ts
 * if (parseSizeBytes("64KiB") !== 65_536) throw new Error();
 * ```
 */
export function parseSizeBytes(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim());
  if (match === null) return undefined;
  const factor = match[2] === "" ? 1 : BYTES[match[2].toLowerCase()];
  const bytes = Math.round(Number(match[1]) * (factor ?? NaN));
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** The shortest Go form: 90000 → "1m30s", 1500 → "1.5s", 0 → "0s". */
export function formatDuration(durationMs: number): string {
  if (durationMs < 0) return `-${formatDuration(-durationMs)}`;
  if (durationMs === 0) return "0s";
  if (durationMs < 1000) return `${trim(durationMs)}ms`;
  const hours = Math.floor(durationMs / MILLISECONDS.h);
  const minutes = Math.floor((durationMs % MILLISECONDS.h) / MILLISECONDS.m);
  const seconds = (durationMs % MILLISECONDS.m) / 1000;
  return (hours > 0 ? `${hours}h` : "") + (minutes > 0 ? `${minutes}m` : "") +
    (seconds > 0 ? `${trim(seconds)}s` : "");
}

/** The largest unit that leaves a whole number: 65536 → "64KiB". */
export function formatSize(sizeBytes: number): string {
  for (const unit of ["TiB", "GiB", "MiB", "KiB", "TB", "GB", "MB", "kB"]) {
    const factor = BYTES[unit.toLowerCase()];
    if (sizeBytes >= factor && sizeBytes % factor === 0) {
      return `${sizeBytes / factor}${unit}`;
    }
  }
  return `${sizeBytes}B`;
}

function trim(value: number): string {
  return String(Number(value.toFixed(6)));
}
