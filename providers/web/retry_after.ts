/**
 * How long a service asks to be left alone.
 *
 * @module
 */

/**
 * `Retry-After` in milliseconds: seconds or a date.
 * Source: RFC 9110, 10.2.3.
 */
export function retryAfterMs(
  headers: Headers,
  nowMs: number,
): number | undefined {
  const text = headers.get("retry-after")?.trim();
  if (text === undefined || text === "") return undefined;
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}

/** Seconds beyond this are a time since 1970 and no time span. */
const LONGEST_SPAN_S = 100_000_000;

/**
 * How long nothing is left of the rate limit; undefined while something is.
 *
 * Reads `X-RateLimit-*` (GitHub and many others), `RateLimit-*` (drafts of IETF
 * httpapi: seconds) and `X-Rate-Limit-*`. A reset is seconds from now or since 1970.
 */
export function spentForMs(
  headers: Headers,
  nowMs: number,
): number | undefined {
  for (const prefix of ["x-ratelimit", "ratelimit", "x-rate-limit"]) {
    const left = headers.get(`${prefix}-remaining`);
    const reset = headers.get(`${prefix}-reset`);
    if (left === null || reset === null || Number(left) > 0) continue;
    const seconds = Number(reset);
    if (!Number.isFinite(seconds) || left.trim() === "") continue;
    return Math.max(
      0,
      seconds > LONGEST_SPAN_S ? seconds * 1000 - nowMs : seconds * 1000,
    );
  }
}
