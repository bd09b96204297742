/**
 * Names of columns and tables as formats allow them.
 *
 * @module
 */

import { FinalError } from "@dstream/sdk";
import type { TableSchema } from "@dstream/sdk/changes";

/**
 * Letters, digits and underscores, no digit first: what Avro and Protobuf take.
 *
 * Source: https://avro.apache.org/docs/1.12.0/specification/#names
 */
export function legalName(name: string): string {
  const legal = name.replace(/[^A-Za-z0-9_]/g, "_");
  return /^\d/.test(legal) ? `_${legal}` : legal;
}

/** `sales.orders` → `dstream.sales` and `orders`. */
export function recordName(
  table: string,
): { readonly namespace: string; readonly name: string } {
  const parts = table.split(".").map(legalName);
  const name = parts.pop()!;
  return { namespace: ["dstream", ...parts].join("."), name };
}

/** @throws {FinalError} Where two columns would have one name. */
export function refuseTwins({ table, fields }: TableSchema): void {
  const seen = new Map<string, string>();
  for (const { name } of fields) {
    const legal = legalName(name);
    const other = seen.get(legal);
    if (other !== undefined) {
      throw new FinalError(
        "kafka.names_collide",
        `the columns ${JSON.stringify(other)} and ${JSON.stringify(name)} of ` +
          `${JSON.stringify(table)} would both be ${JSON.stringify(legal)}`,
        {
          key: "serialization",
          hint:
            'rename one in a transform, or use serialization = "json_schema"',
        },
      );
    }
    seen.set(legal, name);
  }
}
