/**
 * The formats that rows are written in with a schema of a registry.
 *
 * @module
 */

import type { Buffer } from "node:buffer";
import type { JsonObject } from "@dstream/sdk";
import type { TableSchema } from "@dstream/sdk/changes";
import { avroSchemaOf } from "./avro/avro_schema.ts";
import { avroWriter } from "./avro/avro_writer.ts";
import { jsonRowWriter, jsonSchemaText } from "./json_schema/json_schema.ts";
import type { RowFormatName } from "./format_names.ts";
import { recordName, refuseTwins } from "./names.ts";
import { DecodeProblem } from "./problems.ts";
import { ProtoFile } from "./protobuf/proto_files.ts";
import { loadProtobuf, type MessageType } from "./protobuf/proto_library.ts";
import { planMessage } from "./protobuf/proto_plan.ts";
import { protoText } from "./protobuf/proto_text.ts";
import { protoWriter } from "./protobuf/proto_writer.ts";
import type { RegisteredSchema, SchemaType } from "./registry.ts";

/** How the rows of a table are written from now on. */
export interface PlannedFormat {
  readonly type: SchemaType;
  /** What is registered. */
  readonly text: string;
  /** Between the schema's number and the row. */
  readonly head: Uint8Array;
  /** @throws {RowProblem} */
  readonly write: (row: JsonObject) => Buffer;
}

const NO_HEAD = new Uint8Array();
/** The first message of the schema. */
const FIRST_MESSAGE = Uint8Array.of(0);

/**
 * @param latest What was registered for these rows last.
 * @throws {FinalError} For columns whose names the format can't tell apart.
 */
export async function planFormat(
  format: RowFormatName,
  schema: TableSchema,
  latest: () => Promise<RegisteredSchema | undefined>,
): Promise<PlannedFormat> {
  switch (format) {
    case "avro": {
      refuseTwins(schema);
      const text = avroSchemaOf(schema);
      return { type: "AVRO", text, head: NO_HEAD, write: avroWriter(schema) };
    }
    case "json_schema":
      return {
        type: "JSON",
        text: jsonSchemaText(schema),
        head: NO_HEAD,
        write: jsonRowWriter(schema),
      };
    case "protobuf":
      refuseTwins(schema);
      return await planProtobuf(schema, await latest());
  }
}

async function planProtobuf(
  { table, key = [], fields }: TableSchema,
  latest: RegisteredSchema | undefined,
): Promise<PlannedFormat> {
  const { namespace, name } = recordName(table);
  const previous = latest && await firstMessage(latest);
  const message = planMessage(name, fields, key, previous);
  return {
    type: "PROTOBUF",
    text: protoText(namespace, message),
    head: FIRST_MESSAGE,
    write: protoWriter(message),
  };
}

/** @returns undefined for what is no Protobuf; the registry has its say on that. */
async function firstMessage(
  schema: RegisteredSchema,
): Promise<MessageType | undefined> {
  if (schema.type !== "PROTOBUF") return undefined;
  try {
    return new ProtoFile(await loadProtobuf(), schema).messageAt([0]);
  } catch (error) {
    if (!(error instanceof DecodeProblem)) throw error;
    return undefined;
  }
}
