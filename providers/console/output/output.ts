/**
 * Prints envelopes for people. What was printed counts as delivered.
 *
 * The text of `data` is shown as it came, never parsed and written again, so a
 * number keeps all its digits.
 *
 * @module
 */

import type { Output, OutputBatch, OutputContext } from "@dstream/sdk";
import type { ConsoleConfig } from "./config.ts";

/** One line, or a few, per envelope. */
export class ConsoleOutput implements Output {
  #printed = 0;

  constructor(readonly config: ConsoleConfig) {}

  async write(batch: OutputBatch, context: OutputContext): Promise<void> {
    const paint = context.hasColours ? withAnsi : plain;
    const texts: string[] = [];
    for (let index = 0; index < batch.count; index++) {
      const data = batch.dataText(index);
      if (data === undefined) continue; // no envelope: the kit has rejected it
      texts.push(this.#show(++this.#printed, data, index, batch, paint));
    }
    if (texts.length > 0) await context.print(texts.join(""));
  }

  #show(
    number: number,
    data: string,
    index: number,
    batch: OutputBatch,
    paint: Paint,
  ): string {
    switch (this.config.format) {
      case "simple":
        return `${paint.label(`Message #${number}:`)} ${data}\n`;
      case "structured":
        return `${paint.label(`Message #${number}`)}\n` +
          `  ${paint.key("data:")} ${data}\n` +
          `  ${paint.key("metadata:")} ${batch.metadataText(index)}\n`;
      case "json":
        return `${decoder.decode(batch.line(index))}\n`;
    }
  }
}

const decoder = new TextDecoder();

interface Paint {
  label(text: string): string;
  key(text: string): string;
}

const plain: Paint = { label: (text) => text, key: (text) => text };

const withAnsi: Paint = {
  label: (text) => `\x1b[36m${text}\x1b[39m`,
  key: (text) => `\x1b[2m${text}\x1b[22m`,
};
