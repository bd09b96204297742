/**
 * Short questions to a tap or target: `--help`, `--discover`, `--about`.
 *
 * @module
 */

import type { Logger } from "@dstream/sdk";
import type { Program } from "./fields.ts";
import { SingerProcess } from "./singer_process.ts";

/** Whom to ask, and what. */
export interface Question {
  readonly program: Program;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly key: "tap" | "target";
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** It is killed then. */
  readonly timeoutMs: number;
}

/** What it said, and how it ended. */
export interface Answer {
  readonly isSuccess: boolean;
  readonly text: string;
  /** `tap-x ended with status 1: …` */
  readonly end: string;
}

/** A catalog of ten thousand tables with a hundred columns each has as much. */
const MOST_BYTES = 256 * 1024 * 1024;

/** @throws {ConfigError} when there is no such program. */
export async function askProgram(question: Question): Promise<Answer> {
  const { signal, timeoutMs } = question;
  await using process = new SingerProcess(question);
  const end = () => process.kill();
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    end();
  }, timeoutMs);
  signal.addEventListener("abort", end, { once: true });
  try {
    const text = await readAll(process.stdout);
    const status = await process.status;
    const end = isLate
      ? `${process.name} gave no answer within ${timeoutMs / 1000} s`
      : process.describeEnd(status);
    return { isSuccess: status.success, text, end };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", end);
  }
}

async function readAll(stream: ReadableStream<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const part of stream) {
    sizeBytes += part.length;
    if (sizeBytes > MOST_BYTES) {
      throw new Error(`an answer of more than ${MOST_BYTES} bytes`);
    }
    parts.push(part);
  }
  return await new Blob(parts as BlobPart[]).text();
}
