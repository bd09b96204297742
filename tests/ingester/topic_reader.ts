/**
 * The consumer at the end: reads `sub1` of every topic as messages come.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { type Amqp, createContainer } from "../support/servicebus/rhea.ts";

/** One message of a topic. */
export interface Arrival {
  readonly topic: string;
  readonly messageId: string;
  readonly sessionId: string | undefined;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly body: {
    readonly data: Readonly<Record<string, unknown>>;
    readonly metadata: Readonly<Record<string, unknown>>;
  };
}

const CREDIT = 500;
const RETRY_MS = 50;

/** Reads until its brace. Topics that aren't there yet are waited for. */
export class TopicReader implements Disposable {
  readonly #connection: Amqp;
  #isOver = false;

  constructor(
    port: number,
    topics: readonly string[],
    readonly onArrival: (arrival: Arrival) => void,
  ) {
    const container = createContainer("consumer");
    container.on("disconnected", () => {}); // else rhea prints it
    this.#connection = container.connect({
      host: "127.0.0.1",
      port,
      reconnect: false,
      username: "test",
      password: "test",
    });
    for (const topic of topics) this.#read(topic);
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    this.#connection.close();
  }

  #read(topic: string): void {
    const receiver = this.#connection.open_receiver({
      source: { address: `${topic}/Subscriptions/sub1` },
      // Taken is deleted: nobody kills this reader.
      snd_settle_mode: 1,
      credit_window: CREDIT,
      autoaccept: true,
    });
    receiver.on("message", ({ message }: Amqp) => {
      this.onArrival(toArrival(topic, message));
    });
    receiver.on("receiver_close", () => {
      if (!this.#isOver) setTimeout(() => this.#read(topic), RETRY_MS);
    });
  }
}

function toArrival(topic: string, message: Amqp): Arrival {
  const body = Buffer.from(message.body.content ?? message.body);
  return {
    topic,
    messageId: message.message_id,
    sessionId: message.group_id,
    properties: message.application_properties ?? {},
    body: JSON.parse(body.toString()),
  };
}
