/**
 * A line of a difference in its colour, with nothing in it that moves a cursor.
 *
 * @module
 */

import type { Paint } from "../terminal/colour.ts";
import type { DiffLine } from "./diff_lines.ts";
import { spelledOut } from "./units.ts";

/** What went is red, what came green. */
export function paintDiffLine({ mark, text }: DiffLine, paint: Paint): string {
  const line = `${mark} ${spelledOut(text)}`.trimEnd();
  return mark === " " ? line : paint(mark === "-" ? "red" : "green", line);
}
