/**
 * Packets and messages (MS-TDS 2.2.3): a message is cut into packets of at most the
 * negotiated size, each with a header of eight bytes; the last has a bit set.
 *
 * @module
 */

import type { ByteChannel } from "./channel.ts";

/** What a message is for (MS-TDS 2.2.3.1.1). */
export const MessageType = {
  sqlBatch: 0x01,
  rpc: 0x03,
  answer: 0x04,
  attention: 0x06,
  fedAuthToken: 0x08,
  transactionManager: 0x0e,
  login7: 0x10,
  sspi: 0x11,
  prelogin: 0x12,
} as const;

const KNOWN_TYPES = new Set<number>(Object.values(MessageType));
const HEADER_BYTES = 8;
const LAST_PACKET = 0x01;
const IGNORE_MESSAGE = 0x02;
const RESET_CONNECTION = 0x08 | 0x10;

/** No client of ours sends longer messages. */
const MAX_MESSAGE_BYTES = 64 << 20;

/** One message of the client. */
export interface Message {
  readonly type: number;
  readonly payload: Uint8Array<ArrayBuffer>;
  /** The client gave the message up while sending it (2.2.1.6). */
  readonly isIgnored: boolean;
  /** The session's state is to be reset first. */
  readonly resetsConnection: boolean;
}

/** Joins packets to messages. */
export class MessageReader {
  readonly #channel: ByteChannel;
  #buffered = new Uint8Array(0);

  constructor(channel: ByteChannel) {
    this.#channel = channel;
  }

  /** @returns Nothing when the client has gone. */
  async next(): Promise<Message | undefined> {
    const parts: Uint8Array[] = [];
    let flags = 0;
    for (let sizeBytes = 0;;) {
      const packet = await this.#nextPacket();
      if (packet === undefined) return undefined;
      flags |= packet[1];
      parts.push(packet.subarray(HEADER_BYTES));
      sizeBytes += packet.length;
      if (sizeBytes > MAX_MESSAGE_BYTES) throw new Error("message too long");
      if ((packet[1] & LAST_PACKET) !== 0) {
        return toMessage(packet[0], flags, parts);
      }
    }
  }

  async #nextPacket(): Promise<Uint8Array | undefined> {
    if (!await this.#fill(HEADER_BYTES)) return undefined;
    // A raw TLS hello, say, as of Encrypt=strict: SQL Server hangs up.
    if (!KNOWN_TYPES.has(this.#buffered[0])) return undefined;
    const sizeBytes = (this.#buffered[2] << 8) | this.#buffered[3];
    if (sizeBytes < HEADER_BYTES) throw new Error("packet without a header");
    if (!await this.#fill(sizeBytes)) return undefined;
    const packet = this.#buffered.subarray(0, sizeBytes);
    this.#buffered = this.#buffered.subarray(sizeBytes);
    return packet;
  }

  async #fill(sizeBytes: number): Promise<boolean> {
    while (this.#buffered.length < sizeBytes) {
      const chunk = await this.#channel.read();
      if (chunk === undefined) return false;
      this.#buffered = concat([this.#buffered, chunk]);
    }
    return true;
  }
}

function toMessage(
  type: number,
  flags: number,
  parts: readonly Uint8Array[],
): Message {
  return {
    type,
    payload: concat(parts),
    isIgnored: (flags & IGNORE_MESSAGE) !== 0,
    resetsConnection: (flags & RESET_CONNECTION) !== 0,
  };
}

/** @returns One array with all bytes. */
export function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Cuts the body of one message into packets. */
export class PacketCutter {
  readonly #type: number;
  readonly #payloadBytes: number;
  #rest = new Uint8Array(0);
  #number = 0;

  constructor(type: number, packetSizeBytes: number) {
    this.#type = type;
    this.#payloadBytes = packetSizeBytes - HEADER_BYTES;
  }

  /** @returns The full packets there are by now; what remains is kept. */
  cut(body: Uint8Array): Uint8Array<ArrayBuffer> {
    const all = this.#rest.length === 0 ? body : concat([this.#rest, body]);
    // One byte at least is kept, so that the last packet is never empty.
    const count = Math.max(0, Math.ceil(all.length / this.#payloadBytes) - 1);
    const end = count * this.#payloadBytes;
    this.#rest = new Uint8Array(all.subarray(end));
    return this.#frame(all.subarray(0, end), false);
  }

  /** @returns All there is, though the message isn't over. */
  cutAll(body: Uint8Array): Uint8Array<ArrayBuffer> {
    const full = this.cut(body);
    const rest = this.#frame(this.#rest, false);
    this.#rest = new Uint8Array(0);
    return concat([full, rest]);
  }

  /** @returns The last packets of the message. */
  finish(body: Uint8Array): Uint8Array<ArrayBuffer> {
    const all = this.#rest.length === 0 ? body : concat([this.#rest, body]);
    this.#rest = new Uint8Array(0);
    return this.#frame(all, true);
  }

  #frame(body: Uint8Array, endsHere: boolean): Uint8Array<ArrayBuffer> {
    const full = Math.ceil(body.length / this.#payloadBytes);
    const count = endsHere ? Math.max(1, full) : full;
    const framed = new Uint8Array(body.length + count * HEADER_BYTES);
    for (let i = 0, at = 0; i < count; i++) {
      const from = i * this.#payloadBytes;
      const part = body.subarray(from, from + this.#payloadBytes);
      this.#header(framed, at, part.length, endsHere && i === count - 1);
      framed.set(part, at + HEADER_BYTES);
      at += HEADER_BYTES + part.length;
    }
    return framed;
  }

  #header(
    target: Uint8Array,
    at: number,
    payloadBytes: number,
    isLast: boolean,
  ): void {
    const sizeBytes = payloadBytes + HEADER_BYTES;
    target[at] = this.#type;
    target[at + 1] = isLast ? LAST_PACKET : 0;
    target[at + 2] = sizeBytes >>> 8;
    target[at + 3] = sizeBytes & 0xff;
    this.#number = (this.#number + 1) & 0xff;
    target[at + 6] = this.#number;
  }
}
