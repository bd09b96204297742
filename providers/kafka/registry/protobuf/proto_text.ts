/**
 * A message → the text of its `.proto` file.
 *
 * @module
 */

import { type ProtoField, type ProtoMessage, TIMESTAMP } from "./proto_plan.ts";

/** The whole file. */
export function protoText(namespace: string, message: ProtoMessage): string {
  const imports = usesTimestamp(message)
    ? 'import "google/protobuf/timestamp.proto";\n\n'
    : "";
  return `syntax = "proto3";\n\npackage ${namespace};\n\n${imports}` +
    messageText(message, "");
}

function messageText(
  { name, fields, reserved }: ProtoMessage,
  indent: string,
): string {
  const inner = `${indent}  `;
  const ranges = reserved.ids.map(([from, to]) =>
    from === to ? from : `${from} to ${to}`
  );
  const lines = [
    ...ranges.length === 0 ? [] : [`${inner}reserved ${ranges.join(", ")};\n`],
    ...reserved.names.length === 0 ? [] : [
      `${inner}reserved ${
        reserved.names.map((each) => JSON.stringify(each)).join(", ")
      };\n`,
    ],
    ...fields.flatMap(({ message }) =>
      message === undefined ? [] : [messageText(message, inner)]
    ),
    ...fields.map((field) => `${inner}${fieldText(field)}\n`),
  ];
  return `${indent}message ${name} {\n${lines.join("")}${indent}}\n`;
}

function fieldText({ name, id, type, rule, jsonName }: ProtoField): string {
  const said = rule === "" ? "" : `${rule} `;
  const option = jsonName === undefined
    ? ""
    : ` [json_name = ${JSON.stringify(jsonName)}]`;
  return `${said}${type} ${name} = ${id}${option};`;
}

function usesTimestamp({ fields }: ProtoMessage): boolean {
  return fields.some(({ type, message }) =>
    type === TIMESTAMP || (message !== undefined && usesTimestamp(message))
  );
}
