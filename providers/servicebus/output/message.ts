/**
 * An envelope → a message.
 *
 * What came from Service Bus goes on as it was: the input keeps a message's
 * properties in `metadata.servicebus`, and every key that isn't given takes its
 * value from there.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { ServiceBusMessage } from "@azure/service-bus";
import type { Json, JsonObject } from "@dstream/sdk";
import { type Scope, Template } from "@dstream/sdk/service";
import {
  described,
  hashText,
  idFromText,
  isSimple,
  metadataProperties,
  ofType,
  positionOf,
} from "../../azure/mod.ts";
import type { ServiceBusConfig } from "./config.ts";
import { withoutKey } from "./without_key.ts";

/** Where the input keeps a message's properties. */
const KEPT = "servicebus";
/** The most characters of an id, a session or a partition key. */
const MAX_ID_CHARACTERS = 128;
/** Service Bus takes no more application properties than these. */
const MAX_PROPERTY_BYTES = 32 * 1024;
const MAX_PROPERTIES_BYTES = 64 * 1024;

/** An envelope no message can be made of. */
export class MessageProblem extends Error {
  override readonly name: string = "MessageProblem";
}

/** An object stands for a value of a type that JavaScript lacks. */
type PropertyValue = string | number | boolean | null | Date | Buffer | object;

/** What the input knows of a message. */
type Kept = Readonly<Record<string, Json | undefined>>;

/** Makes messages. */
export class MessageMaker {
  readonly #config: ServiceBusConfig;
  readonly #templates: ReadonlyMap<string, Template>;
  readonly #properties: readonly (readonly [string, Template])[];

  constructor(config: ServiceBusConfig) {
    this.#config = config;
    const { messageId, sessionId, partitionKey, correlationId } = config;
    const { subject, contentType, scheduledTime } = config;
    const texts = Object.entries({
      message_id: messageId,
      session_id: sessionId,
      partition_key: partitionKey,
      correlation_id: correlationId,
      subject,
      content_type: contentType,
      scheduled_enqueue_time: scheduledTime,
    });
    this.#templates = new Map(
      texts.flatMap(([key, text]) =>
        text === undefined ? [] : [[key, new Template(text)] as const]
      ),
    );
    this.#properties = Object.entries(config.applicationProperties ?? {})
      .map(([name, text]) => [name, new Template(text)] as const);
  }

  /** @throws {MessageProblem} */
  make(scope: Scope): ServiceBusMessage {
    const metadata = scope.value("metadata") as JsonObject;
    const kept = keptOf(metadata);
    const text = (key: string) => this.#text(key, scope, kept);
    const sessionId = text("session_id");
    if (sessionId === undefined && this.#config.entities.sessions) {
      throw new MessageProblem(
        "session_id has no value here, and the entity has sessions",
      );
    }
    const partitionKey = text("partition_key");
    const message: ServiceBusMessage = {
      body: this.#body(scope, kept),
      messageId: shortId(
        this.#id("message_id", text("message_id"), kept) ??
          positionOf(scope).id,
      ),
      sessionId: checkId("session_id", sessionId),
      // The service refuses another key than the session.
      partitionKey: partitionKey === undefined ? undefined : sessionId ??
        checkId("partition_key", partitionKey),
      correlationId: this.#id("correlation_id", text("correlation_id"), kept),
      subject: text("subject"),
      contentType: text("content_type") ?? this.#usualContentType(kept),
      to: textOf(kept.to),
      replyTo: textOf(kept.reply_to),
      replyToSessionId: textOf(kept.reply_to_session_id),
      timeToLive: this.#config.timeToLive ?? numberOf(kept.time_to_live_ms),
      scheduledEnqueueTimeUtc: readTime(text("scheduled_enqueue_time")),
      applicationProperties: this.#applicationProperties(scope, kept),
    };
    return message;
  }

  /** The configured expression, or what the message had. */
  #text(key: string, scope: Scope, kept: Kept): string | undefined {
    const template = this.#templates.get(key);
    return template === undefined ? textOf(kept[key]) : template.render(scope);
  }

  /** What the message had keeps its type. */
  #id(
    key: string,
    text: string | undefined,
    kept: Kept,
  ): string | Buffer | undefined {
    if (text === undefined || this.#templates.has(key)) return text;
    return idFromText(text, (kept.id_types as JsonObject | undefined)?.[key]);
  }

  #usualContentType(kept: Kept): string | undefined {
    const isOfServiceBus = kept.body !== undefined;
    return isOfServiceBus && this.#config.body === "data"
      ? undefined
      : "application/json";
  }

  #body(scope: Scope, kept: Kept): Buffer {
    const data = scope.text("data");
    if (this.#config.body === "envelope") {
      const metadata = kept === NOTHING
        ? scope.text("metadata")
        : withoutKey(scope.text("metadata"), KEPT);
      return Buffer.from(`{"data":${data},"metadata":${metadata}}`);
    }
    if (kept.body === undefined || kept.body === "json") {
      return Buffer.from(data);
    }
    const value = scope.value("data");
    if (typeof value !== "string") return Buffer.from(data); // was changed
    return Buffer.from(value, kept.body === "base64" ? "base64" : "utf8");
  }

  #applicationProperties(
    scope: Scope,
    kept: Kept,
  ): ServiceBusMessage["applicationProperties"] {
    const properties: Record<string, PropertyValue> =
      this.#config.metadataProperties ? metadataProperties(scope) : {};
    const own = kept.application_properties as JsonObject | undefined;
    const types = kept.property_types as JsonObject | undefined;
    for (const [key, value] of Object.entries(own ?? {})) {
      const read = readProperty(value, types?.[key]);
      if (read !== undefined) properties[key] = read;
    }
    for (const [key, template] of this.#properties) {
      const text = template.render(scope);
      if (text !== undefined) properties[key] = text;
    }
    checkSizes(properties);
    // Its type leaves out bytes and null, which AMQP has.
    return properties as ServiceBusMessage["applicationProperties"];
  }
}

