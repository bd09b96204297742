/**
 * The run's own remarks, in words.
 *
 * @module
 */

import type { Side } from "../config/task.ts";
import type { DstreamError } from "../base/errors.ts";
import type { PipelineEvent } from "./events.ts";
import type { Restart } from "./lanes/restart.ts";
import type { SessionOptions } from "./session/session.ts";

type Notice = Extract<PipelineEvent, { kind: "notice" }>;

function warning(
  code: Notice["code"],
  message: string,
  hint?: string,
): Notice {
  return { kind: "notice", level: "warn", code, message, hint };
}

/** An output without acknowledgements: said once, at the start. */
export function notAcknowledged(output: string): Notice {
  return warning(
    "delivery.not_acknowledged",
    `output provider "${output}" does not acknowledge: what is written to its ` +
      "pipe counts as delivered",
    "a provider of protocol version 2 loses nothing",
  );
}

/** Lines that are no envelopes: said once, at the first. */
export function strayLines(input: string): Notice {
  return warning(
    "protocol.stray_lines",
    `input provider "${input}" writes lines to stdout that are no envelopes; ` +
      "they are taken out and logged",
    'an envelope is one line that begins with {, such as {"data":{"id":1}}; log ' +
      "lines belong on stderr",
  );
}

/** Bytes that are no text, between the envelopes or instead: said once. */
export function notText(input: string): Notice {
  return warning(
    "protocol.stray_lines",
    `input provider "${input}" writes bytes to stdout that are no text; they are ` +
      "taken out, and not shown",
    'it should write envelopes, one line each, such as {"data":{"id":1}}',
  );
}

/** An input that is through and stays. */
export function inputLingers(input: string, graceMs: number): Notice {
  return warning(
    "provider.input_lingers",
    `input provider "${input}" did not end by itself within ` +
      `${graceMs / 1000} s; it is ended`,
  );
}

/** The stream ended within a line. Its text is never shown: it may be a secret. */
export function halfLine(input: string, lengthBytes: number): Notice {
  return warning(
    "protocol.half_line",
    `input provider "${input}" ended within a line; its ${lengthBytes} bytes ` +
      "are dropped",
  );
}

/** An output that takes nothing to its end any more. */
export function stuck(output: string, forMs: number, waiting: number): Notice {
  const what = waiting === 0
    ? "has acknowledged everything and not ended"
    : "has acknowledged nothing";
  const rest = waiting === 0 ? "" : `; ${waiting} envelopes wait`;
  return warning(
    "delivery.stuck",
    `output provider "${output}" ${what} for ${forMs / 1000} s${rest}`,
  );
}

/** The disk takes no more of what doesn't fit into memory: said once. */
export function spoolFull(output: string, error: unknown): Notice {
  const why = error instanceof Error ? error.message : String(error);
  return warning(
    "delivery.spool_full",
    `the spool of output provider "${output}" takes no more: ${why}`,
    "the inputs wait until it has acknowledged; nothing is lost",
  );
}

/** `ack_timeout` is over. */
export function ackTimeout(output: string, timeoutMs: number): Notice {
  return warning(
    "delivery.ack_timeout",
    `output provider "${output}" has acknowledged nothing for ` +
      `${timeoutMs / 1000} s, which is its ack_timeout: it is killed`,
  );
}

/** A provider has died and gets another chance. */
export function restarting(
  side: Side,
  { block, provider }: Pick<SessionOptions, "block" | "provider">,
  failure: DstreamError,
  restart: Restart,
): PipelineEvent {
  return {
    kind: "restarting",
    side,
    provider: provider.name,
    label: block.label,
    message: failure.message,
    lastLines: failure.details,
    ...restart,
  };
}
