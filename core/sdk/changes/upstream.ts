/**
 * The metadata of upstream's SQL Server ingester: TableName, OperationType, LSN.
 *
 * @module
 */

import type { Envelope, JsonObject } from "../../protocol/envelope.ts";
import { asObject, asText, type Change, type Operation } from "./change.ts";
import { countText } from "./position.ts";

const OPERATION_OF: Readonly<Record<string, Operation>> = {
  insert: "insert",
  update: "update",
  delete: "delete",
  read: "read",
  gap: "gap",
};

/** Of CDC, for envelopes without a name for it. */
const OPERATION_OF_ID: Readonly<Record<string, Operation>> = {
  "1": "delete",
  "2": "insert",
  "4": "update",
};

/** Whether upstream, or `metadata_style = "upstream"`, wrote it. */
export function isUpstream(metadata: JsonObject): boolean {
  return asText(metadata.TableName) !== undefined &&
    (metadata.OperationType ?? metadata.OperationID) !== undefined;
}

/** A batch or a schema is a record: it has no operation. */
export function readUpstream({ data, metadata }: Envelope): Change {
  const operation = operationOf(metadata);
  return {
    data: operation === "gap" ? null : data,
    table: asText(metadata.TableName),
    operation,
    before: asObject(metadata.Before),
    position: positionOf(metadata),
    transaction: asText(metadata.LSN),
    timestamp: timestampOf(metadata.CommitTime),
  };
}

function operationOf(metadata: JsonObject): Operation | undefined {
  const { OperationType, OperationID } = metadata;
  return typeof OperationType === "string"
    ? OPERATION_OF[OperationType.toLowerCase()]
    : OPERATION_OF_ID[String(OperationID)];
}

/** Rows of a snapshot share their LSN, which then names no change. */
function positionOf(metadata: JsonObject): string | undefined {
  const { LSN, Seq, CommandID, OperationID } = metadata;
  if (typeof LSN !== "string" || typeof Seq !== "string") return undefined;
  if (/^(0x)?0*$/.test(Seq)) return undefined;
  const parts = [LSN.toLowerCase()];
  if (Number.isSafeInteger(CommandID)) parts.push(countText(Number(CommandID)));
  parts.push(Seq.toLowerCase());
  if (OperationID !== undefined) parts.push(String(OperationID));
  return parts.join("/");
}

/** Written in UTC, with a zone or without. */
function timestampOf(value: unknown): string | undefined {
  const text = asText(value);
  if (text === undefined) return undefined;
  return /(Z|[+-]\d\d:\d\d)$/i.test(text) ? text : `${text.replace(" ", "T")}Z`;
}
