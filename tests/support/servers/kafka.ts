/**
 * An Apache Kafka of a test's own: one process that is broker and controller.
 *
 * It takes some ten seconds to start, so one for all tests of a file is usual.
 *
 * @example
 * ```ts ignore
 * await using server = await startKafka();
 * await server.createTopic("orders", { partitions: 3 });
 * server.bootstrap; // "127.0.0.1:…"
 * ```
 *
 * @module
 */

import { join } from "node:path";
import { KAFKA_JARS } from "../../../scripts/setup/folders.ts";
import type { TempFolder } from "../temp_folder.ts";
import { runTool } from "../tools.ts";
import { type Certificates, makeCertificates } from "./certificates.ts";
import { type ServerProcess, startServer } from "./server_process.ts";

const USER = "dstream";
const PASSWORD = "p@ss:word/1";

const LOGIN_MODULES = "org.apache.kafka.common.security";

const SCRAM = `${LOGIN_MODULES}.scram.ScramLoginModule required;`;
/** Takes tokens that nobody has signed. */
const OAUTH = `${LOGIN_MODULES}.oauthbearer.OAuthBearerLoginModule required ` +
  'unsecuredLoginStringClaim_sub="broker";';

const LOGGING = `log4j.rootLogger=INFO, stdout
log4j.appender.stdout=org.apache.log4j.ConsoleAppender
log4j.appender.stdout.layout=org.apache.log4j.PatternLayout
log4j.appender.stdout.layout.ConversionPattern=[%d] %p %m (%c)%n
`;

/** Lines of server.properties, such as `{ "message.max.bytes": 1000 }`. */
export type KafkaSettings = Readonly<Record<string, string | number | boolean>>;

/** A running broker. */
export class Kafka implements AsyncDisposable {
  /** Of `saslBootstrap`, by PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512; OAUTHBEARER takes any unsigned token. */
  readonly user = USER;
  readonly password = PASSWORD;

  /**
   * @param process Stops, kills and starts it again; has its folder and log.
   * @param certificates Where it was started with TLS.
   */
  constructor(
    readonly process: ServerProcess,
    readonly certificates?: Certificates,
  ) {}

  /** Without a password. */
  get bootstrap(): string {
    return `127.0.0.1:${this.process.ports[0]}`;
  }

  /** With a password, without TLS. */
  get saslBootstrap(): string {
    return `127.0.0.1:${this.process.ports[1]}`;
  }

  /** With TLS and a client's certificate. */
  get tlsBootstrap(): string {
    return `127.0.0.1:${this.process.ports[3]}`;
  }

  /** With TLS and a password. */
  get saslTlsBootstrap(): string {
    return `127.0.0.1:${this.process.ports[4]}`;
  }

  /** Takes a second or two: it is a program of Java's. */
  async createTopic(
    name: string,
    { partitions = 1, settings = {} }: TopicOptions = {},
  ): Promise<void> {
    await this.tool("org.apache.kafka.tools.TopicCommand", [
      "--bootstrap-server",
      this.bootstrap,
      "--create",
      "--topic",
      name,
      "--partitions",
      String(partitions),
      "--replication-factor",
      "1",
      ...toLines(settings).flatMap((line) => ["--config", line]),
    ]);
  }

  /**
   * Runs one of Kafka's own tools by its class.
   * @param input What it reads from stdin.
   * @returns What it printed.
   */
  tool(
    className: string,
    args: readonly string[],
    input?: string,
  ): Promise<string> {
    const all = javaArgs("-Xmx128m", className, args);
    return runTool("java", all, { input });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process[Symbol.asyncDispose]();
  }
}

/** What a topic is made with. */
export interface TopicOptions {
  readonly partitions?: number;
  /** Such as `{ "cleanup.policy": "compact" }`. */
  readonly settings?: KafkaSettings;
}

/** How it is reached, besides by its plain listener and that with a password. */
export interface KafkaSecurity {
  /** Two more listeners, with certificates. */
  readonly withTls?: boolean;
  /** Who logs in by PLAIN at the one that wants a password, given its port. */
  readonly plainTlsLogin?: (
    port: number,
  ) => { readonly user: string; readonly password: string };
}

