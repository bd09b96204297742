/**
 * What the examples of providers need that is no file: a server, and the variables
 * that say where it is.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { delimiter, dirname } from "node:path";
import { type SingerName, singerProgram } from "../../scripts/setup/singer.ts";
import { Azurite } from "./azurite.ts";
import { EventHubsServer } from "./servicebus/event_hubs.ts";
import { message } from "./servicebus/rhea.ts";
import { needs } from "./needs.ts";
import { startMariaDb } from "./servers/mariadb.ts";
import { startKafka } from "./servers/kafka.ts";
import { Api, json, numbered } from "./rest/api.ts";
import { freePort } from "./free_port.ts";
import { Sender } from "./rest/sender.ts";
import { startPostgres } from "./servers/postgres.ts";
import { startVersitygw } from "./servers/versitygw.ts";
import { Server } from "./servicebus/server.ts";
import { TempFolder } from "./temp_folder.ts";

type Variables = Readonly<Record<string, string>>;
type Run = (env: Variables) => Promise<void>;

/** By the provider's folder. */
const SERVERS: Readonly<Record<string, (run: Run) => Promise<void>>> = {
  "kafka/input": withKafka,
  "kafka/output": withKafka,
  "mysql/output": withMariaDb,
  "postgres/input": withPostgres,
  "postgres/output": withPostgres,
  "singer/input": (run) => withSinger("tap-jsonl", run),
  "singer/output": (run) => withSinger("target-jsonl", run),
  "azure_blob/input": withAzurite,
  "azure_blob/output": withAzurite,
  "gcs/output": (run) => run({ GCS_HMAC_ID: "id", GCS_HMAC_SECRET: "secret" }),
  "gcs/input": (run) => run({ GCS_HMAC_ID: "id", GCS_HMAC_SECRET: "secret" }),
  "s3/input": withS3,
  "s3/output": withS3,
  "http/input": withSender,
  "http/output": withApi,
  "rest/input": withApi,
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

async function withApi(run: Run): Promise<void> {
  await using api = new Api(({ url }) => {
    const page = Number(url.searchParams.get("page") ?? 1);
    const Link = `<${url.pathname}?page=${page + 1}>; rel="next"`;
    return json(numbered(page * 2 - 1, page * 2), {
      headers: page < 2 ? { Link } : {},
    });
  });
  await run({ ORDERS_URL: api.endpoint, API_TOKEN: "a token" });
}

async function withSender(run: Run): Promise<void> {
  const listen = `127.0.0.1:${freePort()}`;
  await using _ = new Sender(`http://${listen}/`, ['{"hello":"world"}']);
  await run({ LISTEN: listen });
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

async function withMariaDb(run: Run): Promise<void> {
  if (!needs("mariadb")) return;
  await using server = await startMariaDb();
  await run({ DATABASE_URL: server.url });
}

async function withKafka(run: Run): Promise<void> {
  if (!needs("kafka")) return;
  await using server = await startKafka();
  await server.createTopic("orders", { partitions: 3 });
  await run({ KAFKA_SERVERS: server.bootstrap });
}

async function withAzurite(run: Run): Promise<void> {
  await using server = await Azurite.start();
  const { connectionString } = server;
  const { BlobServiceClient } = await import("@azure/storage-blob");
  await BlobServiceClient.fromConnectionString(connectionString)
    .createContainer("lake");
  await run({ AZURE_STORAGE_CONNECTION_STRING: connectionString });
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

/** With the program on PATH, and a file of orders. */
async function withSinger(name: SingerName, run: Run): Promise<void> {
  if (!needs("singer")) return;
  await using folder = await TempFolder.make({
    "orders.jsonl": '{"id": 1, "total": 12.50}\n{"id": 2, "total": 30}\n',
  });
  const programs = dirname(singerProgram(name));
  const PATH = [programs, Deno.env.get("PATH") ?? ""].join(delimiter);
  await run({ PATH, ORDERS_FILE: folder.join("orders.jsonl") });
}
