/**
 * Messages of Postgres's wire protocol, read from a socket that a driver has opened.
 *
 * The socket is read only while somebody asks for messages: what an output does not
 * take stays with the server. Source of the layout:
 * https://www.postgresql.org/docs/current/protocol-message-formats.html
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { Client } from "pg";
import { DstreamError } from "@dstream/sdk";

/** The longest message: a value of Postgres has at most 1 GiB. */
const MAX_MESSAGE_BYTES = 1_200_000_000;
/** How long a server may take to accept our last words. */
const MAX_CLOSE_MS = 2_000;
/** The message Terminate. */
const TERMINATE = new Uint8Array([0x58, 0, 0, 0, 4]);
/** Stop reading beyond this. */
const MAX_QUEUED_BYTES = 1024 * 1024;

/** How long bytes gather at the system. */
const MIN_PAUSE_MS = 2;
const MAX_PAUSE_MS = 8;
/** With fewer it was too short. */
const FEW_BYTES = 32 * 1024;

/** The part of node's sockets that is used here. */
interface Socket {
  on(event: string, listener: (value: Buffer & Error) => void): void;
  removeAllListeners(event: string): void;
  pause(): void;
  resume(): void;
  write(bytes: Uint8Array): boolean;
  destroy(): void;
  end(last: Uint8Array, done: () => void): void;
}

/** One connection in raw mode. */
export class Frames {
  /** The bytes that the message lies in. */
  bytes: Uint8Array = new Uint8Array(0);
  /** Its letter. */
  kind = 0;
  /** Where what follows its length begins and ends. */
  start = 0;
  end = 0;
  /** When bytes came last, by the monotonic clock. */
  heardMs = performance.now();
  #next = 0;
  readonly #socket: Socket;
  readonly #queue: Buffer[] = [];
  #queuedBytes = 0;
  #pauseMs = MIN_PAUSE_MS;
  #failure: Error | undefined;
  #wake = () => {};

  /**
   * Takes the socket over: the driver sees nothing of it any more.
   *
   * @param arena Where messages are gathered, as far as there is room.
   */
  constructor(client: Client, private readonly arena?: Uint8Array) {
    const { connection } = client as unknown as {
      connection: { stream: Socket };
    };
    this.#socket = connection.stream;
    this.#socket.removeAllListeners("data");
    this.#socket.on("data", (chunk) => this.#receive(chunk));
    for (const event of ["error", "close", "end"]) {
      this.#socket.on(event, (error) => this.#fail(error));
    }
  }

  /** Whether the connection is gone. */
  get isBroken(): boolean {
    return this.#failure !== undefined;
  }

  /** Whether nothing more can be had without waiting. */
  get isDrained(): boolean {
    return this.#queue.length === 0;
  }

  /**
   * Steps to the next message that is there whole.
   * @returns Whether there is one; else wait with {@link fill}.
   */
  next(): boolean {
    const { bytes } = this;
    const at = this.#next;
    if (at + 5 > bytes.length) return false;
    const length = (bytes[at + 1] << 24) | (bytes[at + 2] << 16) |
      (bytes[at + 3] << 8) | bytes[at + 4];
    if (length < 4 || length > MAX_MESSAGE_BYTES) {
      throw new DstreamError(
        "postgres.protocol",
        `Postgres sent a message of ${length} bytes`,
      );
    }
    if (at + 1 + length > bytes.length) return false;
    this.kind = bytes[at];
    this.start = at + 5;
    this.#next = this.end = at + 1 + length;
    return true;
  }

  /** Where the message behind this one begins. */
  get behind(): number {
    return this.#next;
  }

  /** Messages up to there were read by somebody else. */
  skipTo(at: number): void {
    this.#next = at;
  }

