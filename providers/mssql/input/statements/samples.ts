/**
 * One statement of each kind, for a parser that knows T-SQL.
 *
 * @module
 */

import type { KeyColumn } from "../encode/column_sql.ts";
import {
  changes,
  type ChangesShape,
  lag,
  poll,
  type ReadFrom,
} from "./changes.ts";
import { heldLocks, releaseLock, takeLock } from "./locks.ts";
import {
  ADDED_COLUMNS,
  createOffsets,
  extendOffsets,
  moveOffsets,
  type NewOffset,
  offsetsColumns,
  readOffsets,
  takeOffset,
} from "./offsets.ts";
import {
  capturedColumns,
  captureInstances,
  jobs,
  keyColumns,
  retypings,
  serverState,
  tables,
} from "./server.ts";
import { rowCount, snapshotChunk } from "./snapshot.ts";
import type { Statement } from "./sql_text.ts";

function makeSamples(): Statement[] {
  const zero = new Uint8Array(10);
  const column = (name: string, typeName: string, ordinal: number) => ({
    name,
    typeName,
    ordinal,
    maxLengthBytes: 8,
    precision: 18,
    scale: 2,
    isComputed: false,
  });
  const columns = SAMPLE_TYPES.map((type, i) => column(`a ${type}`, type, i));
  const orders = {
    captureInstance: "dbo_orders's",
    changeTable: "dbo_orders_CT",
  };
  const shape = (isWith: boolean): ChangesShape => ({
    ...orders,
    columns,
    withBeforeImage: isWith,
    withUpdateMask: isWith,
    withCommitTime: isWith,
  });
  const key = KEY_TYPES.map((typeName, i): KeyColumn => ({
    name: `k${i}`,
    typeName,
    maxLengthBytes: 20,
    precision: 9,
    scale: 3,
    collation: typeName === "varchar" ? "Latin1_General_CI_AS" : null,
  }));
  const within: ReadFrom = {
    kind: "within",
    lsn: zero,
    commandId: 3,
    seqval: zero,
    operation: 2,
  };
  const ranges: ReadFrom[] = [
    { kind: "after", lsn: zero },
    within,
    { kind: "within_seqval", lsn: zero, seqval: zero },
  ];
  const snapshot = { schemaName: "dbo", tableName: "orders", columns };
  const offsets = { schemaName: "ops", tableName: "cdc_offsets" };
  const moved: NewOffset = {
    key: "dbo.orders",
    generation: 1n,
    lsn: zero,
    seqval: null,
    commandId: null,
    operation: null,
    snapshot: null,
  };
  return [
    serverState(),
    tables(),
    captureInstances(),
    capturedColumns(),
    keyColumns(),
    retypings(),
    jobs(),
    rowCount(1),
    poll([{ ...orders, afterLsn: zero }]),
    poll([{ ...orders, afterLsn: zero }, { ...orders, afterLsn: zero }]),
    ...ranges.flatMap((from) =>
      [false, true].map((isWith) =>
        changes(shape(isWith), { from, untilLsn: zero, maxRows: 2 })
      )
    ),
    lag([{ ...orders, lsn: zero }, { ...orders, lsn: zero }]),
    ...[key, key.slice(0, 1)].flatMap((key, i) => {
      const one = { ...snapshot, key, isSnapshotIsolated: i === 0 };
      return [
        snapshotChunk(one, undefined, 100),
        snapshotChunk(one, key.map(String), 100),
      ];
    }),
    offsetsColumns(offsets),
    createOffsets(offsets),
    createOffsets({ tableName: "cdc_offsets" }),
    extendOffsets(offsets, ["last_seq", ...Object.keys(ADDED_COLUMNS)]),
    readOffsets(offsets),
    readOffsets(offsets, ["last_seq", ...Object.keys(ADDED_COLUMNS)]),
    takeOffset(offsets, "dbo.orders", "orders"),
    moveOffsets(offsets, [moved, moved]),
    takeLock("host/orders.lock"),
    releaseLock("host/orders.lock"),
    heldLocks(["a", "b"]),
  ];
}

const SAMPLE_TYPES = [
  "bit",
  "tinyint",
  "smallint",
  "int",
  "bigint",
  "decimal",
  "numeric",
  "money",
  "smallmoney",
  "float",
  "real",
  "date",
  "time",
  "datetime",
  "smalldatetime",
  "datetime2",
  "datetimeoffset",
  "uniqueidentifier",
  "char",
  "varchar",
  "text",
  "nchar",
  "nvarchar",
  "ntext",
  "xml",
  "json",
  "binary",
  "varbinary",
  "image",
  "timestamp",
  "sql_variant",
  "hierarchyid",
  "geography",
  "geometry",
] as const;

const KEY_TYPES = [
  "int",
  "varchar",
  "nvarchar",
  "decimal",
  "datetime2",
  "binary",
  "uniqueidentifier",
  "money",
  "float",
  "timestamp",
] as const;

/** One of each, for a parser that knows T-SQL. */
export const samples: readonly Statement[] = makeSamples();
