/**
 * Sends the lines of a file.
 *
 * The state is the number of lines sent, so going on is skipping as many.
 *
 * @module
 */

import {
  ConfigError,
  type Input,
  type InputBatch,
  type InputContext,
  type Json,
} from "@dstream/sdk";
import type { ExampleConfig } from "./config.ts";

/** One envelope per line. */
export class ExampleInput implements Input {
  readonly #lines: readonly string[];

  private constructor(readonly config: ExampleConfig, text: string) {
    this.#lines = text.split("\n").slice(0, -1);
  }

  /** What throws here is shown to the user before anything streams. */
  static async open(config: ExampleConfig): Promise<ExampleInput> {
    try {
      return new ExampleInput(config, await Deno.readTextFile(config.path));
    } catch {
      throw new ConfigError("path", `cannot read "${config.path}"`);
    }
  }

  async *read(
    resume: Json | undefined,
    { signal, sleep }: InputContext,
  ): AsyncIterable<InputBatch> {
    const { pauseMs } = this.config;
    let line = Number(resume ?? 0);
    while (line < this.#lines.length && !signal.aborted) {
      const data = this.#lines[line++];
      yield {
        envelopes: [{ data, metadata: { line } }],
        state: line,
      };
      if (pauseMs > 0) await sleep(pauseMs);
    }
  }
}
