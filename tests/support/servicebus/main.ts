/**
 * The test server as a process of its own, for tests that kill what is around it.
 *
 *   deno run -A tests/support/servicebus/main.ts '{"queues":{"orders":{}}}'
 *
 * Prints one line, `{"connectionString":"…","adminEndpoint":"…"}`, and ends when
 * its stdin does.
 *
 * @module
 */

import type { QueueOptions } from "./queue.ts";
import { Server, type ServerOptions } from "./server.ts";

/** What the server holds at the start. */
export interface Setup extends ServerOptions {
  readonly queues?: Readonly<Record<string, Partial<QueueOptions>>>;
  readonly topics?: Readonly<Record<string, readonly string[]>>;
}

async function main(setup: Setup): Promise<void> {
  await using server = await Server.start(setup);
  for (const [name, options] of Object.entries(setup.queues ?? {})) {
    server.entities.addQueue(name, options);
  }
  for (const [name, subscriptions] of Object.entries(setup.topics ?? {})) {
    server.entities.addTopic(name, subscriptions);
  }
  const { connectionString, adminEndpoint } = server;
  console.log(JSON.stringify({ connectionString, adminEndpoint }));
  for await (const _ of Deno.stdin.readable); // whoever started it is gone
}

if (import.meta.main) await main(JSON.parse(Deno.args[0] ?? "{}"));