/** Ask `needs("kafka")` before. @throws When it isn't installed. */
export function startKafka(
  settings: KafkaSettings = {},
  security: KafkaSecurity = {},
): Promise<Kafka> {
  return startNode(settings, security, newClusterId());
}

const ALONE = {
  "offsets.topic.replication.factor": 1,
  "transaction.state.log.replication.factor": 1,
  "transaction.state.log.min.isr": 1,
};

/** Each message on three brokers, confirmed by two. */
const OF_THREE: KafkaSettings = {
  "default.replication.factor": 3,
  "min.insync.replicas": 2,
  "offsets.topic.replication.factor": 3,
  "transaction.state.log.replication.factor": 3,
  "transaction.state.log.min.isr": 2,
  // Noticed soon, also on a machine that is busy.
  "broker.session.timeout.ms": 6000,
  "controlled.shutdown.max.retries": 1,
};

/** Three brokers; the first is their controller, so it is not the one to kill. */
export class KafkaCluster implements AsyncDisposable {
  constructor(readonly brokers: readonly [Kafka, Kafka, Kafka]) {}

  get bootstrap(): string {
    return this.brokers.map(({ bootstrap }) => bootstrap).join();
  }

  /** By its id, from 1 on. */
  broker(id: number): Kafka {
    return this.brokers[id - 1];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const broker of this.brokers) await broker[Symbol.asyncDispose]();
  }
}

/** The same with three brokers, some 30 s. */
export async function startKafkaCluster(): Promise<KafkaCluster> {
  const id = newClusterId();
  const first = await startNode(OF_THREE, {}, id);
  const [, , controller] = first.process.ports;
  const more = (nodeId: number) =>
    startNode(
      {
        ...OF_THREE,
        "node.id": nodeId,
        "process.roles": "broker",
        "controller.quorum.voters": `1@127.0.0.1:${controller}`,
      },
      {},
      id,
    );
  const started = await Promise.allSettled([more(2), more(3)]);
  const [second, third] = started.map((each) =>
    each.status === "fulfilled" ? each.value : undefined
  );
  if (second !== undefined && third !== undefined) {
    return new KafkaCluster([first, second, third]);
  }
  for (const each of [first, second, third]) {
    await each?.[Symbol.asyncDispose]();
  }
  throw new Error("the other brokers did not start", { cause: started });
}

function newClusterId(): string {
  return crypto.getRandomValues(new Uint8Array(16))
    .toBase64({ alphabet: "base64url", omitPadding: true });
}

async function startNode(
  settings: KafkaSettings,
  { withTls = false, plainTlsLogin }: KafkaSecurity,
  clusterId: string,
): Promise<Kafka> {
  let certificates: Certificates | undefined;
  const process = await startServer({
    name: "Kafka",
    portCount: 5,
    prepare: async (folder, ports) => {
      if (withTls) certificates = await makeCertificates(folder);
      const login = plainTlsLogin === undefined
        ? {}
        : plainOnTls(plainTlsLogin(ports[4]));
      await format(
        folder,
        ports,
        { ...login, ...settings },
        clusterId,
        certificates,
      );
    },
    command: (folder) => ({
      program: "java",
      args: [
        `-Dlog4j.configuration=file:${folder.join("log4j.properties")}`,
        ...javaArgs("-Xmx512m", "kafka.Kafka", [folder.join("properties")]),
      ],
    }),
    isReady: async (server) =>
      (await server.log()).includes("Kafka Server started"),
  });
  return new Kafka(process, certificates);
}

function plainOnTls(
  { user, password }: { readonly user: string; readonly password: string },
): KafkaSettings {
  return {
    "listener.name.sasl_ssl.plain.sasl.jaas.config":
      `${LOGIN_MODULES}.plain.PlainLoginModule required ` +
      `user_${user}="${password}";`,
    "listener.name.sasl_ssl.sasl.enabled.mechanisms": "PLAIN",
  };
}