  /**
   * Waits for more bytes.
   * @returns False when none came for so long, or the signal was aborted.
   * @throws {DstreamError} `postgres.connection_lost`
   */
  async fill(timeoutMs: number, signal: AbortSignal): Promise<boolean> {
    if (this.#queue.length === 0) {
      if (this.#failure) throw this.#failure;
      if (signal.aborted) return false;
      this.#socket.resume();
      await this.#heard(timeoutMs, signal);
      if (this.#queue.length === 0) {
        if (this.#failure) throw this.#failure;
        return false;
      }
    }
    const rest = this.bytes.subarray(this.#next);
    this.bytes = this.#gather(rest);
    this.#queue.length = 0;
    this.#queuedBytes = 0;
    this.#next = 0;
    return true;
  }

  #gather(rest: Uint8Array): Uint8Array {
    const { arena } = this;
    if (
      arena !== undefined && rest.length + this.#queuedBytes <= arena.length
    ) {
      arena.set(rest); // which may lie in it
      let at = rest.length;
      for (const chunk of this.#queue) {
        arena.set(chunk, at);
        at += chunk.length;
      }
      return arena.subarray(0, at);
    }
    return this.#queue.length === 1 && rest.length === 0
      ? this.#queue[0]
      : Buffer.concat([rest, ...this.#queue]);
  }

  /**
   * Lets bytes gather at the system for a moment, then takes them at once: the
   * server sends each change by itself, and to be woken for each costs more than
   * to decode it. The less came, the longer the next moment.
   * @returns Whether there are more.
   */
  async gather(signal: AbortSignal): Promise<boolean> {
    if (this.#queue.length === 0 && !this.isBroken) {
      this.#socket.pause();
      const pauseMs = this.#pauseMs;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
    const before = this.bytes.length - this.#next;
    const hasMore = await this.fill(MIN_PAUSE_MS, signal);
    const came = this.bytes.length - before;
    this.#pauseMs = !hasMore
      ? MIN_PAUSE_MS
      : came < FEW_BYTES
      ? Math.min(this.#pauseMs * 2, MAX_PAUSE_MS)
      : Math.max(this.#pauseMs / 2, MIN_PAUSE_MS);
    return hasMore;
  }

  /** Sends a message. */
  send(kind: string, payload: Uint8Array): void {
    if (this.#failure) throw this.#failure;
    const message = new Uint8Array(payload.length + 5);
    message[0] = kind.charCodeAt(0);
    new DataView(message.buffer).setInt32(1, payload.length + 4);
    message.set(payload, 5);
    this.#socket.write(message);
  }

  /** Sends a simple query. */
  query(sql: string): void {
    this.send("Q", new TextEncoder().encode(`${sql}\0`));
  }

  /** Ends the connection when all that was sent is on its way. */
  async close(): Promise<void> {
    if (this.isBroken) return this.#socket.destroy();
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, MAX_CLOSE_MS);
    this.#socket.end(TERMINATE, resolve);
    await promise;
    clearTimeout(timer);
    this.#socket.destroy();
  }

  /** The server's own words; for a message of kind `E`. */
  serverError(): DstreamError & { readonly sqlState: string } {
    const fields = readFields(this.bytes, this.start, this.end);
    const message = fields.get("M") ?? "Postgres reported an error";
    const error = new DstreamError("postgres.refused", message, {
      hint: fields.get("H"),
    });
    return Object.assign(error, { sqlState: fields.get("C") ?? "" });
  }

  #receive(chunk: Buffer): void {
    this.heardMs = performance.now();
    this.#queue.push(chunk);
    this.#queuedBytes += chunk.length;
    if (this.#queuedBytes >= MAX_QUEUED_BYTES) this.#socket.pause();
    this.#wake();
  }

  #fail(error: unknown): void {
    const reason = error instanceof Error ? `: ${error.message}` : "";
    this.#failure ??= new DstreamError(
      "postgres.connection_lost",
      `the connection to Postgres broke${reason}`,
    );
    this.#wake();
  }

  #heard(timeoutMs: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, timeoutMs);
    const wake = () => resolve();
    this.#wake = wake;
    signal.addEventListener("abort", wake, { once: true });
    return promise.finally(() => {
      clearTimeout(timer);
      signal.removeEventListener("abort", wake);
    });
  }
}

/** Fields of an error: a letter and a text each. */
function readFields(
  bytes: Uint8Array,
  start: number,
  end: number,
): Map<string, string> {
  const decoder = new TextDecoder();
  const fields = new Map<string, string>();
  for (let at = start; at < end && bytes[at] !== 0;) {
    const stop = bytes.indexOf(0, at + 1);
    const text = decoder.decode(bytes.subarray(at + 1, stop));
    fields.set(String.fromCharCode(bytes[at]), text);
    at = stop + 1;
  }
  return fields;
}
