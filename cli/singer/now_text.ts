/**
 * The time as state files have it.
 *
 * @module
 */

import type { Context } from "../context.ts";

/** In UTC: `2026-01-31T12:00:00.000Z`. */
export function nowText({ deps: { clock } }: Context): string {
  return new Date(clock.wallMs()).toISOString();
}
