/**
 * Which store a column's values lie in.
 *
 * @module
 */

import type { SchemaElement } from "hyparquet";
import { BooleanStore } from "./boolean_store.ts";
import { BytesStore } from "./bytes_store.ts";
import { FixedStore } from "./fixed_store.ts";
import { NestedStore } from "./nested_store.ts";
import { WordStore } from "./word_store.ts";

/** One of them. */
export type Store =
  | BooleanStore
  | BytesStore
  | FixedStore
  | NestedStore
  | WordStore;

/** @param elements A column and all below it, the way Parquet lists them. */
export function storeFor(elements: readonly SchemaElement[]): Store {
  const [{ type, type_length, converted_type }] = elements;
  switch (type) {
    case "BOOLEAN":
      return new BooleanStore();
    case "INT32":
    case "INT64":
      return new WordStore(type, !converted_type?.startsWith("UINT"));
    case "FLOAT":
    case "DOUBLE":
      return new WordStore(type);
    case "BYTE_ARRAY":
      return new BytesStore();
    case "FIXED_LEN_BYTE_ARRAY":
      return new FixedStore(type_length!, converted_type === "DECIMAL");
    default:
      return new NestedStore();
  }
}
