/**
 * Everything a provider author imports, as `@dstream/sdk`.
 *
 * @module
 */

export type { Envelope, Json, JsonObject } from "../protocol/envelope.ts";
export { parseExactJson } from "../protocol/exact_json.ts";
export type { Feature } from "../protocol/command.ts";
export type {
  FieldType,
  FieldTypeName,
  SchemaField,
  TableSchema,
} from "../protocol/schema.ts";
export { DstreamError, type ErrorCode } from "../base/errors.ts";
export { ConfigError, FinalError, type FinalErrorDetails } from "./errors.ts";
export * from "./config/mod.ts";
export * from "./input.ts";
export * from "./output.ts";
export * from "./lifecycle.ts";
export * from "./provider.ts";
export { defineInput, defineOutput } from "./define.ts";
export { runAsMain } from "./run_as_main.ts";
export { didYouMean } from "../base/nearest.ts";
export { KIT_VERSION } from "./version.ts";
