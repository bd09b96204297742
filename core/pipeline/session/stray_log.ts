/**
 * Shows the lines of an input that are no envelopes.
 *
 * Text is shown, cut to what a log line may have. Bytes that are no text help
 * nobody in a log: they are told once and counted by `dstream_stray_lines_total`.
 *
 * @module
 */

import { notText, strayLines } from "../notices.ts";
import type { SessionOptions } from "./session.ts";

const MAX_READ_BYTES = 64 * 1024;
const MAX_SHOWN_CHARACTERS = 1000;

/** Of one process. */
export class StrayLog {
  #hasWarned = false;
  #hasToldOfBytes = false;

  constructor(readonly options: SessionOptions) {}

  /** @param line Without its line feed. */
  log(line: Uint8Array): void {
    const { provider, block, printable, onEvent } = this.options;
    const bytes = line.subarray(0, MAX_READ_BYTES);
    if (!isText(bytes)) return this.#tellOfBytes();
    // Half a secret at the cut would not be known as one: it is cut when clean.
    const message = printable(new TextDecoder().decode(bytes).trim())
      .slice(0, MAX_SHOWN_CHARACTERS);
    if (message === "") return;
    if (!this.#hasWarned) onEvent(strayLines(provider.name));
    this.#hasWarned = true;
    onEvent({
      kind: "provider_log",
      side: block.side,
      provider: provider.name,
      label: block.label,
      level: "info",
      message,
      fields: {},
    });
  }

  #tellOfBytes(): void {
    if (this.#hasToldOfBytes) return;
    this.#hasToldOfBytes = true;
    this.options.onEvent(notText(this.options.provider.name));
  }
}

/** UTF-8 without NUL, as far as can be told: the end may be cut within a letter. */
function isText(bytes: Uint8Array): boolean {
  if (bytes.includes(0)) return false;
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}
