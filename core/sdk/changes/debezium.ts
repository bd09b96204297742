/**
 * Debezium's envelope as `data`: `before`, `after`, `op`, `source`, with or
 * without the outer `schema` and `payload`.
 *
 * @module
 */

import type { Envelope, Json, JsonObject } from "../../protocol/envelope.ts";
import {
  asNames,
  asObject,
  asText,
  type Change,
  type Operation,
} from "./change.ts";
import { countText, positionText } from "./position.ts";

const OPERATION_OF: Readonly<Record<string, Operation>> = {
  c: "insert",
  u: "update",
  d: "delete",
  r: "read",
  t: "truncate",
};

/** What stands where a database did not log a value. */
const UNAVAILABLE = "__debezium_unavailable_value";
/** Schemas that are left out of a table's name. */
const USUAL_SCHEMAS = new Set(["public", "dbo"]);

/** Whether this is a change as Debezium writes it. */
export function isDebezium(data: Json): boolean {
  const payload = payloadOf(data);
  return payload !== undefined && asObject(payload.source) !== undefined &&
    ("after" in payload || "before" in payload || payload.op === "t") &&
    typeof payload.op === "string" && payload.op in OPERATION_OF;
}

/** Reads it; the key is that of the message, where its columns can be told. */
export function readDebezium({ data, metadata }: Envelope): Change {
  const payload = payloadOf(data)!;
  const source = asObject(payload.source)!;
  const operation = OPERATION_OF[String(payload.op)];
  const isDelete = operation === "delete";
  const known = knownPart(isDelete ? payload.before : payload.after);
  const before = isDelete ? undefined : knownPart(payload.before).row;
  return {
    data: known.row ?? null,
    table: tableOf(source) ?? asText(metadata.table),
    operation,
    key: keyOf(metadata.key),
    before,
    unchanged: known.unavailable,
    position: positionOf(source) ?? asText(metadata.position),
    transaction: transactionOf(payload, source),
    timestamp: timestampOf(source),
    source: asText(source.connector),
  };
}

function payloadOf(data: Json): JsonObject | undefined {
  const object = asObject(data);
  return asObject(object?.payload) ?? object;
}

/** The columns that are really there, and the names of those that are not. */
function knownPart(value: Json | undefined) {
  const row = asObject(value);
  if (row === undefined) return {};
  const unavailable = Object.keys(row).filter((name) =>
    row[name] === UNAVAILABLE
  );
  if (unavailable.length === 0) return { row };
  const entries = Object.entries(row)
    .filter(([, each]) => each !== UNAVAILABLE);
  return { row: Object.fromEntries(entries) as JsonObject, unavailable };
}

function tableOf(source: JsonObject): string | undefined {
  const table = asText(source.table) ?? asText(source.collection);
  if (table === undefined) return undefined;
  const schema = asText(source.schema);
  return schema === undefined || USUAL_SCHEMAS.has(schema)
    ? table
    : `${schema}.${table}`;
}

/** Names, or the message's key, whose members they are. */
function keyOf(value: Json | undefined): readonly string[] | undefined {
  const names = asNames(value);
  if (names !== undefined) return names;
  const key = asObject(value);
  if (key === undefined) return undefined;
  return Object.keys(asObject(key.payload) ?? key);
}

function positionOf(source: JsonObject): string | undefined {
  const { lsn, change_lsn, commit_lsn, event_serial_no, file, pos, row, scn } =
    source;
  if (typeof commit_lsn === "string") {
    const change = asText(change_lsn) ?? "";
    return [commit_lsn, change, countOf(event_serial_no) ?? ""].join("/");
  }
  if (typeof file === "string" && isCount(pos)) {
    return positionText([file, pos, isCount(row) ? row : 0]);
  }
  return countOf(lsn) ?? countOf(scn);
}

function countOf(value: Json | undefined): string | undefined {
  if (isCount(value)) return countText(value);
  const isDigits = typeof value === "string" && /^\d+$/.test(value);
  return isDigits ? countText(BigInt(value)) : undefined;
}

function transactionOf(
  payload: JsonObject,
  source: JsonObject,
): string | undefined {
  const { id } = asObject(payload.transaction) ?? {};
  const found = id ?? source.txId ?? source.gtid;
  return found === undefined || found === null ? undefined : String(found);
}

/** As exact as it is known: nanoseconds, microseconds or milliseconds. */
function timestampOf(source: JsonObject): string | undefined {
  const { ts_ns, ts_us, ts_ms } = source;
  if (isCount(ts_ms) && ts_ms <= MOST_MS) {
    const text = new Date(ts_ms).toISOString();
    // Doubles end before nanoseconds of today do, so those are not read.
    const isFiner = isCount(ts_us) && Math.floor(ts_us / 1000) === ts_ms;
    return isFiner
      ? `${text.slice(0, -1)}${String(ts_us % 1000).padStart(3, "0")}Z`
      : text;
  }
  return isCount(ts_us)
    ? microseconds(ts_us)
    : isCount(ts_ns)
    ? microseconds(Math.floor(ts_ns / 1000))
    : undefined;
}

/** The last millisecond of the year 9999. */
const MOST_MS = 253_402_300_799_999;

function microseconds(count: number): string {
  const text = new Date(Math.floor(count / 1000)).toISOString();
  return `${text.slice(0, -1)}${String(count % 1000).padStart(3, "0")}Z`;
}

function isCount(value: Json | undefined): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
