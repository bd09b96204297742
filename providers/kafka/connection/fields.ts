/**
 * The config keys that say how to reach a cluster.
 *
 * @module
 */

import {
  type Config,
  type ConfigProblem,
  duration,
  object,
  oneOf,
  secret,
  string,
} from "@dstream/sdk";
import { checkConnectionString, parseConnectionString } from "./event_hubs.ts";

/** What a broker may ask for. */
export const MECHANISMS = [
  "PLAIN",
  "SCRAM-SHA-256",
  "SCRAM-SHA-512",
  "OAUTHBEARER",
] as const;

const tls = object({
  caFile: string({
    doc: "The authorities that are trusted, PEM; left out, the system's",
    optional: true,
    example: "/etc/kafka/ca.pem",
  }),
  certFile: string({
    doc: "The client's certificate, PEM, for brokers that ask for one",
    optional: true,
    example: "client.crt",
  }),
  keyFile: string({
    doc: "The key of that certificate, PEM",
    optional: true,
    example: "client.key",
  }),
  keyPassword: secret({
    doc: "The password of that key",
    optional: true,
    example: '${env("KAFKA_KEY_PASSWORD")}',
  }),
  serverName: string({
    doc: "The name the brokers' certificate must have, where it isn't the " +
      "name they are reached by",
    optional: true,
    example: "broker.example.com",
  }),
}, {
  doc: "Encrypts; an empty block is enough where the authority is known: " +
    "ca_file, cert_file, key_file, key_password, server_name",
  optional: true,
  example: { ca_file: "/etc/kafka/ca.pem" },
});

const sasl = object({
  mechanism: oneOf(MECHANISMS, {
    doc: "As the brokers are set up",
    example: "SCRAM-SHA-512",
  }),
  username: string({ doc: "Who logs in", optional: true, example: "dstream" }),
  password: secret({
    doc: "The password of that user",
    optional: true,
    example: '${env("KAFKA_PASSWORD")}',
  }),
  token: secret({
    doc: "OAUTHBEARER: a token that is there already",
    optional: true,
    example: '${env("KAFKA_TOKEN")}',
  }),
  tokenUrl: string({
    doc: "OAUTHBEARER: where a token is got by client_id and client_secret, " +
      "anew before it expires",
    optional: true,
    example: "https://login.example.com/oauth2/token",
  }),
  clientId: string({
    doc: "Who gets the token",
    optional: true,
    example: "dstream",
  }),
  clientSecret: secret({
    doc: "The secret of that client",
    optional: true,
    example: '${env("KAFKA_CLIENT_SECRET")}',
  }),
  scope: string({
    doc: "What the token is for",
    optional: true,
    example: "kafka",
  }),
}, {
  doc: "Logs in: mechanism with username and password, or a token: token, or " +
    "token_url, client_id, client_secret, scope",
  optional: true,
  example: { mechanism: "SCRAM-SHA-512", username: "dstream" },
});

/** How a cluster is reached, wherever that was said. */
export interface Reached {
  readonly bootstrapServers: string;
  readonly tls: ConnectionConfig["tls"];
  readonly sasl: ConnectionConfig["sasl"];
}

/** What `connection_string` stands for is filled in. */
export function reachedBy(config: ConnectionConfig): Reached {
  const { bootstrapServers = "", connectionString, tls, sasl } = config;
  const hubs = parseConnectionString(connectionString ?? "");
  if (hubs === undefined) return { bootstrapServers, tls, sasl };
  return {
    bootstrapServers: hubs.bootstrapServers,
    tls: tls ?? ({} as ConnectionConfig["tls"]),
    sasl: hubs.sasl as ConnectionConfig["sasl"],
  };
}

/** Shared by the input and the output. */
export const connectionFields = {
  bootstrapServers: string({
    doc: "Brokers to begin with: host:port, several with commas between; the " +
      "others are learnt from them",
    optional: true,
    example: "broker-1:9092,broker-2:9092",
    pattern: {
      regexp: /^\s*[^\s,]+(\s*,\s*[^\s,]+)*\s*$/,
      says: "must be host:port, several with commas between",
    },
  }),
  connectionString: secret({
    doc: "Of Azure Event Hubs, instead of bootstrap_servers and sasl: its " +
      "namespace, reached by the Kafka protocol over TLS",
    optional: true,
    example: '${env("EVENTHUBS_CONNECTION_STRING")}',
  }),
  tls,
  sasl,
  clientId: string({
    doc: "The name in the brokers' logs and quotas",
    default: "dstream",
    pattern: {
      regexp: /^[A-Za-z0-9._-]+$/,
      says: "must be letters, digits, dots, underscores and hyphens",
    },
  }),
  connectTimeout: duration({
    doc: "How long to wait for a broker when connecting",
    default: "10s",
    min: 100,
    max: 600_000,
  }),
  requestTimeout: duration({
    doc: "How long to wait for a broker's answer",
    default: "30s",
    min: 1000,
    max: 600_000,
  }),
};

/** The values of these keys. */
export type ConnectionConfig = Config<typeof connectionFields>;

/** Mistakes in what these keys say together. */
export function* checkConnection(
  { bootstrapServers, connectionString, sasl, tls }: ConnectionConfig,
): Generator<ConfigProblem> {
  if ((bootstrapServers === undefined) === (connectionString === undefined)) {
    yield {
      path: "config.bootstrap_servers",
      message: bootstrapServers === undefined
        ? "bootstrap_servers is required"
        : "bootstrap_servers and connection_string exclude each other",
      hint: bootstrapServers === undefined
        ? "or connection_string, for Azure Event Hubs"
        : undefined,
    };
  }
  if (connectionString !== undefined) {
    yield* checkConnectionString(connectionString);
    if (sasl !== undefined) {
      yield {
        path: "config.sasl",
        message: "connection_string logs in already",
      };
    }
  }
  const wrong = splitServers(bootstrapServers ?? "")
    .find((each) => each !== "" && !isServer(each));
  if (wrong !== undefined) {
    yield {
      path: "config.bootstrap_servers",
      message: `bootstrap_servers has ${JSON.stringify(wrong)}, which is no ` +
        "host:port",
    };
  }
  if (sasl !== undefined) yield* checkSasl(sasl);
  if ((tls?.certFile === undefined) !== (tls?.keyFile === undefined)) {
    yield {
      path: "config.tls.cert_file",
      message: "cert_file and key_file come together",
    };
  }
}

function* checkSasl(
  sasl: NonNullable<ConnectionConfig["sasl"]>,
): Generator<ConfigProblem> {
  const { mechanism, username, password, token, tokenUrl } = sasl;
  if (mechanism !== "OAUTHBEARER") {
    if (username !== undefined && password !== undefined) return;
    yield {
      path: "config.sasl.username",
      message: `${mechanism} needs username and password`,
    };
  } else if ((token === undefined) === (tokenUrl === undefined)) {
    yield {
      path: "config.sasl.token",
      message: "OAUTHBEARER needs a token or a token_url, and not both",
    };
  }
}

/** `a:1, b:2` → `["a:1", "b:2"]`. */
export function splitServers(text: string): string[] {
  return text.split(",").map((each) => each.trim())
    .map((each) => each.replace(/^[A-Z_]+:\/\//, ""));
}

function isServer(text: string): boolean {
  const port = Number(/:(\d{1,5})$/.exec(text)?.[1] ?? 9092);
  const host = text.replace(/:\d*$/, "");
  return host !== "" && port > 0 && port < 65_536 && !/[/@]/.test(host);
}
