/**
 * The wire contract between the CLI and a provider: see README.md beside this.
 *
 * @module
 */

export * from "./envelope.ts";
export * from "./command.ts";
export * from "./control.ts";
export * from "./handshake.ts";
export * from "./schema.ts";
export * from "./provider_records.ts";
export * from "./exact_json.ts";
