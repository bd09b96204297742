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
import { Faults } from "./faults.ts";
import {
  type Amqp,
  closeListener,
  createContainer,
  longBytes,
  message,
  types,
} from "./rhea.ts";
import { isRequestNode } from "./senders.ts";

const PARTITIONS = ["0", "1", "2", "3"];
const PARTITION_KEY = "x-opt-partition-key";

/** One event as it lies in a partition, as rhea decodes it. */
export type StoredEvent = Amqp;

/** See the module's comment. */
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
      const address: string = sender.source?.address ?? "";
      sender.set_source({ address });
      if (!isRequestNode(address)) return void this.#readers.add(sender);
      for (const name of [sender.target?.address, sender.name]) {
        replies.set(`${connection.number} ${name}`, sender);
      }
    });
    container.on("sender_close", ({ sender }: Amqp) => {
      this.#readers.delete(sender);
    });
    container.on("sendable", () => this.#pump());
    container.on("receiver_open", ({ receiver }: Amqp) => {
      receiver.local.attach.max_message_size = this.maxMessageBytes;
      receiver.set_target({ address: receiver.target.address });
      const refusal = isRequestNode(receiver.target.address)
        ? undefined
        : this.faults.onLink();
      if (refusal !== undefined) receiver.close(refusal);
    });
    container.on("message", (context: Amqp) => {
      const { receiver, delivery, connection, message: request } = context;
      const address: string = receiver.target.address;
      if (!isRequestNode(address)) return this.#take(address, context);
      delivery.accept();
      replies.get(`${connection.number} ${request.reply_to}`)
        ?.send(this.#answer(address, request));
    });
  }

  #take(address: string, { delivery, message: sent, connection }: Amqp): void {
    const fate = this.faults.onSend();
    if (fate === "drop") return connection.socket.destroy();
    if (typeof fate === "object") return delivery.reject(fate);
    const isBatch = Boolean(delivery.format);
    const sizeBytes = isBatch ? sent.length : message.encode(sent).length;
    if (sizeBytes > this.maxMessageBytes) {
      return delivery.reject({
        condition: "amqp:link:message-size-exceeded",
        description: `The message (size:${sizeBytes} bytes) exceeds the limit.`,
      });
    }
    const batch = isBatch ? message.decode(sent) : sent;
    const { body } = batch;
    const parts = !isBatch ? [sent] : (body.multiple ? body.content : [
      body.content,
    ]).map((part: Amqp) => message.decode(part));
    this.#choosePartition(address, batch).push(...parts);
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
      const match = /^(.*)\/ConsumerGroups\/.*\/Partitions\/(\d+)$/i
        .exec(reader.source.address);
      const events = match ? this.#partition(match[1], match[2]) : [];
      reader.place ??= 0;
      while (reader.sendable() && reader.place < events.length) {
        const sequence = reader.place++;
        const event = events[sequence];
        const delivery = reader.send({
          ...event,
          message_annotations: {
            ...event.message_annotations,
            "x-opt-sequence-number": types.wrap_long(sequence),
            "x-opt-offset": String(sequence),
            "x-opt-enqueued-time": types.wrap_timestamp(Date.now()),
          },
        });
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
        created_at: types.wrap_timestamp(0),
      };
    }
    const { length } = this.#partition(name, partition);
    return {
      name,
      partition,
      begin_sequence_number: longBytes(0),
      last_enqueued_sequence_number: longBytes(length - 1),
      last_enqueued_offset: String(length - 1),
      last_enqueued_time_utc: types.wrap_timestamp(Date.now()),
      is_partition_empty: length === 0,
    };
  }
}
