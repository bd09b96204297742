/**
 * An Event Hubs namespace for tests: one hub per name that is sent to, each with
 * a few partitions, which can be read back.
 *
 * Enough for producers and consumers of the Azure client; nothing is ever deleted,
 * consumer groups all see everything.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { decodeMessage, encodeMessage, withBytes } from "./bare_message.ts";
import { startPlace } from "./event_position.ts";
import { Faults, QUOTA_EXCEEDED } from "./faults.ts";
import {
  type Amqp,
  bytesOfMessage,
  closeListener,
  createContainer,
  OPEN,
  pathOf,
  type Refusal,
  refuseLink,
  types,
  wholeError,
} from "./rhea.ts";
import { echoTermini, isRequestNode } from "./senders.ts";

const PARTITIONS = ["0", "1", "2", "3"];
const PARTITION_KEY = "x-opt-partition-key";

const ENQUEUED = Symbol("enqueued");
const READ_FROM = /^(.*)\/ConsumerGroups\/.*\/Partitions\/([^/]+)$/i;

/** One event as it lies in a partition, as rhea decodes it. */
export type StoredEvent = Amqp;

export class EventHubsServer implements AsyncDisposable {
  readonly faults: Faults = new Faults();
  maxMessageBytes: number;
  /** How many events each send held, in order. */
  readonly sends: number[] = [];
  readonly #partitions = new Map<string, StoredEvent[]>();
  readonly #readers = new Set<Amqp>();
  readonly #connections = new Set<Amqp>();
  readonly #listener: Amqp;
  #next = 0;

  private constructor(listener: Amqp, maxMessageBytes: number) {
    this.#listener = listener;
    this.maxMessageBytes = maxMessageBytes;
  }

  static async start(maxMessageBytes = 1024 * 1024): Promise<EventHubsServer> {
    const container = createContainer("eventhubs");
    const listener = container.listen({
      ...OPEN,
      port: 0,
      host: "127.0.0.1",
      receiver_options: { autoaccept: false },
    });
    await new Promise((resolve) => listener.once("listening", resolve));
    const server = new EventHubsServer(listener, maxMessageBytes);
    server.#serve(container);
    return server;
  }

  get connectionString(): string {
    return `Endpoint=sb://127.0.0.1:${this.#listener.address().port};` +
      "SharedAccessKeyName=test;SharedAccessKey=dGVzdA==;" +
      "UseDevelopmentEmulator=true";
  }

