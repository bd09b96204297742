/**
 * A queue full of messages, for tests of inputs.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { Fixture } from "@dstream/sdk/testing";
import type { QueueOptions } from "./queue.ts";
import { message } from "./rhea.ts";
import { Server } from "./server.ts";

/** An input of a queue, and what the queue has still. */
export interface FullQueue extends Fixture {
  unconfirmed(): number;
}

/** A queue that holds so many messages. */
export async function withQueue(
  count: number,
  options: Partial<QueueOptions>,
  test: (fixture: FullQueue) => Promise<void>,
): Promise<void> {
  await using server = await Server.start();
  const queue = server.entities.addQueue("orders", options);
  for (let n = 1; n <= count; n++) {
    const body = message.data_section(Buffer.from(JSON.stringify({ n })));
    const session = options.requiresSession ? { group_id: `s${n % 3}` } : {};
    queue.put({ body, message_id: `m${n}`, ...session }, Date.now());
  }
  const { connectionString, adminEndpoint } = server;
  await test({
    config: {
      connection_string: connectionString,
      queue: "orders",
      admin_endpoint: adminEndpoint,
    },
    unconfirmed: () => queue.size,
  });
}
