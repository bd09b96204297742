/**
 * Changes of rows, as `@dstream/sdk/changes`: what inputs that read rows and
 * outputs that write them agree on, so that neither knows the other.
 *
 * No provider spells a metadata key itself. An input writes with {@link
 * writeChange} or {@link MetadataWriter}, an output reads with {@link readChange}.
 *
 * @module
 */

export {
  FIELD_TYPES,
  type FieldType,
  type FieldTypeName,
  type SchemaField,
  type TableSchema,
} from "../../protocol/schema.ts";
export {
  type Change,
  CHANGE_KEYS,
  type ChangeForm,
  type ChangeHead,
  type ChangeMetadata,
  type Operation,
  OPERATIONS,
} from "./change.ts";
export { readChange, type ReadOptions } from "./read_change.ts";
export { type HeadSource, readHead } from "./read_head.ts";
export { metadataOf, MetadataWriter, writeChange } from "./write_change.ts";
export * from "./row_key.ts";
export * from "./position.ts";
export * from "./exact_value.ts";
export { type ExactValue, jsonOf, valueOf } from "./typed_value.ts";
export { FittingSchemas } from "./fitting_schemas.ts";
export { schemaOfJsonSchema } from "./from_json_schema.ts";
export { jsonSchemaOf } from "./to_json_schema.ts";
export { parseExactJson } from "../../protocol/exact_json.ts";
