/**
 * `init`, `plan`, `status`, `destroy`: one provider, one report, no stream
 * (protocol, section 7).
 *
 * @module
 */

import type { ProviderBlock, Task } from "../config/task.ts";
import { DstreamError } from "../base/errors.ts";
import type { Clock, Spawner } from "../ports/mod.ts";
import { type CommandName, formatStartLine } from "../protocol/mod.ts";
import { fastEngine } from "./relay/engine.ts";
import type { PipelineEvent } from "./events.ts";
import { HandshakeJudge } from "./session/handshake_judge.ts";
import { LeftoverGuard } from "./session/leftover.ts";
import {
  createPrintable,
  printableError,
  printableEvent,
  printableValue,
} from "./session/printable.ts";
import { ProviderProcess } from "./session/process.ts";
import { type ReportItem, ReportReader } from "./lifecycle_report.ts";
import type { ProviderLaunch, StopRequest } from "./run.ts";
import { processFailure } from "./session/session.ts";
import { TIMED_OUT, within } from "./wait.ts";
import { LineTooLongError, WholeLines } from "./relay/whole_lines.ts";

export type { Change, ReportItem } from "./lifecycle_report.ts";

/** Everything a lifecycle command needs from outside. */
export interface LifecycleOptions {
  readonly command: Exclude<CommandName, "run">;
  readonly task: Task;
  readonly block: ProviderBlock;
  readonly provider: ProviderLaunch;
  readonly runId: string;
  readonly clock: Clock;
  readonly spawner: Spawner;
  readonly onEvent: (event: PipelineEvent) => void;
  readonly secrets: ReadonlySet<string>;
  readonly isTerminal: boolean;
  readonly onStop: (stop: (request: StopRequest) => void) => () => void;
}

/** What the provider reported, in the order written. */
export interface LifecycleReport {
  readonly items: readonly ReportItem[];
  /** A `Failed` status in a result object: exit status 1. */
  readonly hasFailed: boolean;
}

/** The longest a lifecycle command may take. */
export const LIFECYCLE_LIMIT_MS = 5 * 60_000;

/**
 * Runs one lifecycle command.
 *
 * @throws {DstreamError} When the provider answers with an error, ends with
 * another status than 0, or takes longer than 5 minutes.
 */
export async function runLifecycle(
  options: LifecycleOptions,
): Promise<LifecycleReport> {
  const stopped = new AbortController();
  const unsubscribe = options.onStop(() =>
    stopped.abort(new DstreamError("run.stopped", "stopped by a signal"))
  );
  const printable = createPrintable(options);
  const onEvent = (event: PipelineEvent) =>
    options.onEvent(printableEvent(event, printable));
  try {
    const said = await report({ ...options, onEvent }, stopped.signal);
    return printableValue(said, printable);
  } catch (error) {
    throw printableError(error, printable);
  } finally {
    unsubscribe();
  }
}

async function report(
  options: LifecycleOptions,
  signal: AbortSignal,
): Promise<LifecycleReport> {
  refuseOldestForm(options);
  await using process = new ProviderProcess({
    ...options,
    side: options.block.side,
    name: options.provider.name,
    launch: options.provider.launch,
    printable: createPrintable(options),
  });
  process.write(startLine(options)).catch(() => {});
  process.closeStdin();
  const reading = readReport(options, process);
  reading.catch(() => {});
  const read = await within(reading, LIFECYCLE_LIMIT_MS, options.clock, signal);
  if (read === TIMED_OUT) throw tookTooLong(options);
  await within(process.exit, LIFECYCLE_LIMIT_MS, options.clock, signal);
  // A report that says what went wrong says more than the exit status.
  const isTold = read.hasFailed && read.items.length > 0;
  if (process.status?.code !== 0 && !isTold) {
    throw await failure(options, process);
  }
  return read;
}

/** An input or output of the oldest form would take any command for a run. */
function refuseOldestForm({ command, block }: LifecycleOptions): void {
  if (block.protocol !== 0) return;
  throw new DstreamError(
    "provider.no_lifecycle",
    `cannot ${command}: a provider with protocol = 0 only knows how to run`,
    { at: block.at },
  );
}

function startLine(options: LifecycleOptions): Uint8Array {
  const { command, block, task, runId } = options;
  const line = formatStartLine({
    command,
    configJson: block.config.json(),
    task: { name: task.name, runId },
  });
  return new TextEncoder().encode(line + "\n");
}

async function readReport(
  options: LifecycleOptions,
  process: ProviderProcess,
): Promise<LifecycleReport> {
  const { block, provider, clock } = options;
  using guard = new LeftoverGuard(process.exit, clock);
  const judge = new HandshakeJudge({
    name: provider.name,
    block,
    isKnownV2: false,
  });
  const reader = new ReportReader(judge, createPrintable(options));
  const lines = new WholeLines(fastEngine.openSource(process.stdout), {
    chunkBytes: 64 * 1024,
    maxLineBytes: options.task.maxLineBytes,
  });
  try {
    for (;;) {
      const chunk = await guard.read(lines.next());
      if (chunk === undefined) break;
      reader.push(chunk);
    }
  } catch (error) {
    throw error instanceof LineTooLongError ? lineTooLong(options) : error;
  }
  reader.push(lines.rest);
  return reader.report();
}

function lineTooLong({ provider, block }: LifecycleOptions): DstreamError {
  return new DstreamError(
    "protocol.line_too_long",
    `provider "${provider.name}" wrote a report line that is too long`,
    { at: block.sourceAt },
  );
}

function tookTooLong({ command, provider, block }: LifecycleOptions) {
  return new DstreamError(
    "provider.took_too_long",
    `${command} of provider "${provider.name}" took longer than ` +
      `${LIFECYCLE_LIMIT_MS / 60_000} minutes and was ended`,
    { at: block.sourceAt },
  );
}

function failure(options: LifecycleOptions, process: ProviderProcess) {
  const { command, provider, block } = options;
  return processFailure(
    "provider.lifecycle_failed",
    `${command} of provider "${provider.name}" failed`,
    process,
    block,
  );
}
