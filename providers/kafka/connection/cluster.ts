/**
 * The brokers of a cluster: connections, which version of a request they know, and
 * who leads which partition.
 *
 * Nothing is tried again here; whoever asks knows how long it is worth it.
 *
 * @module
 */

import type { Logger } from "@dstream/sdk";
import { type ConnectionConfig, reachedBy, splitServers } from "./fields.ts";
import { connectFailure } from "./failure.ts";
import { type Connection, type Library, loadLibrary } from "./library.ts";
import { saslOptions, tlsOptions } from "./login.ts";
import { errorName } from "./protocol_error.ts";

const DEFAULT_PORT = 9092;

type Options = ConstructorParameters<typeof Library.Connection>[1];

/** Where a broker listens. */
interface Address {
  readonly host: string;
  readonly port: number;
}

/** What is known of a topic. */
export interface TopicInfo {
  readonly name: string;
  /** The leader's id by partition; -1 where there is none now. */
  readonly leaders: readonly number[];
  readonly replicationFactor: number;
  /** As the newer group protocol names it. */
  readonly id: string;
}

/** A request of the library, in one version. */
interface Api {
  (connection: Connection, ...args: unknown[]): void;
  readonly version: number;
}

/** What a request takes and gives, by its name; only what is used. */
interface MetadataResponse {
  readonly brokers: readonly (Address & { readonly nodeId: number })[];
  readonly clusterId?: string | null;
  readonly controllerId: number;
  readonly topics: readonly {
    readonly errorCode: number;
    readonly name: string;
    readonly topicId?: string;
    readonly isInternal: boolean;
    readonly partitions: readonly {
      readonly partitionIndex: number;
      readonly leaderId: number;
      readonly replicaNodes: readonly number[];
    }[];
  }[];
}

/**
 * Requests of different purposes don't wait for each other; those of `group` are
 * answered when all members have come.
 */
export type Purpose = "control" | "produce" | "fetch" | "group";

/** Newer ones are for brokers, or for clients that leave out other requests. */
const NEWEST_OF_CLIENTS: Readonly<Record<string, number>> = {
  AddPartitionsToTxn: 3,
  EndTxn: 4,
  TxnOffsetCommit: 4,
};

/** Longer than any rebalance takes. */
const GROUP_TIMEOUT_MS = 660_000;

/** An opened cluster. */
export class Cluster implements AsyncDisposable {
  readonly library: typeof Library;
  readonly log: Logger;
  readonly #config: ConnectionConfig;
  readonly #options: Options;
  readonly #connections = new Map<string, Promise<Connection>>();
  readonly #brokers = new Map<number, Address>();
  readonly #topics = new Map<string, TopicInfo>();
  readonly #versions = new Map<string, { min: number; max: number }>();
  #controllerId = -1;
  #id = "";
  #isClosed = false;

  private constructor(
    library: typeof Library,
    config: ConnectionConfig,
    log: Logger,
    options: Options,
  ) {
    this.library = library;
    this.log = log;
    this.#config = config;
    this.#options = options;
  }

  /**
   * Connects to the first broker that answers.
   * @throws {ConfigError} For a wrong login or certificate.
   * @throws {DstreamError} `kafka.unreachable`
   */
  static async open(config: ConnectionConfig, log: Logger): Promise<Cluster> {
    const reached = reachedBy(config);
    const tls = await tlsOptions(reached);
    const sasl = saslOptions(reached);
    const options = {
      connectTimeout: config.connectTimeout,
      requestTimeout: config.requestTimeout,
      ...(tls !== undefined && { tls }),
      ...(sasl !== undefined && { sasl }),
    } as Options;
    const cluster = new Cluster(await loadLibrary(), config, log, options);
    try {
      await cluster.#learnVersions();
      await cluster.refresh([]);
      return cluster;
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw connectFailure(reached.bootstrapServers, error);
    }
  }

  /** As the brokers call it; "" where they don't. */
  get id(): string {
    return this.#id;
  }

