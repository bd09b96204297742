/**
 * A disk for what an output holds back: it takes time, and may be full.
 *
 * @module
 */

import type {
  SpoolDisk,
  SpoolFile,
  SpoolFolder,
} from "../../core/pipeline/relay/spool_disk.ts";
import type { Clock } from "../../core/ports/mod.ts";
import type { Chance } from "./chance.ts";
import type { Truth } from "./truth.ts";

/** What a disk lives in. */
export interface DiskWorld {
  readonly clock: Clock;
  readonly chance: Chance;
  readonly truth: Truth;
  /** More does not fit on it at a time. */
  readonly capacityBytes: number;
}

/** In memory; dies with its CLI. */
export class SimDisk implements SpoolDisk {
  readonly #world: DiskWorld;
  usedBytes = 0;

  constructor(world: DiskWorld) {
    this.#world = world;
  }

  open(): Promise<SpoolFolder> {
    return Promise.resolve({
      create: async () => {
        await this.wait();
        return new File(this, this.#world);
      },
      [Symbol.dispose]() {},
    });
  }

  wait(): Promise<void> {
    return this.#world.clock.sleep(this.#world.chance.pick([0, 0, 0, 1, 40]));
  }
}

class File implements SpoolFile {
  readonly #disk: SimDisk;
  readonly #world: DiskWorld;
  #bytes: Uint8Array = new Uint8Array(0);
  #isGone = false;

  constructor(disk: SimDisk, world: DiskWorld) {
    this.#disk = disk;
    this.#world = world;
  }

  async write(offset: number, pieces: readonly Uint8Array[]): Promise<void> {
    const lengthBytes = pieces.reduce((sum, { length }) => sum + length, 0);
    await this.#disk.wait();
    const addedBytes = offset + lengthBytes - this.#bytes.length;
    if (this.#disk.usedBytes + addedBytes > this.#world.capacityBytes) {
      this.#world.truth.note("the disk is full");
      throw new Error("no space left");
    }
    this.#disk.usedBytes += addedBytes;
    const bytes = new Uint8Array(offset + lengthBytes);
    bytes.set(this.#bytes.subarray(0, offset));
    let at = offset;
    for (const piece of pieces) {
      bytes.set(piece, at);
      at += piece.length;
    }
    this.#bytes = bytes;
  }

  async read(offset: number, lengthBytes: number): Promise<Uint8Array> {
    if (this.#isGone) this.#world.truth.fail("a file is read that is gone");
    await this.#disk.wait();
    return this.#bytes.slice(offset, offset + lengthBytes);
  }

  remove(): void {
    if (this.#isGone) this.#world.truth.fail("a file is removed twice");
    this.#isGone = true;
    this.#disk.usedBytes -= this.#bytes.length;
  }
}
