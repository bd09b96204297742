/**
 * Room for an output that holds back: it may keep more unacknowledged than a window
 * of memory has.
 *
 * @module
 */

import { join } from "node:path";
import { DstreamError } from "../../base/errors.ts";
import { Spool } from "../relay/spool.ts";
import { realSpoolDisk } from "../relay/spool_disk.ts";
import type { Agreement } from "../session/handshake_judge.ts";
import { nameOf, type SessionOptions } from "../session/session.ts";

/** Files that go when this is disposed. */
export interface OpenSpool extends Disposable {
  readonly files: Spool;
}

/**
 * @returns `undefined` for an output that needs no files.
 * @throws {DstreamError} `delivery.hold_too_large` where it would never be allowed to
 * hold as much as it says.
 */
export async function openSpool(
  options: SessionOptions,
  agreement: Agreement | undefined,
): Promise<OpenSpool | undefined> {
  if (agreement?.version !== 2) return undefined;
  const { spoolFolder, spoolDisk = realSpoolDisk, task, runId } = options;
  const { windowBytes, spoolBytes } = task.delivery;
  const wanted = 2 * (agreement.hold?.bytes ?? 0);
  const limit = spoolFolder === undefined ? 0 : spoolBytes ?? wanted;
  if (windowBytes + limit < wanted) throw tooLarge(options, wanted);
  if (limit === 0) return undefined;
  const parent = join(spoolFolder!, fileNameOf(nameOf(options)));
  const folder = await spoolDisk.open(parent, runId);
  const files = new Spool(folder, limit);
  return {
    files,
    [Symbol.dispose]: () => {
      files[Symbol.dispose]();
      folder[Symbol.dispose]();
    },
  };
}

/** A label may be any text. */
function fileNameOf(name: string): string {
  return encodeURIComponent(name).replaceAll(".", "%2E");
}

function tooLarge(options: SessionOptions, wanted: number): DstreamError {
  const mib = (bytes: number) => `${Math.ceil(bytes / 1024 / 1024)}MiB`;
  const { delivery } = options.task;
  return new DstreamError(
    "delivery.hold_too_large",
    `output provider "${nameOf(options)}" may hold back ${mib(wanted / 2)}, ` +
      "and window_bytes with spool_bytes have not twice as much",
    {
      at: options.block.sourceAt,
      hint: `set spool_bytes to ${
        mib(Math.max(0, wanted - delivery.windowBytes))
      } or more in the task's delivery block, or let the output hold less`,
    },
  );
}
