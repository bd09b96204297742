/**
 * Where an envelope comes from, as a text that is the same each time it is sent.
 *
 * This becomes the message's id, so that a destination with duplicate detection
 * drops what a crash repeats, and so that it never drops anything else: two
 * envelopes have one id only if they are the same change.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { JsonObject } from "@dstream/sdk";
import type { Scope } from "@dstream/sdk/service";

/** How sure an id is. */
export interface Position {
  readonly id: string;
  /** `change`: of a database's log. `content`: the envelope is all there is. */
  readonly kind: "change" | "content";
}

/** Longer ids are hashed; Service Bus takes no more characters. */
export const MAX_ID_CHARACTERS = 128;

/** What names a change's table, from the largest to the smallest. */
const PLACE_KEYS = ["Destination", "Server", "Database", "Schema", "TableName"];
/** What orders changes, in the words of SQL Server's log. */
const CHANGE_OPERATIONS = new Set(["1", "2", "3", "4"]);
const ROW_OPERATIONS = ["insert", "update", "delete"];
const CHANGE_NAMES = /^(Insert|Update|Delete)/i;

/** The position of one envelope. */
export function positionOf(scope: Scope): Position {
  const metadata = scope.value("metadata") as JsonObject;
  const change = namedBy(metadata) ?? changeOf(metadata);
  if (change !== undefined) return { id: change, kind: "change" };
  return { id: hashText(scope.line), kind: "content" };
}

/**
 * What the source itself says names the change. A row that was found by a snapshot
 * may have the place of another in the next one.
 */
function namedBy(metadata: JsonObject): string | undefined {
  const { table, operation, position, source } = metadata;
  const isNamed = typeof table === "string" && typeof position === "string" &&
    (ROW_OPERATIONS as readonly unknown[]).includes(operation);
  if (!isNamed) return undefined;
  const place = PLACE_KEYS.flatMap((key) => metadata[key] ?? []);
  const id = [...place, source ?? [], table, position].flat().join("/");
  return id.length <= MAX_ID_CHARACTERS ? id : hashText(id);
}

/**
 * One row of a change table. Rows of a snapshot share their LSN, and a batch of
 * changes has that of its last one, wherever it begins: those are known by their
 * content.
 */
function changeOf(metadata: JsonObject): string | undefined {
  const { LSN, Seq, OperationID, OperationType } = metadata;
  if (typeof LSN !== "string" || typeof Seq !== "string") return undefined;
  const isChange = OperationType === undefined
    ? CHANGE_OPERATIONS.has(String(OperationID))
    : CHANGE_NAMES.test(String(OperationType));
  if (!isChange) return undefined;
  const place = PLACE_KEYS.flatMap((key) => metadata[key] ?? []);
  const order = [LSN, metadata.CommandID ?? [], Seq].flat();
  const id = [...place, ...order, OperationID ?? OperationType].join("/");
  return id.length <= MAX_ID_CHARACTERS ? id : hashText(id);
}

/** 64 hexadecimal digits. */
export function hashText(text: string | Uint8Array): string {
  return createHash("sha256").update(text).digest("hex");
}
