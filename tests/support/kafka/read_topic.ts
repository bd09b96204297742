/**
 * What lies in a topic, read by librdkafka (confluent-kafka for Python).
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { fileURLToPath } from "node:url";
import { pythonOf } from "../../../scripts/setup/folders.ts";
import { runTool } from "../tools.ts";

const SCRIPT = fileURLToPath(new URL("read_topic.py", import.meta.url));

/** One message. */
export interface Message {
  readonly partition: number;
  readonly offset: number;
  readonly timestampMs: number;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: readonly (readonly [string, string | null])[];
}

/** Ask `needs("kafka-client")` before. @returns By partition, then by offset. */
export async function readTopic(
  bootstrap: string,
  topic: string,
  isolation: "read_committed" | "read_uncommitted" = "read_committed",
): Promise<Message[]> {
  const printed = await runTool(
    pythonOf("kafka-client"),
    [SCRIPT, bootstrap, topic, isolation],
  );
  const lines = printed.split("\n").filter(Boolean);
  return lines.map((line) => JSON.parse(line)).map((message) => ({
    ...message,
    key: textOf(message.key),
    value: textOf(message.value),
    headers: message.headers.map((
      [name, value]: [string, string | null],
    ) => [name, textOf(value)]),
  })).sort((a, b) => a.partition - b.partition || a.offset - b.offset);
}

function textOf(base64: string | null): string | null {
  return base64 === null ? null : Buffer.from(base64, "base64").toString();
}
