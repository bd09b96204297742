/**
 * What the output hands messages to: a target, or whoever reads its stdout.
 *
 * @module
 */

import type { OutputContext } from "@dstream/sdk";

/** A target that runs. */
export interface AnyTarget {
  readonly hasEnded: boolean;
  /** Adds a message, without its line feed. */
  write(message: string): Promise<void>;
  /** Hands on what was added. */
  drain(): Promise<void>;
  /** Returns when all of it is durable. */
  finish(): Promise<void>;
  /** The same, of which nobody hears. */
  abandon(): Promise<void>;
}

/** Stands for a target: messages go to stdout, for the next program of a pipe. */
export const STDOUT = "-";

/** Messages as the provider's own output. Our states mean nothing there. */
export class PrintedMessages implements AnyTarget {
  readonly hasEnded = false;
  readonly #print: OutputContext["print"];
  #text = "";

  constructor(print: OutputContext["print"]) {
    this.#print = print;
  }

  async write(message: string): Promise<void> {
    if (message.startsWith('{"type":"STATE"')) return;
    this.#text += `${message}\n`;
    if (this.#text.length >= BLOCK_CHARACTERS) await this.drain();
  }

  async drain(): Promise<void> {
    const text = this.#text;
    this.#text = "";
    if (text !== "") await this.#print(text);
  }

  finish(): Promise<void> {
    return this.drain();
  }

  abandon(): Promise<void> {
    return this.drain();
  }
}

const BLOCK_CHARACTERS = 64 * 1024;
