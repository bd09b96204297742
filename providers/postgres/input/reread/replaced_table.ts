/**
 * A table's name belongs to another table now: what to do about it.
 *
 * @module
 */

import { FinalError, type InputBatch } from "@dstream/sdk";
import { writeChange } from "@dstream/sdk/changes";
import { shownName, type TableName } from "../../names.ts";
import type { PostgresConfig } from "../config.ts";
import { listTables, type SourceTable } from "../setup/catalog.ts";
import type { CatalogConnection } from "../setup/catalog_connection.ts";
import { readPublication } from "../setup/publication.ts";
import { gapAnswer } from "../setup/state_of_slot.ts";
import type { Rereads } from "./rereads.ts";

/** The table that has the name now, as the stream tells it. */
export interface Replacement {
  readonly name: TableName;
  readonly oid: number;
  /** Where in the log it was noticed. */
  readonly place: string;
  readonly position: string;
}

/** Answers as `on_gap` says. */
export class ReplacedTables {
  constructor(
    private readonly config: PostgresConfig,
    private readonly catalog: CatalogConnection,
    private readonly signal: AbortSignal,
  ) {}

  /**
   * @param hold The slot stays where it is until the state is stored.
   * @throws {FinalError} `postgres.table_replaced`, where a gap ends the task.
   */
  async answer(
    replacement: Replacement,
    rereads: Rereads,
    hold: () => void,
  ): Promise<InputBatch> {
    const onGap = gapAnswer(this.config);
    const { name, oid, place, position } = replacement;
    if (onGap === "fail") throw failure(name, "its rows are not known");
    const { table, filter } = await this.#find(name, oid);
    rereads.replace(name, oid, table, filter);
    if (onGap === "snapshot" && table !== undefined) {
      if (!table.hasPrimaryKey) {
        throw failure(
          name,
          "and without a primary key it can't be read beside its changes",
        );
      }
      rereads.readAgain(table, place);
      hold();
    }
    const gap = writeChange({
      table: shownName(name),
      operation: "gap",
      position,
      source: "postgres",
      data: null,
    }, this.config.metadata);
    return { envelopes: [gap], state: rereads.toJson() };
  }

  /** Nothing is found of a table that is gone as well, or has another name. */
  async #find(
    name: TableName,
    oid: number,
  ): Promise<{ table?: SourceTable | undefined; filter?: string | undefined }> {
    return await this.catalog.ask(this.signal, async (client) => {
      const tables = await listTables(client);
      const state = await readPublication(client, this.config.publication);
      return {
        table: tables.find((each) =>
          each.oid === oid && shownName(each) === shownName(name)
        ),
        filter: state?.filters.get(oid),
      };
    });
  }
}

function failure(name: TableName, what: string): FinalError {
  return new FinalError(
    "postgres.table_replaced",
    `${shownName(name)} is another table than the one that was read before: ` +
      what,
    {
      key: "on_gap",
      hint: 'on_gap = "snapshot" reads its rows, "continue" goes on with its ' +
        "changes alone; or take the table out of the state: " +
        "`dstream state --help`",
    },
  );
}
