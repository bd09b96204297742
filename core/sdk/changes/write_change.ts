/**
 * A change → the envelope that says it.
 *
 * @module
 */

import type { Envelope, JsonObject } from "../../protocol/envelope.ts";
import { type Change, CHANGE_KEYS, type ChangeMetadata } from "./change.ts";

/**
 * The metadata of a change, its keys in one order, then the provider's own.
 *
 * @param more Keys of the provider beside those of every change: `lsn`. One that
 * is a change's own is left out.
 */
export function metadataOf(
  change: ChangeMetadata,
  more: JsonObject = {},
): JsonObject {
  const metadata: Record<string, unknown> = {};
  for (const key of CHANGE_KEYS) {
    if (change[key] !== undefined) metadata[key] = change[key];
  }
  for (const [key, value] of Object.entries(more)) {
    if (!isChangeKey(key) && value !== undefined) metadata[key] = value;
  }
  return metadata as JsonObject;
}

/**
 * The envelope of a change.
 *
 * @example
 * ```ts
 * import { readChange, writeChange } from "@dstream/sdk/changes";
 *
 * const envelope = writeChange({
 *   table: "orders",
 *   operation: "insert",
 *   key: ["id"],
 *   data: { id: 7, total: "12.50" },
 * });
 * if (readChange(envelope).operation !== "insert") throw new Error();
 * ```
 */
export function writeChange(change: Change, more?: JsonObject): Envelope {
  return { data: change.data, metadata: metadataOf(change, more) };
}

/**
 * Metadata as text, for inputs that write whole lines: what is the same for all
 * changes of a table is written once.
 *
 * @example
 * ```ts
 * import { MetadataWriter } from "@dstream/sdk/changes";
 *
 * const orders = new MetadataWriter({ table: "orders", source: "mine" });
 * const text = orders.text({ operation: "insert", position: "01" });
 * if (JSON.parse(text).position !== "01") throw new Error(text);
 * ```
 */
export class MetadataWriter {
  /** `{"table":"orders",…`, without its end. */
  readonly head: string;

  /** @param constants What every change of the table says. */
  constructor(constants: ChangeMetadata, more?: JsonObject) {
    this.head = JSON.stringify(metadataOf(constants, more)).slice(0, -1);
  }

  /** One change's metadata; no key of the constants may be in it. */
  text(change: ChangeMetadata, more?: JsonObject): string {
    const rest = JSON.stringify(metadataOf(change, more)).slice(1);
    const isAlone = this.head === "{" || rest === "}";
    return isAlone ? this.head + rest : `${this.head},${rest}`;
  }
}

function isChangeKey(key: string): boolean {
  return (CHANGE_KEYS as readonly string[]).includes(key);
}
