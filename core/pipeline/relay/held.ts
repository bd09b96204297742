/**
 * What is held of an output's lines, wherever it lies: the oldest in files, the rest
 * in the window.
 *
 * @module
 */

import { LINE_FEED } from "../../protocol/mod.ts";
import type { Block, Spool } from "./spool.ts";
import type { HeldLines, ReplayWindow } from "./window.ts";

/** Reads what {@link ReplayWindow} and {@link Spool} hold together. */
export class Held {
  #spool: Spool | undefined;

  constructor(readonly window: ReplayWindow) {}

  /** Bytes in files. */
  get spooledBytes(): number {
    return this.#spool?.usedBytes ?? 0;
  }

  /**
   * From now on the window gives its oldest lines to files where it needs room.
   * @param onFull Told once when the disk takes no more: the window is all there is.
   */
  spoolTo(spool: Spool, onFull: (error: unknown) => void): void {
    this.#spool = spool;
    let isFull = false;
    this.window.spill = async () => {
      const oldest = this.window.oldest();
      if (oldest === undefined || !spool.hasRoom(oldest.lengthBytes)) {
        return false;
      }
      const { pieces, lines, lastPosition } = oldest;
      try {
        await spool.append(pieces, lines, lastPosition);
      } catch (error) {
        if (!isFull) onFull(error);
        isFull = true;
        return false;
      }
      this.window.release(lastPosition);
      return true;
    };
  }

  /** As {@link ReplayWindow.settle}. */
  settle(position: number, delivered: number): void {
    this.#spool?.settle(position, delivered);
    this.window.settle(position, delivered);
  }

  /** As {@link ReplayWindow.next}. */
  async next(
    position: number,
    upTo = Infinity,
  ): Promise<HeldLines | undefined> {
    const block = this.#spool?.find(position + 1);
    if (block !== undefined) return await this.#inBlock(block, position, upTo);
    const held = this.window.next(position, upTo);
    // Its place may be given to others while it is being written.
    return held !== undefined && this.#spool !== undefined
      ? { ...held, bytes: held.bytes.slice() }
      : held;
  }

  /** A copy of one held line. */
  async line(
    position: number,
    { withLineFeed = false } = {},
  ): Promise<Uint8Array> {
    const block = this.#spool?.find(position);
    if (block === undefined) {
      return this.window.line(position, { withLineFeed });
    }
    const held = await this.#inBlock(block, position - 1, position);
    return withLineFeed ? held!.bytes : held!.bytes.subarray(0, -1);
  }

  /** A copy of the last delivered line, with its line feed. */
  async lastDelivered(position: number): Promise<Uint8Array> {
    const block = this.#spool?.find(position);
    const isThere = block !== undefined &&
      position > block.lastPosition - block.lines;
    return isThere
      ? await this.line(position, { withLineFeed: true })
      : this.window.lastDelivered()!;
  }

  async #inBlock(
    block: Block,
    position: number,
    upTo: number,
  ): Promise<HeldLines | undefined> {
    if (position >= upTo) return undefined;
    const bytes = await this.#spool!.read(block);
    const first = block.lastPosition - block.lines;
    const from = Math.max(position, first);
    const last = Math.min(block.lastPosition, upTo);
    const start = afterLines(bytes, 0, from - first);
    const end = last === block.lastPosition
      ? bytes.length
      : afterLines(bytes, start, last - from);
    return { bytes: bytes.subarray(start, end), lines: last - from, last };
  }
}

function afterLines(bytes: Uint8Array, start: number, count: number): number {
  let at = start;
  for (let n = 0; n < count; n++) at = bytes.indexOf(LINE_FEED, at) + 1;
  return at;
}
