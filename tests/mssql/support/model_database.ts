/**
 * A test's database in the model.
 *
 * @module
 */

import type { ModelDatabase } from "../../support/mssql_model/database.ts";
import { fromHex, toHex } from "../../support/mssql_model/lsn.ts";
import { Model } from "../../support/mssql_model/model.ts";
import type { ModelColumn } from "../../support/mssql_model/model_column.ts";
import type { TestChange, TestDatabase, TestOffset } from "./test_database.ts";

/** A database in a model of its own, which a test can look into. */
export class ModelTestDatabase implements TestDatabase {
  readonly model = new Model();
  readonly #database: ModelDatabase = this.model.database("shop");

  constructor() {
    this.#database.enableCdc();
    // As on a server that has run for a while.
    this.#database.noteIdle();
  }

  get connectionString(): string {
    return `${this.model.connectionString};Encrypt=false`;
  }

  createTable(
    path: string,
    columns: readonly ModelColumn[],
    key: readonly string[],
  ): Promise<void> {
    this.#database.createTable(path, columns, key);
    return Promise.resolve();
  }

  addColumn(path: string, column: ModelColumn): Promise<void> {
    this.#database.addColumn(path, column);
    return Promise.resolve();
  }

  alterColumn(path: string, column: ModelColumn): Promise<void> {
    this.#database.alterColumn(path, column);
    return Promise.resolve();
  }

  dropColumn(path: string, name: string): Promise<void> {
    this.#database.dropColumn(path, name);
    return Promise.resolve();
  }

  enableTable(path: string, name?: string): Promise<void> {
    this.#database.enableTable(path, name === undefined ? {} : { name });
    return Promise.resolve();
  }

  disableInstance(_path: string, name: string): Promise<void> {
    this.#database.disableInstance(name);
    return Promise.resolve();
  }

  apply(...changes: readonly TestChange[]): Promise<void> {
    this.#database.transaction((transaction) => {
      for (const change of changes) {
        if ("insert" in change) transaction.insert(change.insert, change.row);
        else if ("update" in change) {
          transaction.update(change.update, change.key, change.set);
        } else transaction.delete(change.delete, change.key);
      }
    });
    return Promise.resolve();
  }

  cleanUp(instance: string, lowWaterMark?: string): Promise<void> {
    const mark = lowWaterMark === undefined ? undefined : fromHex(lowWaterMark);
    this.#database.cleanUp(instance, mark);
    return Promise.resolve();
  }

  offset(key: string): Promise<TestOffset | undefined> {
    const rows = [...this.#database.offsets.values()].flatMap((table) =>
      table.sorted()
    );
    const row = rows.find((each) => each.table_name === key);
    return Promise.resolve(
      row === undefined ? undefined : {
        lsn: toHex(row.last_lsn as Uint8Array).slice(2).toLowerCase(),
        generation: BigInt((row.generation ?? 0) as bigint),
        owner: (row.owner ?? null) as string | null,
        snapshot: (row.snapshot ?? null) as string | null,
      },
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.model[Symbol.asyncDispose]();
  }
}
