/**
 * Reads an input's first envelopes and takes nothing: no acknowledgement, no state.
 *
 * So an input of version 2 has its checkpoint where it was before. What an input of
 * version 1 does with a checkpoint of its own nobody knows.
 *
 * @module
 */

import type { ProviderBlock, Task } from "../config/task.ts";
import type { Clock, Spawner } from "../ports/mod.ts";
import {
  ENVELOPE_START,
  type Json,
  LINE_FEED,
  parseInputRecord,
  type RawSchema,
  RECORD_SEPARATOR,
} from "../protocol/mod.ts";
import {
  createPrintable,
  type Printable,
  printableError,
  printableEvent,
} from "./session/printable.ts";
import { plainEngine } from "./relay/engine.ts";
import type { PipelineEvent } from "./events.ts";
import { InputSession } from "./session/input_session.ts";
import type { ProviderLaunch } from "./run.ts";
import {
  finalFailure,
  processFailure,
  type SessionOptions,
} from "./session/session.ts";
import { unlessAborted } from "./wait.ts";

/** What reading needs. */
export interface ReadEnvelopesOptions {
  readonly task: Task;
  /** One of the task's inputs, and how to start it. */
  readonly block: ProviderBlock;
  readonly provider: ProviderLaunch;
  readonly runId: string;
  /** The state it goes on from. */
  readonly resume?: Json;
  readonly clock: Clock;
  readonly spawner: Spawner;
  readonly onEvent: (event: PipelineEvent) => void;
  readonly secrets: ReadonlySet<string>;
  readonly isTerminal: boolean;
  /** Hears a schema before the envelopes that follow it. */
  readonly onSchema?: ((schema: RawSchema) => void) | undefined;
  /** Ends the reading. */
  readonly signal: AbortSignal;
}

/**
 * Yields lines without their line feed, each valid until the next.
 *
 * @throws {DstreamError} When the provider does not get ready, or fails. When
 * the signal is aborted, its reason.
 */
export async function* readEnvelopes(
  options: ReadEnvelopesOptions,
): AsyncGenerator<Uint8Array, void> {
  const printable = createPrintable(options);
  const onEvent = (event: PipelineEvent) =>
    options.onEvent(printableEvent(event, printable));
  try {
    yield* readRaw({ ...options, onEvent }, printable);
  } catch (error) {
    throw printableError(error, printable);
  }
}

async function* readRaw(
  options: ReadEnvelopesOptions,
  printable: Printable,
): AsyncGenerator<Uint8Array, void> {
  const { task, resume } = options;
  const session = await InputSession.open({
    ...options,
    engine: plainEngine,
    printable,
    features: ["ack", "state", "schema"],
  }, resume);
  try {
    const saidEnd = yield* envelopes(session, { ...options, printable });
    if (!saidEnd) await judgeEnd(session, options);
  } finally {
    await session.end(task.shutdownGraceMs);
  }
}

type ReadingOptions =
  & Pick<SessionOptions, "signal" | "block" | "printable">
  & Pick<ReadEnvelopesOptions, "onSchema">;

/** @returns Whether it said that there is no more; else its stdout was closed. */
async function* envelopes(
  session: InputSession,
  options: ReadingOptions,
): AsyncGenerator<Uint8Array, boolean> {
  const hasRecords = session.agreement.version === 2;
  for (;;) {
    const lines = await unlessAborted(session.next(), options.signal);
    if (lines === undefined) break;
    for (let start = 0; start < lines.length;) {
      const end = lines.indexOf(LINE_FEED, start);
      const line = lines.subarray(start, end);
      if (hasRecords && isEnd(line, options)) return true;
      if (line[0] === ENVELOPE_START) yield line;
      start = end + 1;
    }
  }
  if (session.rest[0] === ENVELOPE_START && !hasRecords) yield session.rest;
  return false;
}

/** @throws {DstreamError} When it says that it can't go on. */
function isEnd(
  line: Uint8Array,
  options: ReadingOptions,
): boolean {
  if (line[0] !== RECORD_SEPARATOR) return false;
  const record = parseInputRecord(new TextDecoder().decode(line.subarray(1)));
  if (record !== undefined && "error" in record) {
    throw finalFailure(record.error, options);
  }
  if (record !== undefined && "schema" in record) {
    options.onSchema?.(record.schema);
  }
  return record !== undefined && "end" in record;
}

/** Its stdout is closed: was that its wish? */
async function judgeEnd(
  { process }: InputSession,
  { task, block, provider }: ReadEnvelopesOptions,
): Promise<void> {
  await process.exitsWithin(task.shutdownGraceMs);
  if (process.status === undefined || process.status.code === 0) return;
  throw await processFailure(
    "provider.input_failed",
    `input provider "${provider.name}" failed`,
    process,
    block,
  );
}
