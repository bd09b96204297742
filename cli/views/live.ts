/**
 * A page that is drawn again every second, until a key or a signal ends it.
 *
 * It has the terminal's second screen to itself; what stood there before comes
 * back in the end, whatever ends it.
 *
 * @module
 */

import type { Context } from "../context.ts";
import { paintFor } from "../terminal/colour.ts";
import { truncateToWidth } from "./units.ts";

const REDRAW_MS = 1000;
const ENTER = "\x1b[?1049h\x1b[?25l";
const LEAVE = "\x1b[?25h\x1b[?1049l";
const HOME = "\x1b[H";
const ERASE_LINE = "\x1b[K";
const ERASE_REST = "\x1b[J";
const CTRL_C = "\x03";
const DEFAULT_ROWS = 24;

/** @param draw The page's text; its first line is a heading. */
export async function showLive(
  context: Context,
  draw: () => Promise<string>,
): Promise<void> {
  const { stdin, stdout, signals, clock } = context.deps;
  const encoder = new TextEncoder();
  const write = (text: string) => stdout.writeSync(encoder.encode(text));
  const over = new AbortController();
  using ends = new DisposableStack();
  ends.defer(signals.subscribe(() => over.abort()));
  write(ENTER);
  ends.defer(() => write(LEAVE));
  const stopKeys = stdin.onKey?.((key) => {
    if (/q/i.test(key) || key.includes(CTRL_C)) over.abort();
  });
  if (stopKeys !== undefined) ends.defer(stopKeys);
  while (!over.signal.aborted) {
    write(frame(await draw(), context));
    await clock.sleep(REDRAW_MS, over.signal).catch(() => {});
  }
}

/** Over what was drawn before, cut to what the terminal shows. */
function frame(text: string, { deps }: Context): string {
  const { stdout, env, clock } = deps;
  const paint = paintFor(stdout, env);
  const columns = stdout.columns() - 1;
  const rows = (stdout.rows?.() ?? DEFAULT_ROWS) - 2;
  const time = new Date(clock.wallMs()).toISOString().slice(11, 19);
  const lines = text.split("\n").slice(0, Math.max(1, rows))
    .map((line) => truncateToWidth(line, columns));
  lines[0] = paint("bold", lines[0]);
  const title = truncateToWidth(`dstream top · ${time} UTC · q ends`, columns);
  return HOME +
    [paint("dim", title), ...lines].map((line) => line + ERASE_LINE)
      .join("\r\n") +
    ERASE_REST;
}
