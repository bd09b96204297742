/**
 * What tests do to a database: the model's, or a real server's.
 *
 * The model is there unless `DSTREAM_TEST_MSSQL_URL` names a server; then every test
 * that needs no more than this interface runs against that.
 *
 * @module
 */

import type { Model } from "../../support/mssql_model/model.ts";
import type { ModelColumn } from "../../support/mssql_model/model_column.ts";
import type { RowValues } from "../../support/mssql_model/table.ts";

/** One change of a transaction. */
export type TestChange =
  | { readonly insert: string; readonly row: RowValues }
  | {
    readonly update: string;
    readonly key: RowValues;
    readonly set: RowValues;
  }
  | { readonly delete: string; readonly key: RowValues };

/** A row of cdc_offsets, as far as tests look. */
export interface TestOffset {
  /** 20 hexadecimal digits. */
  readonly lsn: string;
  readonly generation: bigint;
  readonly owner: string | null;
  readonly snapshot: string | null;
}

/** A database of its own for one test, with CDC enabled. */
export interface TestDatabase extends AsyncDisposable {
  readonly connectionString: string;
  /** Only of the model: errors, lost connections, what else no server does on order. */
  readonly model: Model | undefined;
  createTable(
    path: string,
    columns: readonly ModelColumn[],
    key: readonly string[],
  ): Promise<void>;
  addColumn(path: string, column: ModelColumn): Promise<void>;
  /** The change table follows once the capture job has read it. */
  alterColumn(path: string, column: ModelColumn): Promise<void>;
  dropColumn(path: string, name: string): Promise<void>;
  enableTable(path: string, name?: string): Promise<void>;
  disableInstance(path: string, name: string): Promise<void>;
  /** One transaction, captured when it returns. */
  apply(...changes: readonly TestChange[]): Promise<void>;
  /** Removes what an instance has below an LSN, or all that it has. */
  cleanUp(instance: string, lowWaterMark?: string): Promise<void>;
  offset(key: string): Promise<TestOffset | undefined>;
}

const url = Deno.env.get("DSTREAM_TEST_MSSQL_URL");

/** Whether a real server is there. */
export const isRealServer: boolean = url !== undefined;

/** Makes one; it is gone with its brace. */
export async function openTestDatabase(): Promise<TestDatabase> {
  if (url === undefined) {
    const { ModelTestDatabase } = await import("./model_database.ts");
    return new ModelTestDatabase();
  }
  const { ServerTestDatabase } = await import("./server_database.ts");
  return await ServerTestDatabase.create(url);
}

/** A requirement as a test; `only: "model"` leaves it out on a real server. */
export function requirement(
  name: string,
  test: (database: TestDatabase, t: Deno.TestContext) => Promise<void>,
  options: { readonly only?: "model" } = {},
): void {
  Deno.test({
    name,
    ignore: isRealServer && options.only === "model",
    fn: async (t) => {
      await using database = await openTestDatabase();
      await test(database, t);
      database.model?.expectNoFaults();
    },
  });
}
