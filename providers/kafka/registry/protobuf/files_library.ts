/**
 * What takes `.proto` files apart, and what others made of them.
 *
 * Executables keep it in a file of its own beside the bundle
 * (docs/decisions/0004-large-packages-apart.md), with a copy of what it imports. So
 * nothing outside may ask whether a value is an instance of a class from elsewhere.
 *
 * @module
 */

import protobuf from "protobufjs";
import descriptor from "protobufjs/ext/descriptor.js";

export { protobuf };

interface Described {
  readonly package?: string;
  readonly dependency?: readonly string[];
  readonly syntax?: string;
  readonly edition?: number;
  readonly messageType?: readonly unknown[];
  readonly enumType?: readonly unknown[];
}

type FromDescriptor = {
  fromDescriptor(
    described: unknown,
    context: { edition: string; keepCase: boolean },
  ): protobuf.ReflectionObject;
};

const { FileDescriptorProto } = descriptor as unknown as {
  FileDescriptorProto: { decode(bytes: Uint8Array): Described };
};
const Type = protobuf.Type as unknown as FromDescriptor;
const Enum = protobuf.Enum as unknown as FromDescriptor;

/**
 * Adds a file as clients may register it: taken apart already, as Protobuf's bytes.
 *
 * @throws For bytes that are none.
 */
export function addDescribedFile(
  bytes: Uint8Array,
  root: protobuf.Root,
): { readonly package: string; readonly imports: readonly string[] } {
  const file = FileDescriptorProto.decode(bytes);
  const { package: name = "", dependency = [] } = file;
  const place = name === "" ? root : root.define(name);
  const context = { edition: editionOf(file), keepCase: true };
  for (const each of file.enumType ?? []) {
    place.add(Enum.fromDescriptor(each, context));
  }
  for (const each of file.messageType ?? []) {
    place.add(Type.fromDescriptor(each, context));
  }
  return { package: name, imports: dependency };
}

/** https://protobuf.dev/editions/overview/ */
const EDITIONS: Readonly<Record<number, string>> = {
  1000: "2023",
  1001: "2024",
};

function editionOf({ syntax = "proto2", edition = 0 }: Described): string {
  return syntax === "editions" ? EDITIONS[edition] ?? "2024" : syntax;
}
