/**
 * A table's rows, read in chunks by its key.
 *
 * @module
 */

import {
  type CapturedColumn,
  type KeyColumn,
  keyText,
  keyValue,
  selectItem,
} from "../encode/column_sql.ts";
import {
  type Parameter,
  quoteName,
  quotePath,
  quoteText,
  type Statement,
  statement,
} from "./sql_text.ts";

/** How a table's rows are read; the same for the whole snapshot. */
export interface SnapshotShape {
  readonly schemaName: string;
  readonly tableName: string;
  readonly columns: readonly CapturedColumn[];
  /** At least one, in the order of the index. */
  readonly key: readonly KeyColumn[];
  /** Whether snapshot isolation is on, so that no writer waits for us. */
  readonly isSnapshotIsolated: boolean;
}

/**
 * The next rows of a table by its key.
 *
 * Rows: `__$key0`, `__$key1`, … nvarchar(4000) (the key as text), then the
 * columns. Then, in a second result, a row: `modified_at` varchar(23), as in
 * {@link tables}: another one means that the rows may be cut, or their key.
 * Parameters: `top`, and after the first chunk `key0`, `key1`, … with the text of
 * the last row.
 *
 * The isolation level is the statement's own: it ends with sp_executesql.
 *
 * https://learn.microsoft.com/sql/t-sql/statements/set-transaction-isolation-level-transact-sql
 */
export function snapshotChunk(
  shape: SnapshotShape,
  afterKey: readonly string[] | undefined,
  maxRows: number,
): Statement {
  const items = [
    ...shape.key.map((one, i) => `${keyText(one, "t")} AS [__$key${i}]`),
    ...shape.columns.map((column) => selectItem(column, "t")),
  ];
  const where = afterKey === undefined ? "" : `
WHERE ${afterKeyCondition(shape.key)}`;
  const order = shape.key.map(({ name }) => `t.${quoteName(name)}`).join(", ");
  const path = quotePath(shape.schemaName, shape.tableName);
  const level = shape.isSnapshotIsolated ? "SNAPSHOT" : "READ COMMITTED";
  return statement(
    afterKey === undefined ? "first chunk" : "next chunk",
    `
SET TRANSACTION ISOLATION LEVEL ${level};
SELECT TOP (@top) ${items.join(",\n  ")}
FROM ${path} AS t${where}
ORDER BY ${order};
SELECT CONVERT(varchar(23), o.modify_date, 121) AS modified_at
FROM sys.objects AS o
WHERE o.object_id = OBJECT_ID(${quoteText(path)}, N'U')`,
    [
      { name: "top", type: "int", value: maxRows },
      ...(afterKey ?? []).map((value, i): Parameter => ({
        name: `key${i}`,
        type: "nvarchar(4000)",
        value,
      })),
    ],
  );
}

/** (a, b) > (x, y), with the first column alone in front for the index. */
function afterKeyCondition(key: readonly KeyColumn[]): string {
  const column = (i: number) => `t.${quoteName(key[i].name)}`;
  const value = (i: number) => keyValue(key[i], `@key${i}`);
  const steps = key.map((_, i) => {
    const equal = key.slice(0, i).map((_, j) => `${column(j)} = ${value(j)}`);
    return [...equal, `${column(i)} > ${value(i)}`].join(" AND ");
  });
  if (steps.length === 1) return steps[0];
  const any = steps.map((step) => `(${step})`).join(" OR ");
  return `${column(0)} >= ${value(0)} AND (${any})`;
}

/**
 * About how many rows a table has. One row: `row_count` bigint or NULL.
 * Parameter: `object_id` int.
 *
 * https://learn.microsoft.com/sql/relational-databases/system-catalog-views/sys-partitions-transact-sql
 */
export function rowCount(objectId: number): Statement {
  return statement(
    "row count",
    `
SELECT SUM(p.rows) AS row_count
FROM sys.partitions AS p
WHERE p.object_id = @object_id AND p.index_id IN (0, 1)`,
    [{ name: "object_id", type: "int", value: objectId }],
  );
}
