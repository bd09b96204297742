/**
 * A provider's stderr as lines of bounded length.
 *
 * @module
 */

const MAX_LINE_BYTES = 64 * 1024;
const LINE_FEED = 10;

/**
 * Calls back for every line until the stream ends; a longer line is cut at 64 KiB
 * and says so. Never rejects.
 */
export async function readLogLines(
  stream: ReadableStream<Uint8Array>,
  onLine: (line: string) => void,
): Promise<void> {
  const cutter = new LineCutter(onLine);
  try {
    for await (const chunk of stream) cutter.push(chunk);
  } catch {
    // A broken pipe is the end of the log.
  }
  cutter.end();
}

/** Cuts chunks into lines, dropping what is beyond the limit. */
class LineCutter {
  readonly #onLine: (line: string) => void;
  readonly #held = new Uint8Array(MAX_LINE_BYTES);
  #heldBytes = 0;
  #droppedBytes = 0;

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  push(chunk: Uint8Array): void {
    for (let start = 0; start < chunk.length;) {
      const found = chunk.indexOf(LINE_FEED, start);
      this.#hold(chunk.subarray(start, found < 0 ? chunk.length : found));
      if (found < 0) return;
      this.#emit();
      start = found + 1;
    }
  }

  end(): void {
    if (this.#heldBytes > 0) this.#emit();
  }

  #hold(bytes: Uint8Array): void {
    const room = MAX_LINE_BYTES - this.#heldBytes;
    const kept = bytes.subarray(0, room);
    this.#held.set(kept, this.#heldBytes);
    this.#heldBytes += kept.length;
    this.#droppedBytes += bytes.length - kept.length;
  }

  #emit(): void {
    const text = new TextDecoder()
      .decode(this.#held.subarray(0, this.#heldBytes))
      .replace(/\r$/, "");
    const cut = this.#droppedBytes > 0
      ? ` … (${this.#droppedBytes} bytes cut)`
      : "";
    this.#heldBytes = this.#droppedBytes = 0;
    if (text.trim() !== "") this.#onLine(text + cut);
  }
}
