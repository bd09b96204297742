/**
 * A connection's bytes, in clear or through TLS: the one thing above it that
 * differs between the two.
 *
 * @module
 */

/** Bytes both ways. */
export interface ByteChannel {
  /** @returns Nothing when the other side has gone; never rejects for that. */
  read(): Promise<Uint8Array | undefined>;
  /** Rejects when the other side has gone. */
  write(bytes: Uint8Array): Promise<void>;
  /** May be called twice. */
  close(): void;
}

/** TCP in clear. */
export class TcpChannel implements ByteChannel {
  readonly #connection: Deno.TcpConn;
  readonly #chunk = new Uint8Array(1 << 16);
  #isClosed = false;

  constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
    connection.setNoDelay(true);
  }

  async read(): Promise<Uint8Array | undefined> {
    try {
      const count = await this.#connection.read(this.#chunk);
      return count === null ? undefined : this.#chunk.slice(0, count);
    } catch {
      return undefined; // Reset by the client, or closed by us.
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      at += await this.#connection.write(bytes.subarray(at));
    }
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    try {
      this.#connection.close();
    } catch {
      // The runtime closed it already.
    }
  }
}
