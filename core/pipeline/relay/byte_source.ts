/**
 * A provider's stdout as bytes, in one of two ways behind one interface.
 *
 * The fast way reads up to 1 MiB straight into the relay's own buffers. The plain
 * way takes the chunks the runtime hands out (64 KiB) and copies them; it is what
 * runs where a stream can't be read into buffers of our own.
 *
 * @module
 */

/** A filled part of a buffer that came back from {@link ByteSource.read}. */
export interface Filled {
  /** The buffer given to `read`, or what replaces it. */
  readonly buffer: ArrayBuffer;
  readonly lengthBytes: number;
}

/** Bytes of one process. One read at a time. */
export interface ByteSource {
  /**
   * Fills `buffer` from `offset` on with at least one byte; the buffer is not the
   * caller's until it comes back.
   * @returns No bytes only at the end.
   */
  read(buffer: ArrayBuffer, offset: number): Promise<Filled>;
  /** Lets go of the stream; a pending read ends. */
  cancel(): Promise<void>;
}

/** Reads into the caller's buffer itself. */
export function openFastSource(stream: ReadableStream<Uint8Array>): ByteSource {
  const reader = (stream as ReadableStream<Uint8Array<ArrayBuffer>>)
    .getReader({ mode: "byob" });
  return {
    async read(buffer, offset) {
      const { value, done } = await reader.read(new Uint8Array(buffer, offset));
      if (value === undefined) return { buffer, lengthBytes: 0 };
      return { buffer: value.buffer, lengthBytes: done ? 0 : value.length };
    },
    cancel: () => reader.cancel(),
  };
}

/** Copies from the chunks the runtime hands out. */
export function openPlainSource(
  stream: ReadableStream<Uint8Array>,
): ByteSource {
  const reader = stream.getReader();
  let held: Uint8Array = new Uint8Array(0);
  return {
    async read(buffer, offset) {
      while (held.length === 0) {
        const { value, done } = await reader.read();
        if (done) return { buffer, lengthBytes: 0 };
        held = value;
      }
      const lengthBytes = Math.min(held.length, buffer.byteLength - offset);
      new Uint8Array(buffer, offset).set(held.subarray(0, lengthBytes));
      held = held.subarray(lengthBytes);
      return { buffer, lengthBytes };
    },
    cancel: () => reader.cancel(),
  };
}
