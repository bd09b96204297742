/**
 * The tables of an ingester, each with its topic and with what differs for it.
 *
 * @module
 */

import { suggest } from "../../core/config/load/suggest.ts";
import type { SourceBlock } from "./source_block.ts";
import { plainTable, type SourceDatabase, topicOf } from "./destination.ts";
import type { IngesterValues } from "./ingester_keys.ts";
import type { ServerProblems } from "./problems.ts";

/** One table. */
export interface IngestedTable {
  /** As configured. */
  readonly table: string;
  readonly topic: string;
  /** Of its override, if it has one. */
  readonly override: SourceBlock | undefined;
}

const NO_PATTERNS = "name each table: topics are made before the first " +
  "change of a table comes";

/** @param block The ingester block. */
export function readTables(
  values: IngesterValues,
  source: SourceDatabase,
  block: SourceBlock,
  problems: ServerProblems,
): IngestedTable[] {
  const overrides = readOverrides(values, block, problems);
  const tables: IngestedTable[] = [];
  const taken = new Map<string, string>();
  for (const [index, table] of values.tables.entries()) {
    const at = block.locate(`tables[${index}]`);
    if (table.includes("*")) {
      const message = `"tables" can't have the pattern ${quote(table)} here`;
      problems.report(at, message, NO_PATTERNS);
      continue;
    }
    const { name: topic, problem } = topicOf(source, table);
    if (topic === undefined) {
      problems.report(at, problem);
      continue;
    }
    const other = taken.get(topic.toLowerCase());
    if (other !== undefined) {
      const message = other === table
        ? `"tables" has ${quote(table)} twice`
        : `the tables ${quote(other)} and ${quote(table)} would both have ` +
          `the topic ${quote(topic)}`;
      problems.report(at, message);
      continue;
    }
    taken.set(topic.toLowerCase(), table);
    tables.push({ table, topic, override: overrides.get(keyOf(table)) });
  }
  return tables;
}

/** By table; one for a table that isn't read is a mistake. */
function readOverrides(
  { tables, tablesOverrides }: IngesterValues,
  block: SourceBlock,
  problems: ServerProblems,
): Map<string, SourceBlock> {
  const found = new Map<string, SourceBlock>();
  const known = new Set(tables.map(keyOf));
  const given = tablesOverrides?.overrides ?? [];
  const parent = block.inside("tables_overrides").inside("overrides");
  for (const [index, { tableName }] of given.entries()) {
    const override = given.length === 1 && !parent.isList
      ? parent
      : parent.inside(String(index));
    const key = keyOf(tableName);
    const at = override.locate("table_name");
    if (!known.has(key)) {
      const hint = suggest(tableName, tables, "tables has");
      problems.report(at, `${quote(tableName)} is not one of tables`, hint);
    } else if (found.has(key)) {
      problems.report(at, `there are two overrides of ${quote(tableName)}`);
    }
    found.set(key, override);
  }
  return found;
}

/** Case doesn't count, as in nearly every database. */
function keyOf(table: string): string {
  return plainTable(table).toLowerCase();
}

function quote(text: string): string {
  return JSON.stringify(text);
}