/** Writes the folder's id and the users of SCRAM before the first start. */
async function format(
  folder: TempFolder,
  ports: readonly number[],
  settings: KafkaSettings,
  clusterId: string,
  certificates: Certificates | undefined,
): Promise<void> {
  const tls = certificates === undefined
    ? {}
    : await tlsSettings(folder, ports, certificates);
  const all: Record<string, string | number | boolean> = {
    ...usual(folder, ports),
    ...tls,
    ...settings,
  };
  if (all["process.roles"] === "broker") {
    // Who is no controller must not name its listener.
    all.listeners = all["advertised.listeners"];
  }
  const properties = toLines(all);
  const file = await folder.write("properties", properties.join("\n"));
  await folder.write("log4j.properties", LOGGING);
  const users = ["SCRAM-SHA-256", "SCRAM-SHA-512"].flatMap((mechanism) => [
    "--add-scram",
    `${mechanism}=[name=${USER},password=${PASSWORD}]`,
  ]);
  await runTool(
    "java",
    javaArgs("-Xmx128m", "kafka.tools.StorageTool", [
      "format",
      "--config",
      file,
      `--cluster-id=${clusterId}`,
      ...users,
    ]),
  );
}

/** Two more listeners: one wants a certificate, one a password. */
async function tlsSettings(
  folder: TempFolder,
  ports: readonly number[],
  { authority, server, serverKey }: Certificates,
): Promise<KafkaSettings> {
  const { listeners, "advertised.listeners": advertised } = usual(
    folder,
    ports,
  );
  const more = `SSL://127.0.0.1:${ports[3]},SASL_SSL://127.0.0.1:${ports[4]}`;
  const texts = [serverKey, server].map((path) => Deno.readTextFile(path));
  const store = await folder.write(
    "keystore.pem",
    (await Promise.all(texts)).join(""),
  );
  return {
    "listeners": `${listeners},${more}`,
    "advertised.listeners": `${advertised},${more}`,
    "listener.security.protocol.map": "CONTROLLER:PLAINTEXT," +
      "PLAINTEXT:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,SSL:SSL," +
      "SASL_SSL:SASL_SSL",
    "ssl.keystore.type": "PEM",
    "ssl.keystore.location": store,
    "ssl.truststore.type": "PEM",
    "ssl.truststore.location": authority,
    "listener.name.ssl.ssl.client.auth": "required",
    "listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config": SCRAM,
    "listener.name.sasl_ssl.sasl.enabled.mechanisms": "SCRAM-SHA-256",
  };
}

function usual(
  folder: TempFolder,
  [plain, sasl, controller]: readonly number[],
): KafkaSettings {
  const listeners = [
    `PLAINTEXT://127.0.0.1:${plain}`,
    `SASL_PLAINTEXT://127.0.0.1:${sasl}`,
  ];
  return {
    "process.roles": "broker,controller",
    "node.id": 1,
    "log.dirs": folder.join("data"),
    "listeners": [...listeners, `CONTROLLER://127.0.0.1:${controller}`].join(),
    "advertised.listeners": listeners.join(),
    "listener.security.protocol.map": "CONTROLLER:PLAINTEXT," +
      "PLAINTEXT:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT",
    "controller.listener.names": "CONTROLLER",
    "controller.quorum.voters": `1@127.0.0.1:${controller}`,
    "inter.broker.listener.name": "PLAINTEXT",
    "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER",
    "listener.name.sasl_plaintext.oauthbearer.sasl.jaas.config": OAUTH,
    "listener.name.sasl_plaintext.plain.sasl.jaas.config":
      `${LOGIN_MODULES}.plain.PlainLoginModule required ` +
      `user_${USER}="${PASSWORD}";`,
    "listener.name.sasl_plaintext.scram-sha-256.sasl.jaas.config": SCRAM,
    "listener.name.sasl_plaintext.scram-sha-512.sasl.jaas.config": SCRAM,
    "auto.create.topics.enable": false,
    "offsets.topic.num.partitions": 1,
    "transaction.state.log.num.partitions": 1,
    ...ALONE,
    "group.initial.rebalance.delay.ms": 0,
    "group.coordinator.rebalance.protocols": "classic,consumer",
  };
}

function toLines(settings: KafkaSettings): string[] {
  return Object.entries(settings).map(([name, value]) => `${name}=${value}`);
}

function javaArgs(
  memory: string,
  className: string,
  args: readonly string[],
): string[] {
  return [
    memory,
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-cp",
    join(KAFKA_JARS, "*"),
    className,
    ...args,
  ];
}