  /** The ids of all brokers. */
  get brokerIds(): number[] {
    return [...this.#brokers.keys()];
  }

  /** Who makes and removes topics. */
  get controllerId(): number {
    return this.#controllerId;
  }

  /** What is known of a topic, without asking. */
  topic(name: string): TopicInfo | undefined {
    return this.#topics.get(name);
  }

  /** Whether the brokers know a request, and how new. */
  maxVersion(name: string): number {
    return this.#versions.get(name)?.max ?? -1;
  }

  /** What is known of the topic of that id, without asking. */
  topicOfId(id: string): TopicInfo | undefined {
    return this.#topics.values().find((topic) => topic.id === id);
  }

  /**
   * Asks who leads these topics; never makes one.
   * @returns Those that are there; of null, all.
   */
  async refresh(names: readonly string[] | null): Promise<TopicInfo[]> {
    const response = await this.ask<MetadataResponse>(
      "any",
      "Metadata",
      [names, false, false],
    );
    for (const { nodeId, host, port } of response.brokers) {
      this.#brokers.set(nodeId, { host, port });
    }
    this.#controllerId = response.controllerId;
    this.#id = response.clusterId ?? "";
    const found: TopicInfo[] = [];
    for (const topic of response.topics) {
      const info = toInfo(topic);
      if (info === undefined) {
        if (errorName(topic.errorCode) === "TOPIC_AUTHORIZATION_FAILED") {
          this.log.debug("a topic may not be seen", { topic: topic.name });
        }
        this.#topics.delete(topic.name);
        continue;
      }
      this.#topics.set(info.name, info);
      if (names !== null || !topic.isInternal) found.push(info);
    }
    return found;
  }

  /**
   * One request of the library in the newest version both sides know. An answer
   * that says what is wrong is an answer: look at its error codes.
   *
   * @param broker Its id, or any that answers.
   */
  async ask<T>(
    broker: number | "any",
    name: string,
    args: readonly unknown[],
    purpose: Purpose = "control",
  ): Promise<T> {
    const api = this.#api(name);
    const connection = await this.connection(broker, purpose);
    return await new Promise<T>((resolve, reject) => {
      api(connection, ...args, (error: unknown, answer: T) => {
        const { response } = (error ?? {}) as { response?: T };
        if (!error) resolve(answer);
        else if (response !== undefined) resolve(response);
        else reject(error);
      });
    });
  }

  /** A connection to a broker that is ready to be used. */
  async connection(
    broker: number | "any",
    purpose: Purpose = "control",
  ): Promise<Connection> {
    if (broker !== "any") {
      const address = this.#brokers.get(broker);
      if (address === undefined) {
        throw new Error(`Connection to broker ${broker}: it is not known`);
      }
      return await this.#connect(address, purpose);
    }
    let failure: unknown;
    for (const address of this.#candidates()) {
      try {
        return await this.#connect(address, purpose);
      } catch (error) {
        failure ??= error;
      }
    }
    throw failure;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    const connections = [...this.#connections.values()];
    this.#connections.clear();
    for (const each of connections) {
      const connection = await each.catch(() => undefined);
      connection?.socket?.destroy();
    }
  }

  /** Those in the config first, as they may be a balancer's address. */
  #candidates(): Address[] {
    const first = splitServers(reachedBy(this.#config).bootstrapServers).map(
      (text) => {
        const [, host, port] = /^(.*?)(?::(\d+))?$/.exec(text)!;
        return {
          host: host.replace(/^\[(.*)\]$/, "$1"),
          port: Number(port ?? DEFAULT_PORT),
        };
      },
    );
    return [...first, ...this.#brokers.values()];
  }

  #connect(address: Address, purpose: Purpose): Promise<Connection> {
    const key = `${purpose} ${address.host}:${address.port}`;
    const existing = this.#connections.get(key);
    if (existing !== undefined) return existing;
    if (this.#isClosed) throw new Error("Connection closed");
    const link: { connecting?: Promise<Connection> } = {};
    const options = purpose === "group"
      ? { ...this.#options, requestTimeout: GROUP_TIMEOUT_MS }
      : this.#options;
    link.connecting = this.#open(address, options, () => {
      if (this.#connections.get(key) === link.connecting) {
        this.#connections.delete(key);
      }
    });
    this.#connections.set(key, link.connecting);
    return link.connecting;
  }

  async #open(
    { host, port }: Address,
    options: Options,
    forget: () => void,
  ): Promise<Connection> {
    const { Connection } = this.library;
    const connection = new Connection(this.#config.clientId, options);
    await undefined; // it is in the list before it can be taken out
    // Without a listener an error event would end the process.
    connection.on("error", forget);
    connection.on("close", forget);
    connection.on("closing", forget);
    try {
      await connection.connect(host, port);
    } catch (error) {
      forget();
      connection.socket?.destroy();
      throw error;
    }
    // It says nothing when a request has taken too long: the socket does.
    connection.socket.on("close", forget);
    return connection;
  }

  async #learnVersions(): Promise<void> {
    const { apiVersionsV1, protocolAPIsById } = this.library;
    const connection = await this.connection("any");
    const { apiKeys } = await apiVersionsV1.api.async(
      connection,
      "dstream",
      "1",
    );
    for (const { apiKey, minVersion, maxVersion } of apiKeys) {
      const name = protocolAPIsById[apiKey as keyof typeof protocolAPIsById];
      this.#versions.set(name, { min: minVersion, max: maxVersion });
    }
  }

  #api(name: string): Api {
    const known = this.#versions.get(name);
    if (known === undefined) {
      throw new Error(`the brokers don't know the request ${name}`);
    }
    const prefix = name[0].toLowerCase() + name.slice(1);
    const library = this.library as unknown as Record<
      string,
      { readonly api: Api } | undefined
    >;
    const newest = Math.min(known.max, NEWEST_OF_CLIENTS[name] ?? known.max);
    for (let version = newest; version >= known.min; version--) {
      const found = library[`${prefix}V${version}`];
      if (found !== undefined) return found.api;
    }
    throw new Error(
      `the brokers know the request ${name} only from version ${known.min} ` +
        `to ${known.max}`,
    );
  }
}

function toInfo(
  { name, errorCode, partitions, topicId = "" }:
    MetadataResponse["topics"][number],
): TopicInfo | undefined {
  // A topic without a leader for a moment is there all the same.
  const isThere = errorCode === 0 ||
    errorName(errorCode) === "LEADER_NOT_AVAILABLE";
  if (!isThere || partitions.length === 0) return undefined;
  const leaders: number[] = [];
  for (const { partitionIndex, leaderId } of partitions) {
    leaders[partitionIndex] = leaderId;
  }
  const replicationFactor = partitions[0].replicaNodes.length;
  return { name, leaders, replicationFactor, id: topicId };
}
