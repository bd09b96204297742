/**
 * Where the changes stand, how they are read, and how far behind a table is.
 *
 * @module
 */

import { type CapturedColumn, selectItem } from "../encode/column_sql.ts";
import { lsn } from "./locks.ts";
import {
  type Parameter,
  quotePath,
  quoteText,
  type Statement,
  statement,
} from "./sql_text.ts";

/** A table as {@link poll} asks for it. */
export interface PolledTable {
  readonly captureInstance: string;
  /** Without the schema. */
  readonly changeTable: string;
  /** Changes above this LSN are new. */
  readonly afterLsn: Uint8Array;
}

/** No more tables than this in one {@link poll} or {@link lag}. */
export const MAX_POLLED_TABLES = 200;

/**
 * What is new, for all tables at once; parameters `after0`, `after1`, ….
 *
 * First a row: `max_lsn` binary(10) (NULL before the first capture),
 * `age_seconds` bigint (how long ago the newest was committed; NULL if unknown),
 * `instance_count` int, `newest_instance` varchar(23) and `newest_ddl` binary(10)
 * (either may be NULL): when one of these three changes, the instances or columns
 * did. Then, in a second result, a row for each table in the order given: `ordinal`
 * int (from 0), `next_lsn` binary(10) (the first above `after`, at most max_lsn;
 * NULL when there is none). Then, in a third, another row for each: `ordinal`,
 * `min_lsn` binary(10).
 *
 * The minima come last: cleanup moves them before it deletes, so rows that were
 * looked for too late are known by a minimum that was read after them.
 * The maximum is read before the tables are looked at, so a table without news
 * is read up to there.
 *
 * https://learn.microsoft.com/sql/relational-databases/system-functions/sys-fn-cdc-get-max-lsn-transact-sql
 * https://learn.microsoft.com/sql/relational-databases/system-functions/sys-fn-cdc-get-min-lsn-transact-sql
 */
export function poll(polled: readonly PolledTable[]): Statement {
  const minima = polled.map(({ captureInstance }, index) => `
SELECT ${index} AS ordinal, sys.fn_cdc_get_min_lsn(${
    quoteText(captureInstance)
  }) AS min_lsn`);
  const rows = polled.map(({ changeTable }, index) => `
SELECT ${index} AS ordinal,
  (SELECT MIN(c.[__$start_lsn]) FROM ${quotePath("cdc", changeTable)} AS c
    WHERE c.[__$start_lsn] > @after${index} AND c.[__$start_lsn] <= @max) AS next_lsn`);
  return statement(
    "poll",
    `
DECLARE @max binary(10) = sys.fn_cdc_get_max_lsn();
SELECT @max AS max_lsn,
  DATEDIFF_BIG(second, sys.fn_cdc_map_lsn_to_time(@max), SYSDATETIME()) AS age_seconds,
  (SELECT COUNT(*) FROM cdc.change_tables) AS instance_count,
  (SELECT CONVERT(varchar(23), MAX(create_date), 121) FROM cdc.change_tables) AS newest_instance,
  (SELECT MAX(ddl_lsn) FROM cdc.ddl_history) AS newest_ddl;
${rows.join("\nUNION ALL").trim()}
ORDER BY ordinal;
${minima.join("\nUNION ALL").trim()}
ORDER BY ordinal`,
    polled.map(({ afterLsn }, index) => lsn(`after${index}`, afterLsn)),
  );
}

/** How changes are read from one change table; the same for its whole life. */
export interface ChangesShape {
  readonly captureInstance: string;
  /** Without the schema. */
  readonly changeTable: string;
  /** What is selected; computed and excluded columns are left out before. */
  readonly columns: readonly CapturedColumn[];
  /** Whether rows of operation 3 are read. */
  readonly withBeforeImage: boolean;
  /** Whether `__$update_mask` is read. */
  readonly withUpdateMask: boolean;
  /** Whether the time of the commit is read. */
  readonly withCommitTime: boolean;
}

/** Where reading goes on. */
export type ReadFrom =
  /** Everything up to this LSN is done. */
  | { readonly kind: "after"; readonly lsn: Uint8Array }
  /** Up to this change of this transaction everything is done. */
  | {
    readonly kind: "within";
    readonly lsn: Uint8Array;
    readonly commandId: number;
    readonly seqval: Uint8Array;
    readonly operation: number;
  }
  /**
   * As upstream counts: of this transaction everything below this seqval, and
   * perhaps not all that has this one, as both halves of a key's update do.
   */
  | {
    readonly kind: "within_seqval";
    readonly lsn: Uint8Array;
    readonly seqval: Uint8Array;
  };

/** One reading. */
export interface ReadRange {
  readonly from: ReadFrom;
  /** The last LSN to be read. */
  readonly untilLsn: Uint8Array;
  /** No more rows; at least 2, so that operations 3 and 4 fit. */
  readonly maxRows: number;
}

/**
 * Changes in their order (start_lsn, command_id, seqval, operation).
 *
 * Results: where `from` is within a transaction, first the rest of that one;
 * then the transactions above it, no more than `maxRows` in both; each row
 * `__$start_lsn` binary(10), `__$command_id` int, `__$seqval` binary(10),
 * `__$operation` int, `__$update_mask` varbinary(128) if asked for,
 * `__$commit_time` varchar(23) (UTC, style 121) if asked for, then the columns.
 * The last result is one row: `min_before` and `min_after` binary(10), the
 * instance's minimum before and after the rows were read.
 *
 * Parameters: `until`, `top`, `lsn`, and within a transaction `command`, `seqval`,
 * `operation`, or `seqval` alone.
 *
 * The change table is read itself, since the documented functions return no
 * `__$command_id`: its clustered index has exactly this order.
 *
 * https://learn.microsoft.com/sql/relational-databases/system-tables/cdc-capture-instance-ct-transact-sql
 */
