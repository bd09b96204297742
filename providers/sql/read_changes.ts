/**
 * A batch of envelopes → changes with the table each belongs to; what can't be one
 * is rejected here.
 *
 * Of a line of the usual shape neither its row nor its metadata is parsed before
 * somebody asks.
 *
 * @module
 */

import type {
  Envelope,
  JsonObject,
  OutputBatch,
  TableSchema,
} from "@dstream/sdk";
import {
  type Change,
  type ChangeHead,
  readChange,
  readHead,
  rowOf,
} from "@dstream/sdk/changes";
import { Scope, Template } from "@dstream/sdk/service";
import type { Row } from "./dialect.ts";
import { ColumnMap } from "./column_map.ts";
import type { SqlConfig } from "./fields.ts";
import { rowOfCells, rowOfText } from "./json_rows.ts";
import { RowScanner } from "./scan_row.ts";
import { shapeOf } from "./shapes.ts";

/** A change at its place in the stream; it needs nothing of its batch any more. */
export interface PlacedChange {
  /** Among all lines of this process, from 1. */
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
  readonly #template: Template | undefined;
  readonly #usualTable: string;
  readonly #columns: ColumnMap | undefined;
  /** Of the config, as the source calls its columns and as the table does. */
  readonly #configKey: Key | undefined;
  readonly #scanner = new RowScanner();
  #lastKey: readonly string[] | undefined;
  #key: Key | undefined;

  constructor(config: SqlConfig) {
    this.#usualTable = config.table;
    this.#template = config.table === USUAL_TABLE
      ? undefined
      : new Template(config.table);
    this.#columns = ColumnMap.of(config);
    this.#configKey = config.key && {
      here: config.key,
      there: this.#columns?.namesBefore(config.key) ?? config.key,
    };
  }

  /**
   * Adds the changes of a batch to others, in order.
   * @param reject Gets the place in the batch.
   */
  read(batch: OutputBatch, reject: Reject, changes: PlacedChange[]): void {
    for (let at = 0; at < batch.count; at++) {
      const change = this.#readOne(batch, at, reject);
      if (change !== undefined) changes.push(change);
    }
  }

  #readOne(
    batch: OutputBatch,
    at: number,
    reject: Reject,
  ): PlacedChange | undefined {
    const head = readHead(batch, at);
    if (head === undefined) return undefined; // rejected by then
    const table = this.#tableOf(batch, at, head, reject);
    if (table === undefined) return undefined;
    const columns = this.#columns;
    const sent = batch.schemas.get(head.table ?? table);
    const schema = sent && (columns?.schema(sent) ?? sent);
    const index = batch.first + at;
    const added = columns?.added(batch, at);
    if (head.form === "debezium") {
      const envelope = batch.envelope(at)!;
      return parsedChange(
        envelope,
        index,
        table,
        head,
        schema,
        (change) => columns?.change(change, added!) ?? change,
      );
    }
    const text = batch.dataText(at)!;
    const key = this.#configKey ?? this.#interned(head.key);
    const scanned = this.#scanner.scan(text, key?.there);
    const row = scanned === undefined
      ? parsedRow(text)
      : rowOfCells(text, scanned.shape, scanned.ends, scanned.at);
    return new LineChange(
      {
        index,
        table,
        head: columns === undefined || head.key === undefined
          ? head
          : { ...head, key: this.#interned(head.key)!.here },
        schema,
        text,
        row: row && (columns?.row(row, added!) ?? row),
        keyText: scanned?.keyText,
        scannedKey: key?.here,
      },
      batch.metadataText(at)!,
      columns && ((change) => columns.change(change, added!)),
    );
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
    reject(index, `nothing says its table: ${this.#usualTable} is empty`);
  }

  /** The same lists for all lines with this key. */
  #interned(key: readonly string[] | undefined): Key | undefined {
    if (key !== this.#lastKey) {
      this.#lastKey = key;
      const there = key && shapeOf(key).names;
      const here = there && this.#columns?.key(there);
      this.#key = there && { there, here: here ?? there };
    }
    return this.#key;
  }
}

/** Names of a key's columns. */
interface Key {
  /** At the source. */
  readonly there: readonly string[];
  /** In the table. */
  readonly here: readonly string[];
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
  readonly #toTable: ((change: Change) => Change) | undefined;

  constructor(
    parts: Omit<PlacedChange, "change" | "hasBefore">,
    metadata: string,
    toTable: ((change: Change) => Change) | undefined,
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
    this.#toTable = toTable;
  }

  get hasBefore(): boolean {
    return this.head.form !== "dstream" || this.#metadata.includes('"before"');
  }

  get change(): Change {
    const metadata = JSON.parse(this.#metadata);
    const change = readChange({ data: null, metadata });
    return this.#toTable?.(change) ?? change;
  }
}

/** Debezium's row stands within its data. */
function parsedChange(
  envelope: Envelope,
  index: number,
  table: string,
  head: ChangeHead,
  schema: TableSchema | undefined,
  toTable: (change: Change) => Change,
): PlacedChange {
  const change = toTable(readChange(envelope));
  const values = rowOf(change);
  const text = JSON.stringify(change.data);
  return {
    index,
    table,
    head: { ...head, key: change.key },
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
