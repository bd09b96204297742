/**
 * The library that takes `.proto` files apart, loaded when the first of them comes.
 *
 * It reads no values: its numbers are doubles, and it makes code of what a registry
 * says.
 *
 * @module
 */

import type * as Files from "./files_library.ts";

export type Library = typeof Files;
export type Root = Files.protobuf.Root;
export type MessageType = Files.protobuf.Type;
export type MessageField = Files.protobuf.Field;
export type EnumType = Files.protobuf.Enum;
/** A part of a file, as JSON. */
export type NestedJson = Record<string, Files.protobuf.AnyNestedObject>;

/** It is large, so it lies beside the bundle. */
export function loadProtobuf(): Promise<Library> {
  return import("@dstream/protobuf-files");
}

/** A field and a message in one, of the days before proto3. */
export function isGroup(type: MessageType): boolean {
  return (type as { group?: boolean }).group === true;
}
