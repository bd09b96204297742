/**
 * `COPY … FROM STDIN` over a client of `pg`, with all of its text at once.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { Client } from "pg";

/** What of the driver's connection is used. */
interface Wire {
  query(sql: string): void;
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
}

/** @throws What the server says. */
export function copyIn(
  client: Client,
  sql: string,
  text: string,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const statement = {
      submit: (wire: Wire) => wire.query(sql),
      handleCopyInResponse(wire: Wire) {
        wire.sendCopyFromChunk(Buffer.from(text));
        wire.endCopyFrom();
      },
      handleError: reject,
      handleReadyForQuery: () => resolve(),
      handleRowDescription() {},
      handleDataRow() {},
      handleCommandComplete() {},
      handleEmptyQuery() {},
      handlePortalSuspended() {},
    };
    client.query(statement as never);
  });
}
