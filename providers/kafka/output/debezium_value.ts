/**
 * A change → a value in Debezium's shape, for readers that know no other.
 *
 * Source: https://debezium.io/documentation/reference/stable/connectors/postgresql.html#postgresql-events
 *
 * @module
 */

import { KIT_VERSION } from "@dstream/sdk";
import type { Change, Operation } from "@dstream/sdk/changes";

const OP: Readonly<Record<Operation, string | undefined>> = {
  insert: "c",
  update: "u",
  delete: "d",
  read: "r",
  truncate: "t",
  gap: undefined,
};

/**
 * @param data The row as text, with all its digits.
 * @returns undefined for what Debezium has no word for.
 */
export function debeziumValue(
  change: Change,
  data: string,
  nowMs: number,
): string | undefined {
  const op = OP[change.operation ?? "read"];
  if (op === undefined) return undefined;
  const isDelete = op === "d";
  const hasRow = op !== "t" && !isDelete;
  const before = isDelete
    ? data
    : change.before === undefined
    ? "null"
    : JSON.stringify(change.before);
  const source = JSON.stringify(sourceOf(change, op));
  return `{"before":${before},"after":${hasRow ? data : "null"},` +
    `"source":${source},"op":"${op}","ts_ms":${nowMs}}`;
}

function sourceOf(change: Change, op: string) {
  const { table = "", source = "dstream", position, timestamp } = change;
  const dot = table.lastIndexOf(".");
  const time = timestamp === undefined ? NaN : Date.parse(timestamp);
  return {
    version: KIT_VERSION,
    connector: source,
    name: "dstream",
    ts_ms: Number.isNaN(time) ? 0 : time,
    snapshot: String(op === "r"),
    db: "",
    schema: dot < 0 ? "" : table.slice(0, dot),
    table: table.slice(dot + 1),
    ...(change.transaction === undefined ? {} : { txId: change.transaction }),
    ...(position === undefined ? {} : { position }),
  };
}
