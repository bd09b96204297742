/**
 * Prints envelopes for people. What was printed counts as delivered.
 *
 * The text of `data` is shown as it came, never parsed and written again, so a
 * number keeps all its digits.
 *
 * @module
 */

import type { Output, OutputBatch, OutputContext } from "@dstream/sdk";
import type { FieldType, TableSchema } from "@dstream/sdk/changes";
import type { ConsoleConfig } from "./config.ts";

/** One line, or a few, per envelope. */
export class ConsoleOutput implements Output {
  #printed = 0;
  readonly #shown = new Map<string, TableSchema>();

  constructor(readonly config: ConsoleConfig) {}

  async write(batch: OutputBatch, context: OutputContext): Promise<void> {
    const paint = context.hasColours ? withAnsi : plain;
    const texts = this.config.format === "structured"
      ? this.#newSchemas(batch, paint)
      : [];
    for (let index = 0; index < batch.count; index++) {
      const data = batch.dataText(index);
      if (data === undefined) continue; // no envelope: the kit has rejected it
      texts.push(this.#show(++this.#printed, data, index, batch, paint));
    }
    if (texts.length > 0) await context.print(texts.join(""));
  }

  /** They hold for all lines of the batch, so they stand before the first. */
  #newSchemas({ schemas }: OutputBatch, paint: Paint): string[] {
    const texts: string[] = [];
    for (const [table, schema] of schemas) {
      if (this.#shown.get(table) === schema) continue;
      this.#shown.set(table, schema);
      texts.push(showSchema(schema, paint));
    }
    return texts;
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

function showSchema(
  { table, key, fields }: TableSchema,
  paint: Paint,
): string {
  const names = key === undefined
    ? ""
    : `  ${paint.key("key:")} ${key.join(", ")}\n`;
  const columns = fields.map((field) => `${field.name} ${typeText(field)}`);
  return `${paint.label(`Schema of ${table}`)}\n${names}` +
    `  ${paint.key("fields:")} ${columns.join(", ")}\n`;
}

/** `decimal(19,4)`, `list of string`, with `?` where null may stand. */
function typeText(
  { type, precision, scale, element, nullable }: FieldType,
): string {
  const digits = [precision, scale].filter((each) => each !== undefined);
  const size = digits.length === 0 ? "" : `(${digits.join(",")})`;
  const inner = element === undefined ? "" : ` of ${typeText(element)}`;
  return `${type}${size}${inner}${nullable ? "?" : ""}`;
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
