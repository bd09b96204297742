/**
 * A message → an envelope's line.
 *
 * A JSON body is passed on as it was written, with all its digits; the message's
 * properties become `metadata.servicebus`, from which the output makes the
 * same message again.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { ServiceBusReceivedMessage } from "@azure/service-bus";
import type { Json } from "@dstream/sdk";
import {
  type AmqpType,
  CLAIM_PROPERTY,
  idToText,
  toJson,
  typesOfMap,
} from "../../azure/mod.ts";
import type { ServiceBusConfig } from "./config.ts";
import { splitEnvelope } from "./split_envelope.ts";

/** How bodies are read. */
export type Format = ServiceBusConfig["format"];

/** A body that isn't what it should be. */
export class BodyProblem extends Error {
  override readonly name: string = "BodyProblem";
}

interface Body {
  /** The text of `data`. */
  readonly data: string;
  /** The members of the body's own metadata, or nothing. */
  readonly metadata: string;
  readonly kind: "json" | "text" | "base64";
}

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * One line, with its line feed.
 *
 * @param body The body when it isn't the message's own: a claim's.
 * @throws {BodyProblem}
 */
export function envelopeLine(
  message: ServiceBusReceivedMessage,
  source: string,
  format: Format,
  body?: Uint8Array,
): string {
  const { data, metadata, kind } = readBody(body ?? message.body, format);
  const kept = JSON.stringify(propertiesOf(message, source, kind, !!body));
  const separator = metadata === "" ? "" : ",";
  return `{"data":${data},"metadata":{${metadata}${separator}` +
    `"servicebus":${kept}}}\n`;
}

function readBody(body: unknown, format: Format): Body {
  if (!(body instanceof Uint8Array)) {
    // An AMQP value or sequence: its type is lost, its content isn't.
    const data = JSON.stringify(toJson(body).json);
    return { data, metadata: "", kind: "json" };
  }
  switch (format) {
    case "base64":
      return asBase64(body);
    case "text":
      return asText(textOf(body) ?? failed("UTF-8"));
    case "json":
      return asJson(textOf(body)) ?? failed("JSON");
    case "envelope":
      return asEnvelope(textOf(body)) ?? failed("an envelope");
    case "auto": {
      const text = textOf(body);
      if (text === undefined) return asBase64(body);
      return asJson(text) ?? asText(text);
    }
  }
}

function asBase64(body: Uint8Array): Body {
  const text = Buffer.from(body).toString("base64");
  return { data: JSON.stringify(text), metadata: "", kind: "base64" };
}

function asText(text: string): Body {
  return { data: JSON.stringify(text), metadata: "", kind: "text" };
}

function asJson(text: string | undefined): Body | undefined {
  const line = text === undefined ? undefined : jsonLine(text);
  if (line === undefined) return undefined;
  return { data: line, metadata: "", kind: "json" };
}

function asEnvelope(text: string | undefined): Body | undefined {
  const line = text === undefined ? undefined : jsonLine(text);
  const split = line === undefined ? undefined : splitEnvelope(line);
  return split && { ...split, kind: "json" };
}

/** On one line: a line feed in JSON is only ever white space. */
function jsonLine(text: string): string | undefined {
  try {
    JSON.parse(text);
  } catch {
    return undefined;
  }
  return /[\r\n]/.test(text) ? text.replace(/[\r\n]+/g, " ") : text;
}

function textOf(body: Uint8Array): string | undefined {
  try {
    return strict.decode(body);
  } catch {
    return undefined;
  }
}

function failed(what: string): never {
  throw new BodyProblem(`the body is not ${what}`);
}

function propertiesOf(
  message: ServiceBusReceivedMessage,
  source: string,
  body: Body["kind"],
  isClaimed: boolean,
): Record<string, Json | undefined> {
  const { timeToLive, scheduledEnqueueTimeUtc, sequenceNumber } = message;
  const messageId = idToText(message.messageId);
  const correlationId = idToText(message.correlationId);
  const properties = applicationProperties(message, isClaimed);
  return {
    source,
    body,
    message_id: messageId?.text,
    session_id: message.sessionId,
    partition_key: message.partitionKey,
    correlation_id: correlationId?.text,
    subject: message.subject,
    content_type: message.contentType,
    to: message.to,
    reply_to: message.replyTo,
    reply_to_session_id: message.replyToSessionId,
    time_to_live_ms: isForever(timeToLive) ? undefined : timeToLive,
    scheduled_enqueue_time: isoOf(scheduledEnqueueTimeUtc),
    enqueued_time: isoOf(message.enqueuedTimeUtc),
    sequence_number: sequenceNumber?.toString(),
    delivery_count: message.deliveryCount,
    dead_letter_source: message.deadLetterSource,
    dead_letter_reason: message.deadLetterReason,
    dead_letter_description: message.deadLetterErrorDescription,
    id_types: unlessEmpty({
      message_id: messageId?.type,
      correlation_id: correlationId?.type,
    }),
    application_properties: properties.values,
    property_types: unlessEmpty(properties.types),
  };
}

/** AMQP has no more milliseconds than these, 49 days: they stand for no limit. */
const MOST_MS = 0xffffffff;

function isForever(timeToLive: number | undefined): boolean {
  return timeToLive === undefined || timeToLive >= MOST_MS;
}

/** Said of the dead letter, and no property of the message that died. */
const OF_DEATH = new Set(["DeadLetterReason", "DeadLetterErrorDescription"]);

/** Values as JSON has them, and types where another client would miss them. */
function applicationProperties(
  { applicationProperties = {} }: ServiceBusReceivedMessage,
  isClaimed: boolean,
): { values: Record<string, Json>; types: Record<string, AmqpType> } {
  const came = typesOfMap(applicationProperties);
  const values: Record<string, Json> = {};
  const types: Record<string, AmqpType> = {};
  for (const [key, value] of Object.entries(applicationProperties)) {
    if (OF_DEATH.has(key) || (isClaimed && key === CLAIM_PROPERTY)) continue;
    const { json, type } = toJson(value, came[key]);
    values[key] = json;
    if (type !== undefined) types[key] = type;
  }
  return { values, types };
}

function unlessEmpty(
  types: Record<string, AmqpType | undefined>,
): Record<string, AmqpType> | undefined {
  const known = Object.entries(types)
    .filter((entry): entry is [string, AmqpType] => entry[1] !== undefined);
  return known.length === 0 ? undefined : Object.fromEntries(known);
}

function isoOf(time: Date | number | undefined): string | undefined {
  return time === undefined ? undefined : new Date(time).toISOString();
}
