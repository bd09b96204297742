/**
 * Times as the server has them: local, and in 300ths of a second.
 *
 * @module
 */

import { SERVER_OFFSET_MINUTES } from "./server_answers.ts";

/** @returns The server's local time, as if it were UTC. */
export function serverTime(timeMs: number): number {
  return timeMs + SERVER_OFFSET_MINUTES * 60_000;
}

/** A datetime in style 121: `2024-02-29 12:34:56.997`. */
export function dateTime(timeMs: number): string {
  const day = Math.floor(timeMs / 1000) * 1000;
  const ticks = Math.round((timeMs - day) * 3 / 10);
  const rounded = new Date(day + Math.round(ticks * 10 / 3));
  return rounded.toISOString().replace("T", " ").replace("Z", "");
}
