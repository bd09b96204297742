/**
 * OCI registries: what a reference means, and how to get and put what it names.
 *
 * @module
 */

export * from "./artifact.ts";
export * from "./attachment.ts";
export * from "./bounded_blob.ts";
export * from "./client.ts";
export * from "./digest.ts";
export * from "./download.ts";
export * from "./manifest.ts";
export * from "./media_type.ts";
export * from "./module.ts";
export * from "./platform.ts";
export * from "./push.ts";
export * from "./reference.ts";
export type { Fetch, Retry } from "./transport.ts";
export { openClient, type OpenOptions } from "./open.ts";