export function changes(shape: ChangesShape, range: ReadRange): Statement {
  const { from, untilLsn, maxRows } = range;
  const instance = quoteText(shape.captureInstance);
  const range_ = `c.[__$start_lsn] > @lsn AND c.[__$start_lsn] <= @until`;
  const rest = from.kind === "after" ? "" : `
${selectChanges(shape, "@top", withinTransaction(from.kind))};
SET @top = @top - @@ROWCOUNT;`;
  return statement(
    from.kind === "after" ? "changes" : `changes ${from.kind}`,
    `
DECLARE @min binary(10) = sys.fn_cdc_get_min_lsn(${instance});${rest}
${selectChanges(shape, "@top", range_)};
SELECT @min AS min_before, sys.fn_cdc_get_min_lsn(${instance}) AS min_after`,
    [
      lsn("until", untilLsn),
      { name: "top", type: "int", value: maxRows },
      ...fromParameters(from),
    ],
  );
}

function selectChanges(shape: ChangesShape, top: string, where: string) {
  const extra = [
    ...(shape.withUpdateMask ? ["c.[__$update_mask]"] : []),
    ...(shape.withCommitTime ? [COMMIT_TIME] : []),
    ...shape.columns.map((column) => selectItem(column, "c")),
  ];
  const join = shape.withCommitTime
    ? `
LEFT JOIN cdc.lsn_time_mapping AS m ON m.start_lsn = c.[__$start_lsn]`
    : "";
  const operations = shape.withBeforeImage
    ? ""
    : " AND c.[__$operation] IN (1, 2, 4)";
  return `SELECT TOP (${top}) c.[__$start_lsn], c.[__$command_id], c.[__$seqval], c.[__$operation]${
    extra.map((item) => `,\n  ${item}`).join("")
  }
FROM ${quotePath("cdc", shape.changeTable)} AS c${join}
WHERE ${where}${operations}
ORDER BY c.[__$start_lsn], c.[__$command_id], c.[__$seqval], c.[__$operation]`;
}

/** The server's local time; its offset of today makes UTC of it. */
const COMMIT_TIME =
  "CONVERT(varchar(23), DATEADD(minute, -DATEPART(tz, SYSDATETIMEOFFSET()), m.tran_end_time), 121) AS [__$commit_time]";

function withinTransaction(kind: "within" | "within_seqval"): string {
  if (kind === "within_seqval") {
    return "c.[__$start_lsn] = @lsn AND c.[__$start_lsn] <= @until AND c.[__$seqval] >= @seqval";
  }
  // `>=` first, so that the index is entered at the command and not before it.
  return `c.[__$start_lsn] = @lsn AND c.[__$start_lsn] <= @until AND c.[__$command_id] >= @command
  AND (c.[__$command_id] > @command OR c.[__$seqval] > @seqval
    OR (c.[__$seqval] = @seqval AND c.[__$operation] > @operation))`;
}

function fromParameters(from: ReadFrom): Parameter[] {
  const start = lsn("lsn", from.lsn);
  if (from.kind === "after") return [start];
  const seqval = lsn("seqval", from.seqval);
  if (from.kind === "within_seqval") return [start, seqval];
  return [
    start,
    { name: "command", type: "int", value: from.commandId },
    seqval,
    { name: "operation", type: "int", value: from.operation },
  ];
}

/** A table as {@link lag} asks for it. */
export interface LaggingTable {
  readonly captureInstance: string;
  /** Without the schema. */
  readonly changeTable: string;
  readonly lsn: Uint8Array;
}

/**
 * How far behind each table is; parameters `lsn0`, `lsn1`, ….
 *
 * Rows in the order given: `ordinal` int, `min_lsn` and `max_lsn` binary(10),
 * `transactions_behind` bigint (of this table), `seconds_behind` bigint (0 with
 * nothing behind; from the commit of the oldest that is to the server's present,
 * both the server's local time), `capture_age_seconds` bigint (how long
 * ago the newest captured was committed; NULL if unknown).
 *
 * https://learn.microsoft.com/sql/relational-databases/system-tables/cdc-lsn-time-mapping-transact-sql
 */
export function lag(lagging: readonly LaggingTable[]): Statement {
  const rows = lagging.map(({ captureInstance, changeTable }, index) => `
SELECT ${index} AS ordinal, sys.fn_cdc_get_min_lsn(${
    quoteText(captureInstance)
  }) AS min_lsn,
  sys.fn_cdc_get_max_lsn() AS max_lsn,
  (SELECT COUNT_BIG(DISTINCT c.[__$start_lsn]) FROM ${
    quotePath("cdc", changeTable)
  } AS c WHERE c.[__$start_lsn] > @lsn${index}) AS transactions_behind,
  COALESCE((SELECT DATEDIFF_BIG(second, sys.fn_cdc_map_lsn_to_time(MIN(c.[__$start_lsn])), SYSDATETIME()) FROM ${
    quotePath("cdc", changeTable)
  } AS c WHERE c.[__$start_lsn] > @lsn${index}), 0) AS seconds_behind,
  DATEDIFF_BIG(second, sys.fn_cdc_map_lsn_to_time(sys.fn_cdc_get_max_lsn()), SYSDATETIME()) AS capture_age_seconds`);
  return statement(
    "lag",
    `${rows.join("\nUNION ALL").trim()}
ORDER BY ordinal`,
    lagging.map((one, index) => lsn(`lsn${index}`, one.lsn)),
  );
}
