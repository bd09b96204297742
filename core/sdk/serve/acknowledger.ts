/**
 * Tells the CLI what is settled: rejections first, then acknowledgements.
 *
 * One ack is written at once after a quiet moment, or 1 MiB, or 1,000 envelopes;
 * others 5 ms after the one before. So a dense stream isn't slowed by acks and a
 * sparse one learns its fate at once. In version 1 nothing is written, and
 * rejections are logged.
 *
 * @module
 */

import { formatControl, type Rejection } from "../../protocol/control.ts";
import type { Position } from "../../protocol/envelope.ts";
import type { Logger } from "../provider.ts";
import type { Host } from "./host.ts";
import type { Stdout } from "./stdout.ts";

const SPACING_MS = 5;
const MOST_UNTOLD_BYTES = 1024 * 1024;
const MOST_UNTOLD_ENVELOPES = 1000;
/** How many rejections are logged one by one where nobody else is told. */
const MOST_LOGGED = 10;

/** What it needs from its surroundings. */
export interface AcknowledgerOptions {
  readonly host: Host;
  readonly stdout: Stdout;
  readonly log: Logger;
  /** Whether control records may be written. */
  readonly isOn: boolean;
  /** Nobody reads stdout any more. */
  readonly onBroken: (error: unknown) => void;
}

/** An output's word on its envelopes. */
export class Acknowledger {
  readonly #options: AcknowledgerOptions;
  #settled: Position = 0;
  #told: Position = 0;
  #untoldBytes = 0;
  #lastMs = -Infinity;
  #isTimed = false;
  #telling: Promise<void> | undefined;
  #rejected = 0;

  constructor(options: AcknowledgerOptions) {
    this.#options = options;
  }

  /** These can't be delivered; to be awaited before they are settled. */
  async reject(rejections: Iterable<Rejection>): Promise<void> {
    const { isOn, log, stdout } = this.#options;
    for (const rejection of rejections) {
      this.#rejected++;
      if (isOn) await stdout.write(formatControl({ reject: rejection }));
      else if (this.#rejected <= MOST_LOGGED) logRejection(log, rejection);
    }
  }

  /** Everything up to `position` is durable or rejected. */
  settle(position: Position, sizeBytes: number): void {
    this.#settled = Math.max(position, this.#settled);
    this.#untoldBytes += sizeBytes;
    if (!this.#options.isOn || this.#told >= this.#settled) return;
    const { host } = this.#options;
    const waitMs = this.#lastMs + SPACING_MS - host.monotonicMs();
    const isMuch = this.#untoldBytes >= MOST_UNTOLD_BYTES ||
      this.#settled - this.#told >= MOST_UNTOLD_ENVELOPES;
    if (waitMs <= 0 || isMuch) return this.#tell();
    if (this.#isTimed) return;
    this.#isTimed = true;
    host.after(waitMs, () => {
      this.#isTimed = false;
      if (this.#told < this.#settled) this.#tell();
    });
  }

  /** Says the last ack again: it fails when the CLI is gone. */
  repeat(): void {
    if (this.#options.isOn) this.#tell();
  }

  /** Tells what is left and waits until it is written. */
  async finish(): Promise<void> {
    const { isOn, log } = this.#options;
    while (this.#telling !== undefined) await this.#telling;
    if (isOn && this.#told < this.#settled) this.#tell();
    await this.#telling;
    const unlogged = isOn ? 0 : this.#rejected - MOST_LOGGED;
    if (unlogged > 0) log.warn(`${unlogged} more lines were rejected`);
  }

  #tell(): void {
    this.#telling ??= this.#tellSettled().finally(() =>
      this.#telling = undefined
    );
  }

  /** Acks that pile up while one is written become one. */
  async #tellSettled(): Promise<void> {
    const { host, stdout, onBroken } = this.#options;
    try {
      do {
        const ack = this.#settled;
        this.#lastMs = host.monotonicMs();
        this.#untoldBytes = 0;
        await stdout.write(formatControl({ ack }));
        this.#told = ack;
      } while (this.#told < this.#settled);
    } catch (error) {
      onBroken(error);
    }
  }
}

function logRejection(log: Logger, { seq, reason, code }: Rejection): void {
  log.warn(`line ${seq} was rejected: ${reason}`, code ? { code } : {});
}
