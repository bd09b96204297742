/**
 * Messages in a topic, written by librdkafka (confluent-kafka for Python).
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { pythonOf } from "../../../scripts/setup/folders.ts";
import { runTool } from "../tools.ts";

const SCRIPT = fileURLToPath(new URL("write_topic.py", import.meta.url));

/** Text, or bytes in base64, or nothing. */
export type Bytes = string | { readonly base64: string } | null;

/** One message. */
export interface Sent {
  readonly value: Bytes;
  readonly key?: Bytes;
  readonly partition?: number;
  readonly timestampMs?: number;
  readonly headers?: readonly (readonly [string, Bytes])[];
}

/** Ask `needs("kafka-client")` before. Returns when all are written. */
export async function writeTopic(
  bootstrap: string,
  topic: string,
  messages: readonly Sent[],
  { codec = "none", transaction = "none" }: {
    readonly codec?: string;
    readonly transaction?: "none" | "commit" | "abort";
  } = {},
): Promise<void> {
  await runTool(
    pythonOf("kafka-client"),
    [SCRIPT, bootstrap, topic, codec, transaction],
    { input: messages.map((each) => `${JSON.stringify(each)}\n`).join("") },
  );
}
