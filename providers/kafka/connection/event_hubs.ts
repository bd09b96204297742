/**
 * Azure Event Hubs, reached by the Kafka protocol with its connection string alone.
 *
 * Source: https://learn.microsoft.com/azure/event-hubs/apache-kafka-configurations
 *
 * @module
 */

import type { ConfigProblem } from "@dstream/sdk";

/** Where the Kafka protocol is spoken. */
const PORT = 9093;
/** "sasl.mechanism=PLAIN … username="$ConnectionString"". */
const USERNAME = "$ConnectionString";
/** "max.request.size: Must be < 1046528. Connections close if exceeded." */
export const EVENT_HUBS_REQUEST_BYTES = 1_000_000;
/** Less than a request, for what surrounds a batch. */
export const EVENT_HUBS_BATCH_BYTES = 950_000;
/** "The max length of the group.id property is 256 characters." */
export const EVENT_HUBS_GROUP_CHARACTERS = 256;
/** "Only gzip supported." */
export const EVENT_HUBS_COMPRESSIONS: readonly string[] = ["none", "gzip"];

const KEY = "config.connection_string";

/** A namespace of Event Hubs, and who logs in. */
export interface EventHubs {
  /** `shop.servicebus.windows.net:9093` */
  readonly bootstrapServers: string;
  /** The event hub that it is for, where it is for one. */
  readonly entity: string | undefined;
  readonly sasl: {
    readonly mechanism: "PLAIN";
    readonly username: string;
    readonly password: string;
  };
}

/** @returns undefined for what is no connection string. */
export function parseConnectionString(text: string): EventHubs | undefined {
  const parts = partsOf(text);
  const endpoint = /^sb:\/\/([^/:]+)(?::(\d{1,5}))?\/?$/i
    .exec(parts.get("endpoint") ?? "");
  if (endpoint === null || !parts.has("sharedaccesskey")) return undefined;
  const [, host, port = PORT] = endpoint;
  return {
    bootstrapServers: `${host}:${port}`,
    entity: parts.get("entitypath"),
    sasl: { mechanism: "PLAIN", username: USERNAME, password: text.trim() },
  };
}

/** What is wrong with it, without repeating any of it. */
export function* checkConnectionString(
  text: string,
): Generator<ConfigProblem> {
  if (parseConnectionString(text) !== undefined) return;
  if (partsOf(text).has("sharedaccesssignature")) {
    yield {
      path: KEY,
      message: "connection_string has a shared access signature, which " +
        "Event Hubs doesn't take over the Kafka protocol",
      hint: "use one with SharedAccessKeyName and SharedAccessKey, or " +
        'bootstrap_servers with sasl { mechanism = "OAUTHBEARER" }',
    };
    return;
  }
  yield {
    path: KEY,
    message: "connection_string is none of Event Hubs",
    hint:
      "it begins with Endpoint=sb://NAMESPACE.servicebus.windows.net/ and " +
      "has SharedAccessKeyName and SharedAccessKey",
  };
}

function partsOf(text: string): Map<string, string> {
  const parts = new Map<string, string>();
  for (const part of text.split(";")) {
    const at = part.indexOf("="); // keys end with "=" themselves
    if (at <= 0) continue;
    const value = part.slice(at + 1).trim();
    if (value !== "") parts.set(part.slice(0, at).trim().toLowerCase(), value);
  }
  return parts;
}
