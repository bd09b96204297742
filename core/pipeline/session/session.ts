/**
 * What the sessions with an input and with an output have in common.
 *
 * @module
 */

import type { ProviderBlock, Task } from "../../config/task.ts";
import { DstreamError, type ErrorCode } from "../../base/errors.ts";
import type { Clock, Spawner } from "../../ports/mod.ts";
import {
  type FinalFailure,
  formatStartLine,
  type Json,
  PROTOCOL_VERSION,
} from "../../protocol/mod.ts";
import type { Engine } from "../relay/engine.ts";
import type { SpoolDisk } from "../relay/spool_disk.ts";
import type { PipelineEvent } from "../events.ts";
import { HandshakeJudge } from "./handshake_judge.ts";
import { describeExit, ProviderProcess } from "./process.ts";
import type { ProviderLaunch } from "../run.ts";

/** What a session needs to begin. */
export interface SessionOptions {
  readonly task: Task;
  readonly runId: string;
  readonly block: ProviderBlock;
  readonly provider: ProviderLaunch;
  readonly engine: Engine;
  readonly clock: Clock;
  readonly spawner: Spawner;
  readonly onEvent: (event: PipelineEvent) => void;
  readonly printable: (text: string) => string;
  /** Where what an output holds back may lie; absent: in memory alone. */
  readonly spoolFolder?: string;
  /** The machine's own unless told. */
  readonly spoolDisk?: SpoolDisk;
  /** What is offered in version 2. */
  readonly features: readonly string[];
  /** Ends the waiting for `ready`. */
  readonly signal: AbortSignal;
}

/** Starts the process; its start line is not written yet. */
export function startProcess(options: SessionOptions): ProviderProcess {
  const { block, provider } = options;
  return new ProviderProcess({
    ...options,
    side: block.side,
    name: provider.name,
    label: block.label,
    launch: provider.launch,
  });
}

/** Whether version 2 is certain, certainly not, or open before the handshake. */
export function knownVersion(
  { block, provider }: Pick<SessionOptions, "block" | "provider">,
): 0 | 1 | 2 | undefined {
  return block.protocol ?? provider.knownVersion;
}

/** The first line for a `run`, line feed included. */
export function runLine(options: SessionOptions, resume?: Json): Uint8Array {
  return new TextEncoder().encode(startText(options, resume) + "\n");
}

function startText(options: SessionOptions, resume?: Json): string {
  const { task, block, runId, features } = options;
  const version = knownVersion(options);
  const configJson = block.config.json();
  if (version === 0) return configJson;
  if (version === 1) return formatStartLine({ command: "run", configJson });
  return formatStartLine({
    command: "run",
    configJson,
    protocol: {
      version: PROTOCOL_VERSION,
      features,
      window: {
        bytes: task.delivery.windowBytes,
        envelopes: task.delivery.windowEnvelopes,
      },
    },
    resume,
    task: { name: task.name, runId },
  });
}

/** As users know it in their task: its block's label, where it has one. */
export function nameOf(
  { block, provider }: Pick<SessionOptions, "block" | "provider">,
): string {
  return block.label ?? provider.name;
}

/** `input provider "counter"` */
export function describeProvider(
  session: Pick<SessionOptions, "block" | "provider">,
): string {
  return `${session.block.side} provider "${nameOf(session)}"`;
}

/** Judges the first lines of one process. */
export function createJudge(options: SessionOptions): HandshakeJudge {
  const { block, features } = options;
  const version = knownVersion(options);
  const isOffered = version === undefined || version === 2;
  return new HandshakeJudge({
    name: nameOf(options),
    block,
    offered: isOffered ? { features } : undefined,
    isKnownV2: version === 2,
  });
}

/** A line from before `ready` that is no part of the handshake, as a log line. */
export function logNoise(options: SessionOptions, line: Uint8Array): void {
  const { block, provider, printable, onEvent } = options;
  onEvent({
    kind: "provider_log",
    side: block.side,
    provider: provider.name,
    label: block.label,
    level: "info",
    message: printable(new TextDecoder().decode(line)),
    fields: {},
  });
}

/** Ends a process that was not ready in time, and says so. */
export async function notReady(
  options: SessionOptions,
  process: ProviderProcess,
): Promise<DstreamError> {
  process.kill();
  await process.logsRead();
  const { block } = options;
  const seconds = block.readyTimeoutMs / 1000;
  return new DstreamError(
    "provider.not_ready",
    `${describeProvider(options)} was not ready within ${seconds} s`,
    {
      at: block.sourceAt,
      details: [...process.lastLines],
      hint: "raise ready_timeout if it needs longer to start; set " +
        "protocol = 0 if it prints no handshake",
    },
  );
}

/** What an input said that can't go on, however often it is started. */
export function finalFailure(
  { message, path }: FinalFailure,
  { block, printable }: Pick<SessionOptions, "block" | "printable">,
): DstreamError {
  const at = path === undefined ? undefined : block.config.locate(path);
  return new DstreamError("provider.failed", printable(message), {
    at: at ?? block.sourceAt,
  });
}

/** A failure of a process that has ended, with its last words. */
export async function processFailure(
  code: ErrorCode,
  what: string,
  process: ProviderProcess,
  block: ProviderBlock,
): Promise<DstreamError> {
  await process.logsRead();
  const how = process.status === undefined
    ? ""
    : ` (${describeExit(process.status)})`;
  return new DstreamError(code, `${what}${how}`, {
    at: block.sourceAt,
    details: [...process.lastLines],
    hint: hintFor(process.lastLines),
  });
}

/** `env` names the interpreter it can't find with the carriage return in it. */
const WINDOWS_LINE_END = /\benv: .*(\\r|\r)['’]?: No such file/;

function hintFor(lastLines: readonly string[]): string | undefined {
  if (lastLines.length === 0) return "it wrote nothing to stderr";
  return lastLines.some((line) => WINDOWS_LINE_END.test(line))
    ? "the line ends of the script are those of Windows; it needs those of Unix"
    : undefined;
}
