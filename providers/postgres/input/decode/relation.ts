/**
 * What a table looks like in the change stream.
 *
 * @module
 */

import type { TableName } from "../../names.ts";
import { readInt32 } from "./tuple.ts";

/** Which columns an update or delete names the old row by. */
export type ReplicaIdentity = "default" | "nothing" | "full" | "index";

/** One column as the stream tells it. */
export interface RelationColumn {
  readonly name: string;
  /** A part of the replica identity; with FULL all are. */
  readonly isKey: boolean;
  readonly typeOid: number;
  /** -1: none. */
  readonly modifier: number;
}

/** One table as the stream tells it. */
export interface Relation {
  readonly oid: number;
  readonly name: TableName;
  readonly identity: ReplicaIdentity;
  readonly columns: readonly RelationColumn[];
}

const IDENTITIES: Readonly<Record<string, ReplicaIdentity>> = {
  d: "default",
  n: "nothing",
  f: "full",
  i: "index",
};

const decoder = new TextDecoder();

/** Reads a Relation message behind its letter. */
export function readRelation(source: Uint8Array, start: number): Relation {
  const oid = readInt32(source, start) >>> 0;
  const [schema, afterSchema] = readText(source, start + 4);
  const [table, afterTable] = readText(source, afterSchema);
  const identity = String.fromCharCode(source[afterTable]);
  const count = (source[afterTable + 1] << 8) | source[afterTable + 2];
  const columns: RelationColumn[] = [];
  let at = afterTable + 3;
  for (let i = 0; i < count; i++) {
    const isKey = (source[at] & 1) === 1;
    const [name, afterName] = readText(source, at + 1);
    const typeOid = readInt32(source, afterName) >>> 0;
    const modifier = readInt32(source, afterName + 4);
    columns.push({ name, isKey, typeOid, modifier });
    at = afterName + 8;
  }
  return {
    oid,
    // Empty for pg_catalog, which nobody publishes.
    name: { schema: schema || "pg_catalog", table },
    identity: IDENTITIES[identity] ?? "nothing",
    columns,
  };
}

/** A text that ends with a zero. @returns It, and what comes behind. */
export function readText(source: Uint8Array, start: number): [string, number] {
  const end = source.indexOf(0, start);
  return [decoder.decode(source.subarray(start, end)), end + 1];
}

/**
 * Whether rows of both have the same shape: names, types and modifiers; where a
 * column stands does not count.
 */
export function isSameShape(a: Relation, b: Relation): boolean {
  return shapeOf(a) === shapeOf(b);
}

function shapeOf({ name, identity, columns }: Relation): string {
  const parts = columns.map((column) => JSON.stringify(column)).sort();
  return JSON.stringify([name, identity, parts]);
}
