/**
 * A batch of envelopes → changes with the table each belongs to; what can't be one
 * is rejected here.
 *
 * Of a line of the usual shape neither its row nor its metadata is parsed before
 * somebody asks.
 *
 * @module
 */

import type { JsonObject, OutputBatch, TableSchema } from "@dstream/sdk";
import {
  type Change,
  type ChangeHead,
  readChange,
  readHead,
  rowOf,
} from "@dstream/sdk/changes";
import { Scope, Template } from "@dstream/sdk/service";
import type { Row } from "./dialect.ts";
import type { SqlConfig } from "./fields.ts";
import { rowOfText } from "./json_rows.ts";
import { RowScanner } from "./scan_row.ts";
import { shapeOf } from "./shapes.ts";

/** A change at its place in the batch. */
export interface PlacedChange {
  readonly index: number;
  /** The table's name as text. */
  readonly table: string;
  readonly head: ChangeHead;
  /** All but its row, which is `null` where {@link row} has it. */
  readonly change: Change;
  readonly schema: TableSchema | undefined;
  /** `undefined` where its data is no object. */
  readonly row: Row | undefined;
  /** The text of its data. */
  readonly text: string;
  /** The values of {@link scannedKey}, as JSON; not always known. */
  readonly keyText: string | undefined;
  readonly scannedKey: readonly string[] | undefined;
  /** The row before may be known. */
  readonly hasBefore: boolean;
}

const USUAL_TABLE = "{metadata.table}";

/** Called for what can't be stored however often it is tried. */
export type Reject = (index: number, reason: string) => void;

/** Reads changes. */
export class ChangeReader {
  readonly #config: SqlConfig;
  readonly #template: Template | undefined;
  readonly #scanner = new RowScanner();
  #lastKey: readonly string[] | undefined;
  #key: readonly string[] | undefined;

  constructor(config: SqlConfig) {
    this.#config = config;
    this.#template = config.table === USUAL_TABLE
      ? undefined
      : new Template(config.table);
  }

  /** The changes of a batch, or of a part of it, in order. */
  read(
    batch: OutputBatch,
    reject: Reject,
    from = 0,
    to = batch.count,
  ): PlacedChange[] {
    const placed: PlacedChange[] = [];
    for (let index = from; index < to; index++) {
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
    const head = readHead(batch, index);
    if (head === undefined) return undefined; // rejected by then
    const table = this.#tableOf(batch, index, head, reject);
    if (table === undefined) return undefined;
    const schema = batch.schemas.get(head.table ?? table);
    if (head.form === "debezium") {
      return parsedChange(batch, index, table, head, schema);
    }
    const text = batch.dataText(index)!;
    const scannedKey = this.#config.key ?? this.#interned(head.key);
    const scanned = this.#scanner.scan(text, scannedKey);
    const row = scanned === undefined
      ? parsedRow(text)
      : rowOfText(text, scanned.shape);
    const keyText = scanned?.keyText;
    const parts = {
      index,
      table,
      head,
      schema,
      text,
      row,
      keyText,
      scannedKey,
    };
    return new LineChange(parts, batch.metadataText(index)!);
  }

  #tableOf(
    batch: OutputBatch,
    index: number,
    { operation, table: source }: ChangeHead,
    reject: Reject,
  ): string | undefined {
    if (operation === undefined) {
      const { operation: named } = batch.metadata(index) ?? {};
      if (isText(named)) {
        reject(index, `there is no operation ${JSON.stringify(named)}`);
        return undefined;
      }
    }
    const table = this.#template === undefined
      ? source
      : this.#template.render(new Scope(batch, index));
    if (table !== undefined && table !== "") return table;
    reject(index, `nothing says its table: ${this.#config.table} is empty`);
  }

  /** The same list for all lines with this key. */
  #interned(key: readonly string[] | undefined): readonly string[] | undefined {
    if (key !== this.#lastKey) {
      this.#lastKey = key;
      this.#key = key === undefined ? undefined : shapeOf(key).names;
    }
    return this.#key;
  }
}

/** A change whose metadata is parsed when somebody asks. */
class LineChange implements PlacedChange {
  readonly index: number;
  readonly table: string;
  readonly head: ChangeHead;
  readonly schema: TableSchema | undefined;
  readonly text: string;
  readonly row: Row | undefined;
  readonly keyText: string | undefined;
  readonly scannedKey: readonly string[] | undefined;
  readonly #metadata: string;

  constructor(
    parts: Omit<PlacedChange, "change" | "hasBefore">,
    metadata: string,
  ) {
    this.index = parts.index;
    this.table = parts.table;
    this.head = parts.head;
    this.schema = parts.schema;
    this.text = parts.text;
    this.row = parts.row;
    this.keyText = parts.keyText;
    this.scannedKey = parts.scannedKey;
    this.#metadata = metadata;
  }

  get hasBefore(): boolean {
    return this.head.form !== "dstream" || this.#metadata.includes('"before"');
  }

  get change(): Change {
    return readChange({ data: null, metadata: JSON.parse(this.#metadata) });
  }
}

/** Debezium's row stands within its data. */
function parsedChange(
  batch: OutputBatch,
  index: number,
  table: string,
  head: ChangeHead,
  schema: TableSchema | undefined,
): PlacedChange {
  const change = readChange(batch.envelope(index)!);
  const values = rowOf(change);
  const text = JSON.stringify(change.data);
  return {
    index,
    table,
    head,
    schema,
    change,
    text,
    row: values === undefined
      ? undefined
      : rowOfText(text, shapeOf(Object.keys(values)), values),
    keyText: undefined,
    scannedKey: undefined,
    hasBefore: true,
  };
}

function parsedRow(text: string): Row | undefined {
  const values = JSON.parse(text);
  return typeof values === "object" && values !== null && !Array.isArray(values)
    ? rowOfText(text, shapeOf(Object.keys(values)), values as JsonObject)
    : undefined;
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
