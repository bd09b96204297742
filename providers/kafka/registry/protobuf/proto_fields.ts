/**
 * A message of Protobuf → the types of fields, as proto_reader.ts makes the values.
 *
 * @module
 */

import type { FieldType, SchemaField } from "@dstream/sdk/changes";
import { Nesting, OPAQUE, type Shape, shapeOf } from "../shape.ts";
import { knownField } from "./known_messages.ts";
import type { Library, MessageField, MessageType } from "./proto_library.ts";
import { hasPresence, nameOf } from "./proto_reader.ts";

/** The shape of a message; undefined for one that is no row. */
export function protoShape(
  library: Library,
  message: MessageType,
): Shape | undefined {
  return shapeOf(messageType(library, message, new Nesting()));
}

function messageType(
  library: Library,
  message: MessageType,
  nesting: Nesting,
): FieldType {
  return knownField(message.fullName.replace(/^\./, "")) ??
    nesting.struct(
      message,
      () =>
        message.fieldsArray.map((field): SchemaField => ({
          name: nameOf(field.resolve()),
          ...fieldType(library, field, nesting),
        })),
    );
}

function fieldType(
  library: Library,
  field: MessageField,
  nesting: Nesting,
): FieldType {
  if (field.map) return OPAQUE;
  const type = valueType(library, field, nesting);
  if (field.repeated) return { type: "list", element: type };
  return hasPresence(field) || isMessage(library, field)
    ? { ...type, nullable: true }
    : type;
}

function isMessage(library: Library, { resolvedType }: MessageField): boolean {
  return resolvedType instanceof library.protobuf.Type;
}

function valueType(
  library: Library,
  field: MessageField,
  nesting: Nesting,
): FieldType {
  const { resolvedType, type } = field;
  if (resolvedType === null) return SCALARS[type] ?? OPAQUE;
  return isMessage(library, field)
    ? messageType(library, resolvedType as MessageType, nesting)
    : { type: "string" };
}

const int32: FieldType = { type: "int32" };
const int64: FieldType = { type: "int64" };
const uint32: FieldType = { type: "uint32" };
const uint64: FieldType = { type: "uint64" };

/** https://protobuf.dev/programming-guides/proto3/#scalar */
const SCALARS: Readonly<Record<string, FieldType>> = {
  int32,
  sint32: int32,
  sfixed32: int32,
  int64,
  sint64: int64,
  sfixed64: int64,
  uint32,
  fixed32: uint32,
  uint64,
  fixed64: uint64,
  float: { type: "float32" },
  double: { type: "float64" },
  bool: { type: "boolean" },
  string: { type: "string" },
  bytes: { type: "bytes" },
};
