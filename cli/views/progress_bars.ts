/**
 * A bar for each thing that is on its way: how much, how fast, how long still.
 *
 * ```text
 * ghcr.io/acme/in-pg:1.4.0  ━━━━━━━━━━━━╺───────  62 %  16.9/27.2 MB  5.1 MB/s  2.0 s
 * ```
 *
 * @module
 */

import type { Clock } from "../../core/ports/mod.ts";
import { Rate } from "../../core/observe/rate.ts";
import type { Screen } from "../terminal/screen.ts";
import {
  cellWidth,
  formatBytes,
  formatDuration,
  truncateToWidth,
} from "./units.ts";

const REDRAW_MS = 100;
const BAR_CELLS = 20;
const NAME_CELLS = 44;

interface Bar {
  doneBytes: number;
  totalBytes: number;
  readonly rate: Rate;
}

/** Drawn at most ten times a second, at the place of the status line. */
export class ProgressBars implements Disposable {
  readonly #bars = new Map<string, Bar>();
  #drawnAtMs = -Infinity;

  constructor(readonly screen: Screen, readonly clock: Clock) {}

  update(name: string, doneBytes: number, totalBytes: number): void {
    const bar = this.#bars.get(name) ??
      { doneBytes: 0, totalBytes, rate: new Rate() };
    bar.doneBytes = doneBytes;
    bar.totalBytes = totalBytes;
    this.#bars.set(name, bar);
    const nowMs = this.clock.monotonicMs();
    if (nowMs - this.#drawnAtMs < REDRAW_MS) return;
    this.#drawnAtMs = nowMs;
    const names = [...this.#bars.keys()].map(cellWidth);
    const width = Math.min(NAME_CELLS, Math.max(...names));
    const lines = [...this.#bars].map(([name, bar]) =>
      formatBar(name, width, bar, nowMs)
    );
    this.screen.status(lines.join("\n"));
  }

  remove(name: string): void {
    this.#bars.delete(name);
    this.screen.clear();
    this.#drawnAtMs = -Infinity;
  }

  [Symbol.dispose](): void {
    this.screen.clear();
  }
}

function formatBar(
  name: string,
  width: number,
  { doneBytes, totalBytes, rate }: Bar,
  nowMs: number,
): string {
  const perSecond = rate.at(nowMs, doneBytes);
  const share = totalBytes === 0 ? 1 : Math.min(1, doneBytes / totalBytes);
  const percent = `${Math.floor(share * 100)} %`.padStart(5);
  const label = truncateToWidth(name, width);
  const parts = [
    label + " ".repeat(width - cellWidth(label)),
    drawBar(share),
    percent,
    `${formatBytes(doneBytes)} of ${formatBytes(totalBytes)}`,
  ];
  if (perSecond > 0) {
    parts.push(`${formatBytes(perSecond)}/s`);
    const leftMs = ((totalBytes - doneBytes) / perSecond) * 1000;
    parts.push(`${formatDuration(leftMs)} left`);
  }
  return parts.join("  ");
}

/** `━━━━━━━━━━╺─────────` */
export function drawBar(share: number): string {
  const full = Math.round(share * BAR_CELLS);
  const rest = "─".repeat(Math.max(0, BAR_CELLS - full - 1));
  return "━".repeat(full) + (full === BAR_CELLS ? "" : `╺${rest}`);
}
