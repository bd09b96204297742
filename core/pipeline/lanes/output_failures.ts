/**
 * How an output can end, in words.
 *
 * @module
 */

import type { ProviderBlock } from "../../config/task.ts";
import { DstreamError } from "../../base/errors.ts";
import type { Agreement } from "../session/handshake_judge.ts";

/** Whose failure it is. */
export interface FailedOutput {
  /** As users know it. */
  readonly name: string;
  readonly block: ProviderBlock;
}

/** It has read everything and ended well, and not one word of it was an ack. */
export function neverAcknowledged(
  { name, block }: FailedOutput,
  inFlight: number,
): DstreamError {
  return new DstreamError(
    "protocol.never_acknowledged",
    `output provider "${name}" ended well but acknowledged none of ` +
      `${inFlight} envelopes`,
    {
      at: block.sourceAt,
      hint:
        'an output of version 2 writes the byte 0x1E and {"ack":N} when the ' +
        "first N lines are durable; answer version 1 to go without",
    },
  );
}

/** @throws {DstreamError} When the one that comes back speaks otherwise. */
export function refuseAnother(
  { name, block }: FailedOutput,
  before: Agreement | undefined,
  agreement: Agreement,
): void {
  if (before === undefined) return;
  const isSame = before.version === agreement.version &&
    String(before.features) === String(agreement.features);
  if (isSame) return;
  throw new DstreamError(
    "provider.changed",
    `output provider "${name}" came back with protocol version ` +
      `${agreement.version} instead of ${before.version}, or other features`,
    { at: block.sourceAt },
  );
}

/** The same failure, with the one envelope that was there at every death. */
export function eachTimeAt(
  failure: DstreamError,
  position: number,
): DstreamError {
  const { code, message, at, details, hint } = failure;
  return new DstreamError(
    code,
    `${message}, each time at envelope ${position}`,
    {
      at,
      details,
      hint,
      cause: failure,
    },
  );
}
