/**
 * Says that updates were for rows that aren't there, and not too often.
 *
 * An update that has not all that an insert needs can't make the row. After a crash
 * that is nothing: a replay updates what is removed later on. Else rows are missing
 * here, so it is told and never passed over in silence.
 *
 * @module
 */

import type { Logger } from "@dstream/sdk";
import type { Missed } from "./apply.ts";
import { shownTable } from "./dialect.ts";

/** Told again when there are so many times as many. */
const FACTOR = 10;

/** Counts them by table. */
export class MissedRows {
  readonly #counts = new Map<string, { total: number; toldAt: number }>();

  tell({ table, count }: Missed, log: Logger): void {
    const name = shownTable(table.name);
    const counted = this.#counts.get(name) ?? { total: 0, toldAt: 0 };
    this.#counts.set(name, counted);
    counted.total += count;
    if (counted.total < counted.toldAt * FACTOR) return;
    counted.toldAt = counted.total;
    const rows = counted.total === 1 ? "1 row" : `${counted.total} rows`;
    const are = counted.total === 1 ? "isn't" : "aren't";
    log.warn(
      `${rows} of ${table.name.table} to be updated in part ${are} there, ` +
        "and an insert would need more columns",
    );
  }
}
