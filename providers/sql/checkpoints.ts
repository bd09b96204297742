/**
 * Exactly once: the newest position of each source table, stored in the transaction
 * of its rows. What comes again after a crash is known by it and left out.
 *
 * The stored row is locked first, so an older process that still lives waits, and
 * then knows that it is late. What the database refused is remembered as well: its
 * rejection may have been lost with the process.
 *
 * Rows that were found (`read`) share one position, so it says nothing of them: they
 * are taken each time, and what follows one of them in an upserted table, too.
 *
 * @module
 */

import type { Json, SchemaField } from "@dstream/sdk";
import {
  type Connection,
  type Dialect,
  quoteName,
  type TableFacts,
  type TableName,
} from "./dialect.ts";
import type { SqlConfig } from "./fields.ts";
import { rowOfValues } from "./json_rows.ts";
import type { PlacedChange, Reject } from "./read_changes.ts";
import { createTable } from "./tables.ts";

const KEY = ["task", "target", "source_table"] as const;

const FIELDS: readonly SchemaField[] = [
  ...KEY.map((name) => ({ name, type: "string" as const })),
  { name: "position", type: "string" },
  { name: "rejected", type: "string", nullable: true },
];

/** More are forgotten, the oldest first. */
const MAX_REJECTED = 1000;

type Rejected = readonly (readonly [position: string, reason: string])[];

interface Held {
  readonly position: string;
  readonly rejected: Rejected;
}

/** What makes the table. */
export function createCheckpoints(dialect: Dialect, name: TableName): string {
  return createTable(dialect, name, FIELDS, KEY);
}

/** The table of positions. */
export class Checkpoints {
  readonly #dialect: Dialect;
  readonly #config: SqlConfig;
  readonly #facts: TableFacts;
  readonly #task: string;
  /** Their rows are there. */
  readonly #known = new Set<string>();
  /** Source tables of which something without a place of its own was taken. */
  readonly #unplaced = new Set<string>();

  constructor(
    dialect: Dialect,
    config: SqlConfig,
    facts: TableFacts,
    task: string,
  ) {
    this.#dialect = dialect;
    this.#config = config;
    this.#facts = facts;
    this.#task = task;
  }

  /** What is inserted in a transaction that failed isn't there. */
  forget(): void {
    this.#known.clear();
  }

  /** At the begin of the transaction. @returns What the batch has of new. */
  async begin(
    connection: Connection,
    placed: readonly PlacedChange[],
    reject: Reject,
  ): Promise<Passage> {
    const sources = new Set(placed.filter(isPlaced).map(sourceOf));
    await this.#insert(connection, sources);
    const held = await this.#lock(connection);
    const old = new Set<number>();
    const positions = new Map<string, string>();
    for (const each of placed) {
      const source = sourceOf(each);
      const position = each.head.position ?? "";
      if (!isPlaced(each)) this.#unplaced.add(source);
      else if (!this.#isOld(held.get(source), source, position)) {
        if (position > (positions.get(source) ?? "")) {
          positions.set(source, position);
        }
      } else {
        old.add(each.index);
        const reason = held.get(source)?.rejected
          .find(([place]) => place === position)?.[1];
        if (reason !== undefined) reject(each.index, reason);
      }
    }
    return { old, held, positions };
  }

  /** Before its end. */
  async end(
    connection: Connection,
    { held, positions }: Passage,
    placed: readonly PlacedChange[],
    rejected: ReadonlyMap<number, string>,
  ): Promise<void> {
    const refused = Map.groupBy(
      placed.filter((each) => rejected.has(each.index) && isPlaced(each)),
      sourceOf,
    );
    const rows = [...positions].map(([source, position]) => {
      const before = held.get(source);
      const now = (refused.get(source) ?? []).map((each) =>
        [each.head.position!, rejected.get(each.index)!] as const
      );
      const all = [...before?.rejected ?? [], ...now].slice(-MAX_REJECTED);
      return rowOfValues({
        ...this.#keyOf(source),
        // A replay behind a row that was read again goes over older ones.
        position: before !== undefined && before.position > position
          ? before.position
          : position,
        rejected: all.length === 0 ? null : JSON.stringify(all),
      });
    });
    if (rows.length > 0) await this.#put(connection, "upsert", rows);
  }

  #isOld(held: Held | undefined, source: string, position: string): boolean {
    if (held === undefined || position > held.position) return false;
    return this.#config.mode === "append_changes" ||
      !this.#unplaced.has(source);
  }

  /** So that there is something to lock. */
  async #insert(connection: Connection, sources: Set<string>): Promise<void> {
    const fresh = [...sources].filter((each) => !this.#known.has(each));
    if (fresh.length === 0) return;
    const rows = fresh.sort().map((source) =>
      rowOfValues({ ...this.#keyOf(source), position: "", rejected: null })
    );
    await this.#put(connection, "insert", rows);
    for (const each of fresh) this.#known.add(each);
  }

  async #lock(connection: Connection): Promise<Map<string, Held>> {
    const { quote, text, locked } = this.#dialect;
    const names = ["source_table", "position", "rejected"].map(quote);
    const rows = await connection.rows(
      `SELECT ${names.join(", ")} FROM ` +
        `${quoteName(this.#dialect, this.#facts.name)}${locked.behindTable} ` +
        `WHERE ${quote("task")} = ${text(this.#task)} AND ` +
        `${quote("target")} = ${text(this.#config.table)} ` +
        `ORDER BY ${quote("source_table")}${locked.atEnd}`,
    );
    return new Map(rows.map(({ source_table, position, rejected }) => [
      String(source_table),
      {
        position: String(position),
        rejected: rejected === null ? [] : JSON.parse(String(rejected)),
      },
    ]));
  }

  #keyOf(source: string): Record<typeof KEY[number], Json> {
    return {
      task: this.#task,
      target: this.#config.table,
      source_table: source,
    };
  }

  async #put(
    connection: Connection,
    mode: "insert" | "upsert",
    rows: readonly ReturnType<typeof rowOfValues>[],
  ): Promise<void> {
    const columns = [...this.#facts.columns.values()];
    const table = this.#facts;
    await connection.put({
      mode,
      table,
      key: KEY,
      columns,
      rows,
      guard: undefined,
    });
  }
}

/** What a batch has that is not in the database. */
export interface Passage {
  /** Indexes of changes that are. */
  readonly old: ReadonlySet<number>;
  readonly held: ReadonlyMap<string, Held>;
  /** The newest by source table. */
  readonly positions: ReadonlyMap<string, string>;
}

function isPlaced({ head }: PlacedChange): boolean {
  return head.position !== undefined && head.operation !== "read";
}

function sourceOf({ head, table }: PlacedChange): string {
  return head.table ?? table;
}
