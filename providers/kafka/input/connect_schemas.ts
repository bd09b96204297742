/**
 * The shapes of values that bring their schema along, as Kafka Connect's
 * JsonConverter writes them: `{"schema":{…},"payload":{…}}`.
 *
 * Each message says its schema anew, and it is the longer part of it. So texts that
 * begin alike up to the payload have the same one.
 *
 * @module
 */

import type { JsonObject } from "@dstream/sdk";
import { connectShape } from "../registry/connect_fields.ts";
import type { ConnectSchema } from "../registry/connect_types.ts";
import type { Shape } from "../registry/shape.ts";

const HEAD = '{"schema":';
const PAYLOAD = ',"payload":';
/** Of a topic; then they are forgotten. */
const MOST_SHAPES = 100;

/** Of the messages of one partition. */
export class ConnectSchemas {
  readonly #byText = new Map<string, Shape | undefined>();
  #lastText = "";
  #last: Shape | undefined;

  /** @param value The parsed text. @returns undefined where it brings none. */
  shapeOf(text: string, { schema }: JsonObject): Shape | undefined {
    if (this.#lastText !== "" && text.startsWith(this.#lastText)) {
      return this.#last;
    }
    if (typeof schema !== "object" || schema === null) return undefined;
    const own = schemaText(text) ?? JSON.stringify(schema);
    if (!this.#byText.has(own)) {
      if (this.#byText.size >= MOST_SHAPES) this.#byText.clear();
      this.#byText.set(own, connectShape(schema as ConnectSchema));
    }
    this.#last = this.#byText.get(own);
    this.#lastText = text.startsWith(own) ? own : "";
    return this.#last;
  }
}

/** The text up to the payload, where it is the schema and nothing else. */
function schemaText(text: string): string | undefined {
  const end = text.indexOf(PAYLOAD);
  if (end < 0 || !text.startsWith(HEAD)) return undefined;
  const isWhole = isJson(text.slice(HEAD.length, end));
  return isWhole ? text.slice(0, end + PAYLOAD.length) : undefined;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
