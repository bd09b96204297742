/**
 * "Read this table again": a message in the log that a running task hears.
 *
 * @module
 */

import { isMeant, parseTablePattern, shownName } from "../../names.ts";
import type { SourceTable } from "../setup/catalog.ts";

/** The prefix of such a message to every task; behind a dot its slot, to one. */
export const READ_SIGNAL = "dstream.read";

/** Whether a message of that prefix is for the task of this slot. */
export function isReadSignal(prefix: string, slot: string): boolean {
  return prefix === READ_SIGNAL || prefix === `${READ_SIGNAL}.${slot}`;
}

/** What a signal asks for: tables that can be read again, or why none is. */
export interface Asked {
  readonly tables: readonly SourceTable[];
  readonly problem?: string;
}

/** @param text What the message says: a table, or a pattern, as in `tables`. */
export function askedTables(
  text: string,
  tables: readonly SourceTable[],
): Asked {
  const pattern = parseTablePattern(text);
  const meant = pattern === undefined
    ? []
    : tables.filter((table) => isMeant(pattern, table));
  const keyed = meant.filter(({ hasPrimaryKey }) => hasPrimaryKey);
  if (meant.length === 0) {
    return { tables: [], problem: `this task reads no table "${text}"` };
  }
  if (keyed.length === meant.length) return { tables: keyed };
  const keyless = meant.filter(({ hasPrimaryKey }) => !hasPrimaryKey);
  return {
    tables: keyed,
    problem: `${keyless.map(shownName).join(", ")}: without a primary key a ` +
      "table can't be read in parts beside its changes",
  };
}