/** More the service never takes: it fails in the middle of reading the message. */
function checkSizes(properties: Readonly<Record<string, PropertyValue>>): void {
  let sum = 0;
  for (const [key, value] of Object.entries(properties)) {
    const sizeBytes = Buffer.byteLength(key) + sizeOf(value);
    sum += sizeBytes;
    if (sizeBytes > MAX_PROPERTY_BYTES) {
      throw tooLarge(`the property ${JSON.stringify(key)} has`, sizeBytes);
    }
  }
  if (sum > MAX_PROPERTIES_BYTES) throw tooLarge("the properties have", sum);
}

function tooLarge(what: string, sizeBytes: number): MessageProblem {
  return new MessageProblem(
    `${what} ${sizeBytes} bytes; a message takes ${MAX_PROPERTY_BYTES} for ` +
      `each property and ${MAX_PROPERTIES_BYTES} together ` +
      "(metadata_properties = false leaves those of the metadata out)",
  );
}

/** In bytes, with what AMQP adds to a value. */
function sizeOf(value: PropertyValue): number {
  if (typeof value === "string") return Buffer.byteLength(value) + 10;
  return (value instanceof Uint8Array ? value.length : 8) + 10;
}

const NOTHING: Kept = {};

function keptOf(metadata: JsonObject): Kept {
  const kept = metadata[KEPT];
  const isObject = typeof kept === "object" && kept !== null &&
    !Array.isArray(kept);
  return isObject ? kept as Kept : NOTHING;
}

/** As the input writes it: simple values, and others with their type. */
function readProperty(
  value: Json,
  type: Json | undefined,
): PropertyValue | undefined {
  if (value === null) return null;
  if (isSimple(value)) return ofType(type, value) ?? value;
  const { $type, value: text } = value as { $type?: Json; value?: Json };
  if ($type === "timestamp") return text ? new Date(String(text)) : null;
  if ($type === "binary") return Buffer.from(String(text), "base64");
  if ($type === "described") return described(value);
}

function textOf(value: Json | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function numberOf(value: Json | undefined): number | undefined {
  return typeof value === "number" ? value : undefined;
}

function shortId(id: string | Buffer): string | Buffer {
  return typeof id !== "string" || id.length <= MAX_ID_CHARACTERS
    ? id
    : hashText(id);
}

function checkId(key: string, id: string | undefined): string | undefined {
  if (id === undefined || id.length <= MAX_ID_CHARACTERS) return id;
  throw new MessageProblem(
    `${key} has ${id.length} characters, ${MAX_ID_CHARACTERS} are possible`,
  );
}

function readTime(text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const time = new Date(/^\d+$/.test(text) ? Number(text) : text);
  if (!Number.isNaN(time.getTime())) return time;
  throw new MessageProblem(
    `scheduled_time is no time: ${JSON.stringify(text.slice(0, 60))}`,
  );
}
