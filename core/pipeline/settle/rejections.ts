/**
 * Lines that an output refuses, on their way to the place where such lines go.
 *
 * However often a line is rejected, by however many processes, it is one dead
 * letter.
 *
 * @module
 */

import { ByPosition } from "./by_position.ts";

/** A rejected line with what was said about it. */
export interface RejectedLine {
  /** Without its line feed. */
  readonly line: Uint8Array;
  /** As the lane counts. */
  readonly position: number;
  readonly reason: string;
  readonly code?: string;
  /** A dead process's last words. */
  readonly details?: readonly string[];
}

/** A rejection before its line is looked up. */
export type Refusal = Omit<RejectedLine, "line">;

/** What {@link Rejections} works with. */
export interface RejectionsOptions {
  /** A copy of a held line. */
  readonly line: (position: number) => Promise<Uint8Array>;
  /**
   * Called once for each refused line, many at a time. It resolves when the line has
   * found its place; when it throws, the run fails.
   */
  readonly onRejected: (rejected: RejectedLine) => Promise<void>;
}

/** The refused lines of one output that are not settled yet. */
export class Rejections {
  readonly #options: RejectionsOptions;
  readonly #placed = new ByPosition<Promise<void>>();

  constructor(options: RejectionsOptions) {
    this.#options = options;
  }

  /** Resolves when the line has found its place, whoever brought it there. */
  place(refusal: Refusal): Promise<void> {
    const { position } = refusal;
    const placed = this.#placed.get(position) ?? this.#place(refusal);
    this.#placed.set(position, placed);
    return placed;
  }

  /** What is settled is never replayed, so it can't be rejected again. */
  forget(settled: number): void {
    this.#placed.forget(settled);
  }

  async #place(refusal: Refusal): Promise<void> {
    const line = await this.#options.line(refusal.position);
    await this.#options.onRejected({ ...refusal, line });
  }
}
