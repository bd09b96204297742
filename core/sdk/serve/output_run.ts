/**
 * What surrounds an output's loop: acknowledgements, printing, signals, the end.
 *
 * It ends when stdin does. A signal only announces that: who runs a pipe by hand
 * or under systemd signals all of its processes, so the rest of stdin is awaited
 * for a moment. Nobody left to hear the acks is the end too, even in the middle
 * of a write that never returns.
 *
 * @module
 */

import { LINE_FEED, RECORD_SEPARATOR } from "../../protocol/envelope.ts";
import { formatControl } from "../../protocol/control.ts";
import { errorText, type FinalError } from "../errors.ts";
import type { OutputContext } from "../output.ts";
import { Acknowledger } from "./acknowledger.ts";
import { SIGNAL_STATUS } from "./host.ts";
import type { LinePump } from "./line_pump.ts";
import type { Serving } from "./mod.ts";
import { sleepUntil } from "./sleep.ts";

/** After a signal: until stdin must have ended. */
const DRAIN_MS = 3000;
/** After that, or after the CLI has gone: until the write must have ended. */
const LONELY_GRACE_MS = 5000;
/** How often a long write makes sure that the CLI is still there. */
const BEAT_MS = 1000;
/** Stands for 0x1E in a provider's own output: U+241E. */
const VISIBLE_SEPARATOR = "\u241e";

/** One run of an output. */
export class OutputRun implements Disposable {
  readonly acks: Acknowledger;
  readonly #serving: Serving;
  readonly #ending = new AbortController();
  readonly #disposers: (() => void)[] = [];
  #pump: LinePump | undefined;
  #status = 0;
  #isBusy = false;

  constructor(serving: Serving) {
    const { host, stdout, log, agreement } = serving;
    this.#serving = serving;
    const isOn = agreement.features.has("ack");
    const onBroken = () => this.#endSoon();
    this.acks = new Acknowledger({ host, stdout, log, isOn, onBroken });
    this.#disposers.push(this.#listen());
    if (isOn) this.#beat();
  }

  /** Aborted when the process must end now. */
  get signal(): AbortSignal {
    return this.#ending.signal;
  }

  /** The exit status; not 0 when a signal ended it before stdin did. */
  get status(): number {
    return this.#status;
  }

  /** Whose reading a signal ends. */
  attach(pump: LinePump): void {
    this.#pump = pump;
  }

  /** Runs a write or flush, during which the CLI is looked for. */
  async busy<T>(work: () => Promise<T>): Promise<T> {
    this.#isBusy = true;
    try {
      return await work();
    } finally {
      this.#isBusy = false;
    }
  }

  /** What `write` gets. */
  context(settled: OutputContext["settled"]): OutputContext {
    const { host, log, stdout } = this.#serving;
    return {
      log,
      signal: this.signal,
      sleep: (delayMs) => sleepUntil(host, delayMs, this.signal),
      now: () => host.wallMs(),
      monotonicMs: () => host.monotonicMs(),
      print: (text) => stdout.write(wholeLines(text)),
      hasColours: this.#hasColours(),
      settled,
      reject: (seq, reason, code) => this.#reject(seq, reason, code),
    };
  }

  /**
   * Says why it can't go on, after the last acknowledgement.
   * @throws {FinalError} What it was given.
   */
  async sayFinal(error: FinalError): Promise<never> {
    const { stdout, agreement } = this.#serving;
    if (agreement.version === 2) await stdout.write(finalRecord(error));
    throw error;
  }

  [Symbol.dispose](): void {
    for (const dispose of this.#disposers) dispose();
  }

  /** It is written before any acknowledgement that comes after it. */
  #reject(seq: number, reason: string, code: string | undefined): void {
    const rejection = { seq, reason, ...(code === undefined ? {} : { code }) };
    this.acks.reject([rejection]).catch(() => this.#endSoon());
  }

  #listen(): () => void {
    const { host } = this.#serving;
    let hasCome = false;
    return host.onSignal((signal) => {
      if (hasCome) host.exit(SIGNAL_STATUS[signal]);
      hasCome = true;
      this.#disposers.push(host.after(DRAIN_MS, () => {
        this.#status = SIGNAL_STATUS[signal];
        this.#endSoon();
      }));
    });
  }

  #endSoon(): void {
    if (this.signal.aborted) return;
    const { host } = this.#serving;
    this.#ending.abort();
    this.#pump?.stop();
    this.#disposers.push(
      host.after(LONELY_GRACE_MS, () => host.exit(this.#status || 1)),
    );
  }

  #beat(): void {
    const cancel = this.#serving.host.after(BEAT_MS, () => {
      if (this.#isBusy) this.acks.repeat();
      this.#beat();
    });
    this.#disposers[1] = cancel;
  }

  #hasColours(): boolean {
    const { host, agreement } = this.#serving;
    if (host.env("NO_COLOR")) return false;
    if (host.env("DSTREAM_COLOUR") === "1") return true;
    return agreement.version < 2 && host.isStdoutTerminal;
  }
}

/** `{"error":{…}}`, the last record of either role. */
export function finalRecord(error: FinalError): Uint8Array {
  const { path } = error;
  return formatControl({ error: { message: errorText(error), path } });
}

/** Text as lines that can't be taken for control records or run into one. */
function wholeLines(text: string | Uint8Array): Uint8Array {
  const isText = typeof text === "string";
  const bytes = isText ? new TextEncoder().encode(text) : text;
  const isWhole = bytes.length === 0 || bytes.at(-1) === LINE_FEED;
  if (isWhole && !bytes.includes(RECORD_SEPARATOR)) return bytes;
  const visible = isText ? text : new TextDecoder().decode(bytes);
  const safe = visible.replaceAll("\x1e", VISIBLE_SEPARATOR);
  return new TextEncoder().encode(isWhole ? safe : `${safe}\n`);
}
