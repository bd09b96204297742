/**
 * Everything a provider author imports, as `@dstream/sdk`.
 *
 * @module
 */

export type { Envelope, Json, JsonObject } from "../protocol/envelope.ts";
export * from "./input.ts";
export * from "./output.ts";
export * from "./lifecycle.ts";
export * from "./provider.ts";
