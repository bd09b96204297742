/**
 * One process of a target, from its start to the end of its stdin.
 *
 * It is only ever ended by closing its stdin: after a signal neither what it says
 * nor its exit status means that rows are written. For the same reason a state it
 * gives back counts only if it is still alive a moment later.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { Json } from "@dstream/sdk";
import { parseExactJson } from "@dstream/sdk/changes";
import { isAlive } from "../alive.ts";
import { linesOf, SingerProcess } from "../singer_process.ts";
import type { SingerLaunch } from "../singer_process.ts";
import type { AnyTarget } from "./any_target.ts";

/** Written at once when so much waits. */
const BLOCK_CHARACTERS = 64 * 1024;
/** How long a target must live on after a state. */
const TRUST_MS = 1000;

/** Who hears of the target. */
export interface TargetEvents {
  /** A state came back, and can be believed. */
  readonly onState: (state: Json) => void;
  /** A line of its stdout that is no state. */
  readonly onStray: (line: string) => void;
}

/** See the module. */
export class TargetProcess implements AnyTarget {
  readonly #process: SingerProcess;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array>;
  readonly #events: TargetEvents;
  readonly #heard: Promise<void>;
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  #text = "";
  #isClosing = false;

  /** @throws {ConfigError} when there is no such program. */
  constructor(launch: SingerLaunch, events: TargetEvents) {
    this.#events = events;
    this.#process = new SingerProcess({
      ...launch,
      hasInput: true,
      isDetached: true,
    });
    this.#stdin = this.#process.stdin.getWriter();
    // Its end is told by whoever writes or closes.
    this.#stdin.closed.catch(() => {});
    this.#heard = this.#hear();
    void this.#process.status.then(() => this.#forgetStates());
  }

  get pid(): number {
    return this.#process.pid;
  }

  get hasEnded(): boolean {
    return this.#process.hasEnded;
  }

  /** Adds a message, without its line feed. Waits while the target is slow. */
  async write(message: string): Promise<void> {
    this.#text += `${message}\n`;
    if (this.#text.length >= BLOCK_CHARACTERS) await this.drain();
  }

  /** Hands on what was added. @throws with its last words if it has ended. */
  async drain(): Promise<void> {
    if (this.#text === "") return;
    const bytes = Buffer.from(this.#text);
    this.#text = "";
    try {
      await this.#stdin.ready;
      await this.#stdin.write(bytes);
    } catch {
      throw await this.#failure();
    }
  }

  /** The end of its stdin: it writes all it has and ends. @throws unless it did. */
  async finish(): Promise<void> {
    await this.drain();
    // An end that we didn't ask for means nothing, whatever its status. On a busy
    // machine it may be there before we are told.
    if (this.hasEnded || !isAlive(this.pid)) throw await this.#failure();
    this.#isClosing = true;
    await this.#stdin.close().catch(() => {});
    const status = await this.#process.status;
    await this.#heard;
    if (!status.success) throw new Error(this.#process.describeEnd(status));
  }

  /** The same, of which nobody hears. */
  async abandon(): Promise<void> {
    this.#forgetStates();
    await this.#stdin.close().catch(() => {});
    await this.#process.status;
  }

  async #failure(): Promise<Error> {
    const status = await this.#process.status;
    return new Error(this.#process.describeEnd(status));
  }

  async #hear(): Promise<void> {
    try {
      for await (const line of linesOf(this.#process.stdout, Infinity)) {
        if (line.trim() === "") continue;
        const state = stateOf(line);
        if (state === undefined) this.#events.onStray(line);
        else this.#trust(state);
      }
    } catch {
      // The pipe broke with its end, which is told elsewhere.
    }
  }

  #trust(state: Json): void {
    if (this.#isClosing) return; // its end says it all
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      if (!this.hasEnded) this.#events.onState(state);
    }, TRUST_MS);
    this.#timers.add(timer);
  }

  #forgetStates(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }
}

function stateOf(line: string): Json | undefined {
  if (!line.trimStart().startsWith("{")) return undefined;
  try {
    return parseExactJson(line);
  } catch {
    return undefined;
  }
}
