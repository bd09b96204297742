/**
 * A Service Bus namespace for tests: AMQP 1.0 for messages, HTTP for management.
 *
 * It follows Microsoft's documentation and what the client expects, and was never
 * compared with Azure. It has no rules (a subscription gets all of its topic), no
 * transactions, no forwarding, and keeps everything in memory.
 *
 * @module
 */

import { AdminEndpoint } from "./admin.ts";
import { Entities } from "./entities.ts";
import { Faults } from "./faults.ts";
import { acceptReceiver, dropReceiver, settleMessage } from "./receivers.ts";
import { answerRequest } from "./requests.ts";
import {
  type Amqp,
  closeListener,
  createContainer,
  OPEN,
  pathOf,
} from "./rhea.ts";
import {
  acceptSender,
  echoTermini,
  isRequestNode,
  takeMessages,
} from "./senders.ts";

/** How often locks and schedules are looked at. */
const TICK_MS = 20;
const OUTCOMES = ["accepted", "rejected", "modified", "released"];

/** One send that was taken: a message, or a batch. */
export interface Send {
  readonly address: string;
  readonly count: number;
}

/** How a server is set up. */
export interface ServerOptions {
  /** What a link says is the largest message. */
  readonly maxMessageBytes?: number;
  readonly port?: number;
}

export class Server implements AsyncDisposable {
  readonly entities: Entities = new Entities();
  readonly faults: Faults = new Faults();
  /** Every send that was taken, in order. */
  readonly sends: Send[] = [];
  readonly #connections = new Set<Amqp>();
  readonly #admin: AdminEndpoint;
  readonly #listener: Amqp;
  readonly #ticking: ReturnType<typeof setInterval>;
  maxMessageBytes: number;

  private constructor(listener: Amqp, options: ServerOptions) {
    this.maxMessageBytes = options.maxMessageBytes ?? 1024 * 1024;
    this.#listener = listener;
    this.#admin = new AdminEndpoint(this.entities);
    this.#ticking = setInterval(() => this.#tick(), TICK_MS);
  }

  /** Listens on a port of 127.0.0.1. */
  static async start(options: ServerOptions = {}): Promise<Server> {
    const container = createContainer("servicebus");
    const listener = container.listen({
      ...OPEN,
      port: options.port ?? 0,
      host: "127.0.0.1",
      receiver_options: { autoaccept: false },
      sender_options: { autosettle: true, treat_modified_as_released: false },
    });
    await new Promise((resolve) => listener.once("listening", resolve));
    const server = new Server(listener, options);
    server.#serve(container);
    return server;
  }

  get port(): number {
    return this.#listener.address().port;
  }

  /** For clients; not encrypted, as for Microsoft's own emulator. */
  get connectionString(): string {
    return `Endpoint=sb://127.0.0.1:${this.port};` +
      "SharedAccessKeyName=test;SharedAccessKey=dGVzdA==;" +
      "UseDevelopmentEmulator=true";
  }

  /** For the administration client. */
  get adminEndpoint(): string {
    return this.#admin.url;
  }

  /** Breaks every connection, as a network does. */
  dropConnections(): void {
    for (const connection of [...this.#connections]) this.drop(connection);
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  /** Breaks one. */
  drop(connection: Amqp): void {
    connection.socket?.destroy();
    this.#gone(connection);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#ticking);
    this.dropConnections();
    await closeListener(this.#listener);
    await this.#admin.close();
  }

  #serve(container: Amqp): void {
    const replies = new Map<string, Amqp>();
    let count = 0;
    container.on("connection_open", ({ connection }: Amqp) => {
      connection.number = ++count;
      this.#connections.add(connection);
    });
    container.on("disconnected", ({ connection }: Amqp) => {
      this.#gone(connection);
    });
    container.on("sender_open", ({ sender, connection }: Amqp) => {
      const path = pathOf(sender.source?.address);
      if (!isRequestNode(path)) return acceptReceiver(this, sender);
      echoTermini(sender);
      for (const name of [sender.target?.address, sender.name, path]) {
        replies.set(`${connection.number} ${name}`, sender);
      }
    });
    container.on("receiver_open", (context: Amqp) => {
      acceptSender(this, context.receiver);
    });
    container.on("sender_close", ({ sender }: Amqp) => dropReceiver(sender));
    container.on("session_close", ({ session }: Amqp) => {
      Object.values(session.links).forEach(dropReceiver);
    });
    container.on("sendable", ({ sender }: Amqp) => {
      sender.consumer?.queue.pump(Date.now());
    });
    container.on("sender_draining", ({ sender }: Amqp) => {
      sender.consumer?.queue.pump(Date.now());
      sender.set_drained(true);
    });
    for (const outcome of OUTCOMES) {
      container.on(outcome, (context: Amqp) => settleMessage(outcome, context));
    }
    container.on("message", (context: Amqp) => {
      const { receiver, delivery, connection, message } = context;
      const path = pathOf(receiver.target?.address);
      if (!isRequestNode(path)) {
        return this.faults.whenGoing(() => takeMessages(this, context));
      }
      delivery.accept();
      // Who names no place for the answer has one link from where it asks.
      const name = message.reply_to ?? path;
      replies.get(`${connection.number} ${name}`)
        ?.send(answerRequest(this, context));
    });
  }

  #gone(connection: Amqp): void {
    this.#connections.delete(connection);
    for (const queue of this.entities.sources()) {
      for (const each of [queue, queue.deadLetters]) {
        for (const { link } of [...each?.consumers ?? []] as Amqp[]) {
          if (link.connection === connection) dropReceiver(link);
        }
      }
    }
  }

  #tick(): void {
    const nowMs = Date.now();
    for (const queue of this.entities.sources()) queue.tick(nowMs);
  }
}
