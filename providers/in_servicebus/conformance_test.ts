import { Buffer } from "node:buffer";
import { type Fixture, fromSource, testInput } from "@dstream/sdk/testing";
import type { QueueOptions } from "../../tests/support/servicebus/queue.ts";
import { message } from "../../tests/support/servicebus/rhea.ts";
import { Server } from "../../tests/support/servicebus/server.ts";

const subject = fromSource(new URL("./main.ts", import.meta.url));
const COUNT = 60;
const MANY = 3000;

/** A queue that holds so many messages. */
async function withQueue(
  count: number,
  options: Partial<QueueOptions>,
  test: (fixture: Fixture) => Promise<void>,
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
  });
}

testInput({
  name: "servicebus input",
  subject,
  finite: (test) =>
    withQueue(
      COUNT,
      {},
      ({ config }) =>
        test({ config: { ...config, max_messages: COUNT }, count: COUNT }),
    ),
  endless: (test) => withQueue(MANY, {}, test),
});

testInput({
  name: "servicebus input with sessions",
  subject,
  finite: (test) =>
    withQueue(
      COUNT,
      { requiresSession: true },
      ({ config }) =>
        test({ config: { ...config, max_messages: COUNT }, count: COUNT }),
    ),
  endless: (test) => withQueue(MANY, { requiresSession: true }, test),
});
