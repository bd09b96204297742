/**
 * TLS inside TDS (MS-TDS 2.2.6.5, 3.3.5.2): the handshake travels in PRELOGIN
 * packets, everything after it as plain TLS records.
 *
 * A client waits for exactly one message for each of its own, so the records of one
 * flight are gathered until the flight is complete. TLS 1.2 is the newest that fits
 * (1.3 has a flight of the server after the handshake).
 *
 * @module
 */

import { Duplex } from "node:stream";
import { createSecureContext, TLSSocket } from "node:tls";
import { Buffer } from "node:buffer";
import type { ByteChannel } from "./channel.ts";
import { concat, MessageType, PacketCutter } from "./packets.ts";

/** The key and certificate of a server, as PEM. */
export interface TlsIdentity {
  readonly key: string;
  readonly cert: string;
}

const PACKET_HEADER_BYTES = 8;
const HANDSHAKE_PACKET_BYTES = 4096;
const ALERT = 21;
const CHANGE_CIPHER_SPEC = 20;
const HANDSHAKE = 22;
const SERVER_HELLO_DONE = 14;

/** A channel whose bytes go through TLS. */
export class TlsChannel implements ByteChannel {
  readonly #under: ByteChannel;
  readonly #tunnel: Duplex;
  readonly #socket: TLSSocket;
  #wrapsHandshake = true;
  #flight: Uint8Array[] = [];
  #iterator: AsyncIterator<Buffer> | undefined;

  private constructor(under: ByteChannel, identity: TlsIdentity) {
    this.#under = under;
    this.#tunnel = new Duplex({
      read: () => {},
      write: (chunk: Buffer, _encoding, done) => {
        this.#send(chunk).then(() => done(), done);
      },
      destroy: (_error, done) => done(null),
    });
    this.#socket = new TLSSocket(this.#tunnel as never, {
      isServer: true,
      secureContext: createSecureContext({
        ...identity,
        maxVersion: "TLSv1.2",
      }),
    });
    this.#socket.on("error", () => this.close());
  }

  /** Begins the handshake; what the client sends first is read from `under`. */
  static open(under: ByteChannel, identity: TlsIdentity): TlsChannel {
    const channel = new TlsChannel(under, identity);
    channel.#receive();
    return channel;
  }

  async read(): Promise<Uint8Array | undefined> {
    this.#iterator ??= this.#socket[Symbol.asyncIterator]();
    try {
      const { done, value } = await this.#iterator.next();
      return done ? undefined : new Uint8Array(value);
    } catch {
      return undefined;
    }
  }

  write(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.write(
        Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
        (error) => error ? reject(error) : resolve(),
      );
    });
  }

  close(): void {
    this.#under.close();
    this.#socket.destroy();
    this.#tunnel.destroy();
  }

  /** Moves the client's bytes into the tunnel until it has gone. */
  async #receive(): Promise<void> {
    let wrapped: Uint8Array = new Uint8Array(0);
    for (;;) {
      const chunk = await this.#under.read();
      if (chunk === undefined) break;
      if (this.#wrapsHandshake) {
        wrapped = this.#unwrap(concat([wrapped, chunk]));
      } else this.#tunnel.push(Buffer.from(chunk));
    }
    this.#tunnel.push(null);
  }

  /** @returns What is not yet a whole packet. */
  #unwrap(bytes: Uint8Array): Uint8Array {
    while (bytes.length >= PACKET_HEADER_BYTES) {
      if (bytes[0] !== MessageType.prelogin) {
        this.#wrapsHandshake = false;
        this.#tunnel.push(Buffer.from(bytes));
        return new Uint8Array(0);
      }
      const sizeBytes = (bytes[2] << 8) | bytes[3];
      if (bytes.length < sizeBytes) break;
      const payload = bytes.subarray(PACKET_HEADER_BYTES, sizeBytes);
      this.#tunnel.push(Buffer.from(payload));
      bytes = bytes.subarray(sizeBytes);
    }
    return bytes;
  }

  async #send(chunk: Uint8Array): Promise<void> {
    if (!this.#wrapsHandshake) return await this.#under.write(chunk);
    this.#flight.push(new Uint8Array(chunk));
    const flight = concat(this.#flight);
    if (!endsFlight(flight)) return;
    this.#flight = [];
    const cutter = new PacketCutter(
      MessageType.prelogin,
      HANDSHAKE_PACKET_BYTES,
    );
    await this.#under.write(cutter.finish(flight));
  }
}

/**
 * Whether these TLS 1.2 records are all the server says before it waits: up to
 * ServerHelloDone, or ChangeCipherSpec with Finished after it, or an alert.
 */
export function endsFlight(records: Uint8Array): boolean {
  let hasChangedCipher = false;
  for (let at = 0; at + 5 <= records.length;) {
    const type = records[at];
    const end = at + 5 + ((records[at + 3] << 8) | records[at + 4]);
    if (end > records.length) return false;
    if (type === ALERT) return true;
    if (type === HANDSHAKE && hasChangedCipher) return true;
    if (type === CHANGE_CIPHER_SPEC) hasChangedCipher = true;
    else if (holdsServerHelloDone(records.subarray(at + 5, end))) return true;
    at = end;
  }
  return false;
}

/** A record may hold several handshake messages: type, three bytes of length. */
function holdsServerHelloDone(record: Uint8Array): boolean {
  for (let at = 0; at + 4 <= record.length;) {
    if (record[at] === SERVER_HELLO_DONE) return true;
    at += 4 + ((record[at + 1] << 16) | (record[at + 2] << 8) | record[at + 3]);
  }
  return false;
}
