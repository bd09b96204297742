/**
 * Durations on the command line, written and read as in the configuration.
 *
 * @module
 */

import { DstreamError } from "../core/errors.ts";

const UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/**
 * @param text Go's form (`"1m30s"`, `"500ms"`) or a number of milliseconds.
 * @param flag Names the flag in the error.
 * @returns Milliseconds, above 0.
 * @throws {DstreamError} `usage.duration`
 */
export function parseDurationMs(text: string, flag: string): number {
  const totalMs = /^\d+(\.\d+)?$/.test(text) ? Number(text) : sumOfParts(text);
  if (totalMs !== undefined && Number.isFinite(totalMs) && totalMs > 0) {
    return totalMs;
  }
  throw new DstreamError(
    "usage.duration",
    `${flag} needs a duration, got "${text}"`,
    { isUsage: true, hint: 'for example "30s", "1m30s" or "500ms"' },
  );
}

function sumOfParts(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) return undefined;
  let totalMs = 0;
  for (const [, number, , unit] of text.matchAll(/(\d+(\.\d+)?)(ms|s|m|h)/g)) {
    totalMs += Number(number) * UNITS_MS[unit];
  }
  return totalMs;
}

/** `90000` → `1m30s`, `500` → `500ms`; as the configuration would say it. */
export function formatGoDuration(durationMs: number): string {
  if (durationMs < 1000) return `${durationMs}ms`;
  const hours = Math.floor(durationMs / 3_600_000);
  const minutes = Math.floor(durationMs / 60_000) % 60;
  const seconds = (durationMs % 60_000) / 1000;
  return [[hours, "h"], [minutes, "m"], [seconds, "s"]]
    .map(([count, unit]) => count === 0 ? "" : `${count}${unit}`)
    .join("");
}
