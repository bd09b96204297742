/**
 * The two ways to move bytes, chosen once per run.
 *
 * Fast: 1 MiB reads into our own buffers, the SIMD scanner and, on Linux, pipes of
 * 1 MiB. Plain: the runtime's 64 KiB chunks and a scanner in JavaScript; it needs
 * nothing special from the system and is the yardstick in tests.
 *
 * @module
 */

import {
  type ByteSource,
  openFastSource,
  openPlainSource,
} from "./byte_source.ts";
import { enlargePipe, type PipeEnd } from "./pipe_size.ts";
import { createPlainScanner } from "./scanner/plain_scanner.ts";
import { createScanner, type Scanner } from "./scanner/scanner.ts";

/** What the relay needs to know about the machine. */
export interface Engine {
  readonly name: "fast" | "plain";
  readonly chunkBytes: number;
  openSource(stream: ReadableStream<Uint8Array>): ByteSource;
  createScanner(memoryBytes: number): Scanner;
  /** Makes a child's pipe larger where that is possible; silent where not. */
  enlargePipe(pid: number, end: PipeEnd): void;
}

/** The fastest shape known. */
export const fastEngine: Engine = {
  name: "fast",
  chunkBytes: 1024 * 1024,
  openSource: openFastSource,
  createScanner,
  enlargePipe,
};

/** The shape that runs everywhere. */
export const plainEngine: Engine = {
  name: "plain",
  chunkBytes: 64 * 1024,
  openSource: openPlainSource,
  createScanner: createPlainScanner,
  enlargePipe: () => {},
};