  /** The events of a hub by partition, in order. */
  events(hub: string): StoredEvent[][] {
    return PARTITIONS.map((id) => this.#partition(hub, id));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { socket } of this.#connections) socket?.destroy();
    await closeListener(this.#listener);
  }

  #serve(container: Amqp): void {
    const replies = new Map<string, Amqp>();
    let count = 0;
    container.on("connection_open", ({ connection }: Amqp) => {
      connection.number = ++count;
      this.#connections.add(connection);
    });
    container.on("disconnected", ({ connection }: Amqp) => {
      this.#connections.delete(connection);
      for (const reader of this.#readers) {
        if (reader.connection === connection) this.#readers.delete(reader);
      }
    });
    container.on("sender_open", ({ sender, connection }: Amqp) => {
      const path = pathOf(sender.source?.address);
      if (!isRequestNode(path)) return this.#acceptReader(sender, path);
      echoTermini(sender);
      for (const name of [sender.target?.address, sender.name, path]) {
        replies.set(`${connection.number} ${name}`, sender);
      }
    });
    container.on("sender_close", ({ sender }: Amqp) => {
      this.#readers.delete(sender);
    });
    container.on("sendable", () => this.#pump());
    container.on("receiver_open", ({ receiver }: Amqp) => {
      const path = pathOf(receiver.target?.address);
      const refusal = isRequestNode(path)
        ? undefined
        : this.faults.onLink() ?? noSuchPartition(path);
      if (refusal !== undefined) return refuseLink(receiver, refusal);
      receiver.local.attach.max_message_size = this.maxMessageBytes;
      echoTermini(receiver);
    });
    container.on("message", (context: Amqp) => {
      const { receiver, delivery, connection, message: request } = context;
      const path = pathOf(receiver.target?.address);
      if (!isRequestNode(path)) {
        return this.faults.whenGoing(() => this.#take(path, context));
      }
      delivery.accept();
      replies.get(`${connection.number} ${request.reply_to ?? path}`)
        ?.send(this.#answer(path, request));
    });
  }

  #acceptReader(sender: Amqp, path: string): void {
    const refusal = noSuchPartition(path);
    if (refusal !== undefined) return refuseLink(sender, refusal);
    const [, hub, id] = READ_FROM.exec(path)!;
    const { filter } = sender.remote.attach.source;
    const events = this.#partition(hub, id);
    const times = events.map((event) => event[ENQUEUED]);
    sender.place = startPlace(filter, times);
    sender.events = events;
    echoTermini(sender);
    this.#readers.add(sender);
  }

  #take(address: string, context: Amqp): void {
    const { delivery, message: sent, connection, receiver } = context;
    const fate = this.faults.onSend();
    if (fate === "drop") return connection.socket.destroy();
    if (fate === "detach") return receiver.close(wholeError(QUOTA_EXCEEDED));
    if (typeof fate === "object") return delivery.reject(wholeError(fate));
    const isBatch = Boolean(delivery.format);
    const bytes = isBatch ? sent : bytesOfMessage(sent);
    if (bytes.length > this.maxMessageBytes) {
      return delivery.reject(wholeError({
        condition: "amqp:link:message-size-exceeded",
        description: `The message (size:${bytes.length} bytes) exceeds the ` +
          "limit.",
      }));
    }
    const batch = isBatch ? decodeMessage(sent) : withBytes(sent, bytes);
    const parts = isBatch ? partsOf(batch).map(decodeMessage) : [batch];
    const now = Date.now();
    this.#choosePartition(address, batch)
      .push(...parts.map((part) => ({ ...part, [ENQUEUED]: now })));
    this.sends.push(parts.length);
    if (fate === "take, then drop") return connection.socket.destroy();
    delivery.accept();
    this.#pump();
  }

  /** By its number, by its key, or in turn. */
  #choosePartition(address: string, batch: Amqp): StoredEvent[] {
    const [hub, id] = address.split(/\/Partitions\//i);
    const key = batch.message_annotations?.[PARTITION_KEY];
    const index = key === undefined
      ? this.#next++
      : createHash("sha256").update(key).digest()[0];
    return this.#partition(hub, id ?? PARTITIONS[index % PARTITIONS.length]);
  }

  #partition(hub: string, id: string): StoredEvent[] {
    const name = `${hub}/${id}`;
    const events = this.#partitions.get(name) ?? [];
    this.#partitions.set(name, events);
    return events;
  }

  #pump(): void {
    for (const reader of this.#readers) {
      while (reader.sendable() && reader.place < reader.events.length) {
        const sequence = reader.place++;
        const bytes = encodeEvent(reader.events[sequence], sequence);
        const delivery = reader.send(bytes, undefined, 0);
        delivery.remote_settled = true; // see settle() in receivers.ts
      }
    }
  }

  #answer(address: string, request: Amqp): Amqp {
    return {
      correlation_id: request.message_id,
      application_properties: {
        "status-code": types.wrap_int(200),
        statusCode: types.wrap_int(200),
        "status-description": "OK",
      },
      body: address === "$cbs" ? undefined : this.#properties(request),
    };
  }

  #properties({ application_properties }: Amqp): Amqp {
    const { type, name, partition } = application_properties;
    if (type !== "com.microsoft:partition") {
      return {
        name,
        partition_ids: types.wrap_array(PARTITIONS, 0xa1, undefined),
        partition_count: types.wrap_int(PARTITIONS.length),
        georeplication_factor: types.wrap_int(1),
        created_at: types.wrap_timestamp(0),
      };
    }
    const { length } = this.#partition(name, partition);
    return {
      name,
      partition,
      begin_sequence_number: types.wrap_long(0),
      last_enqueued_sequence_number: types.wrap_long(length - 1),
      last_enqueued_offset: String(length - 1),
      last_enqueued_time_utc: types.wrap_timestamp(Date.now()),
      is_partition_empty: length === 0,
    };
  }
}

function encodeEvent(event: StoredEvent, sequence: number): Uint8Array {
  const { durable, priority, ttl } = event;
  return encodeMessage(event, { durable, priority, ttl }, {
    "x-opt-sequence-number": types.wrap_long(sequence),
    "x-opt-offset": String(sequence),
    "x-opt-enqueued-time": types.wrap_timestamp(event[ENQUEUED]),
  });
}

function partsOf({ body }: Amqp): Amqp[] {
  return body.multiple ? body.content : [body.content];
}

/** `hub/Partitions/99`, in whatever way it is asked for. */
function noSuchPartition(path: string): Refusal | undefined {
  const id = /\/Partitions\/([^/]*)$/i.exec(path)?.[1];
  if (id === undefined || PARTITIONS.includes(id)) return undefined;
  return {
    condition: "com.microsoft:argument-out-of-range",
    description: "The specified partition is invalid for an EventHub " +
      `partition sender or receiver. It should be between 0 and ` +
      `${PARTITIONS.length - 1}.`,
  };
}
