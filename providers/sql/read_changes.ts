/**
 * A batch of envelopes → changes with the table each belongs to; what can't be one
 * is rejected here.
 *
 * @module
 */

import type { OutputBatch, TableSchema } from "@dstream/sdk";
import { type Change, readChange } from "@dstream/sdk/changes";
import { Scope, Template } from "@dstream/sdk/service";
import type { SqlConfig } from "./fields.ts";

/** A change at its place in the batch. */
export interface PlacedChange {
  readonly index: number;
  /** The table's name as text. */
  readonly table: string;
  readonly change: Change;
  readonly schema: TableSchema | undefined;
  /** The text of the row, with all its digits. */
  readonly text: string;
}

const USUAL_TABLE = "{metadata.table}";

/** Reads changes. */
export class ChangeReader {
  readonly #config: SqlConfig;
  readonly #template: Template | undefined;

  constructor(config: SqlConfig) {
    this.#config = config;
    this.#template = config.table === USUAL_TABLE
      ? undefined
      : new Template(config.table);
  }

  /** The changes of a batch in order. */
  read(batch: OutputBatch, reject: Reject): PlacedChange[] {
    const placed: PlacedChange[] = [];
    for (let index = 0; index < batch.count; index++) {
      const change = this.#readOne(batch, index, reject);
      if (change !== undefined) placed.push(change);
    }
    return placed;
  }

  #readOne(
    batch: OutputBatch,
    index: number,
    reject: Reject,
  ): PlacedChange | undefined {
    const envelope = batch.envelope(index);
    if (envelope === undefined) return undefined; // rejected by then
    const { form, ...change } = readChange(envelope);
    const { operation } = envelope.metadata;
    if (change.operation === undefined && isText(operation)) {
      reject(index, `there is no operation ${JSON.stringify(operation)}`);
      return undefined;
    }
    const table = this.#template === undefined
      ? change.table
      : this.#template.render(new Scope(batch, index));
    if (table === undefined || table === "") {
      reject(index, `nothing says its table: ${this.#config.table} is empty`);
      return undefined;
    }
    const text = form === "debezium"
      ? JSON.stringify(change.data)
      : batch.dataText(index)!;
    const schema = batch.schemas.get(change.table ?? table);
    return { index, table, change, schema, text };
  }
}

/** Called for what can't be stored however often it is tried. */
export type Reject = (index: number, reason: string) => void;

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
