/**
 * Which schemas are told: a task that reads ten thousand files or topics with a table
 * each, or one with a header of megabytes, shall not end for that.
 *
 * @module
 */

import type { TableSchema } from "../../protocol/schema.ts";
import type { Logger } from "../provider.ts";

/** Below what a stream may have: 10,000 tables, 4 MiB each, 64 MiB in all. */
const MOST_TABLES = 5_000;
const MOST_BYTES_OF_ONE = 1024 * 1024;
const MOST_BYTES = 16 * 1024 * 1024;

/**
 * Counts what was told; what doesn't fit is left out, and that is said once.
 *
 * @example
 * ```ts
 * import { FittingSchemas } from "@dstream/sdk/changes";
 *
 * const said: string[] = [];
 * const warn = (message: string) => void said.push(message);
 * const schemas = new FittingSchemas({ warn }, "read fewer files");
 * const fields = [{ name: "x".repeat(2_000_000), type: "any" } as const];
 * if (schemas.fitting({ table: "orders", fields }) !== undefined) throw new Error();
 * if (!said[0].endsWith("read fewer files")) throw new Error();
 * ```
 */
export class FittingSchemas {
  readonly #log: Pick<Logger, "warn">;
  readonly #hint: string;
  readonly #sizes = new Map<string, number>();
  readonly #known = new WeakMap<TableSchema, boolean>();
  #total = 0;
  #isSaid = false;

  /** @param hint What helps, for whoever reads that. */
  constructor(log: Pick<Logger, "warn">, hint: string) {
    this.#log = log;
    this.#hint = hint;
  }

  /** @returns The schema, or nothing when there is none or no room for it. */
  fitting(schema: TableSchema | undefined): TableSchema | undefined {
    if (schema === undefined) return undefined;
    let fits = this.#known.get(schema);
    if (fits === undefined) {
      fits = this.#take(schema);
      this.#known.set(schema, fits);
    }
    return fits ? schema : undefined;
  }

  #take(schema: TableSchema): boolean {
    const { table } = schema;
    const size = JSON.stringify(schema).length;
    const total = this.#total - (this.#sizes.get(table) ?? 0) + size;
    const isNew = !this.#sizes.has(table);
    const fits = size <= MOST_BYTES_OF_ONE && total <= MOST_BYTES &&
      !(isNew && this.#sizes.size >= MOST_TABLES);
    if (fits) {
      this.#sizes.set(table, size);
      this.#total = total;
    } else this.#say(table);
    return fits;
  }

  #say(table: string): void {
    if (this.#isSaid) return;
    this.#isSaid = true;
    this.#log.warn(
      `the schema of the table ${
        JSON.stringify(table.slice(0, 120))
      } is left ` +
        "out, and others perhaps: there are too many, or it is too large; " +
        this.#hint,
    );
  }
}
