/**
 * What the examples of providers need that is no file: a server, and the variables
 * that say where it is.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { EventHubsServer } from "./servicebus/event_hubs.ts";
import { message } from "./servicebus/rhea.ts";
import { needs } from "./needs.ts";
import { startKafka } from "./servers/kafka.ts";
import { startPostgres } from "./servers/postgres.ts";
import { startVersitygw } from "./servers/versitygw.ts";
import { Server } from "./servicebus/server.ts";

type Variables = Readonly<Record<string, string>>;
type Run = (env: Variables) => Promise<void>;

/** By the provider's folder. */
const SERVERS: Readonly<Record<string, (run: Run) => Promise<void>>> = {
  "kafka/input": withKafka,
  "kafka/output": withKafka,
  "postgres/input": withPostgres,
  "postgres/output": withPostgres,
  "s3/output": withS3,
  "servicebus/input": withServiceBus,
  "servicebus/output": withServiceBus,
  "eventhubs/output": async (run) => {
    await using server = await EventHubsServer.start();
    await run({ EVENTHUBS_CONNECTION_STRING: server.connectionString });
  },
};

/** Runs an example with the server its folder needs, or with none. */
export async function withExampleServer(
  folder: string,
  run: Run,
): Promise<void> {
  const withServer = SERVERS[folder];
  if (withServer === undefined) await run({});
  else await withServer(run);
}

async function withServiceBus(run: Run): Promise<void> {
  await using server = await Server.start();
  const queue = server.entities.addQueue("orders");
  for (let n = 1; n <= 3; n++) {
    const body = message.data_section(Buffer.from(JSON.stringify({ n })));
    queue.put({ body }, Date.now());
  }
  await run({ SERVICEBUS_CONNECTION_STRING: server.connectionString });
}

async function withKafka(run: Run): Promise<void> {
  if (!needs("kafka")) return;
  await using server = await startKafka();
  await server.createTopic("orders", { partitions: 3 });
  await run({ KAFKA_SERVERS: server.bootstrap });
}

async function withS3(run: Run): Promise<void> {
  if (!needs("versitygw")) return;
  await using server = await startVersitygw();
  await server.makeBucket("lake");
  await run({
    S3_ENDPOINT: server.endpoint,
    AWS_ACCESS_KEY_ID: server.accessKeyId,
    AWS_SECRET_ACCESS_KEY: server.secretAccessKey,
  });
}

async function withPostgres(run: Run): Promise<void> {
  if (!needs("postgres")) return;
  await using server = await startPostgres({ wal_level: "logical" });
  await server.sql(
    "CREATE TABLE orders (id bigint PRIMARY KEY, total numeric(12, 2)); " +
      "INSERT INTO orders VALUES (1, 12.5), (2, 30)",
  );
  await run({ DATABASE_URL: server.url });
}
