/**
 * An envelope → an event.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { EventData } from "@azure/event-hubs";
import { type Scope, Template } from "@dstream/sdk/service";
import { hashText, metadataProperties, positionOf } from "../../azure/mod.ts";
import type { EventHubsConfig } from "./config.ts";

/** Longer ids and keys are refused by the service or by others that read them. */
const MAX_ID_CHARACTERS = 128;

/** An event and what decides on its partition. */
export interface KeyedEvent {
  readonly event: EventData;
  readonly key: string | undefined;
}

/** Makes events. */
export class EventMaker {
  readonly #config: EventHubsConfig;
  readonly #key: Template | undefined;
  readonly #id: Template | undefined;
  readonly #contentType: Template;
  readonly #properties: readonly (readonly [string, Template])[];

  constructor(config: EventHubsConfig) {
    this.#config = config;
    const template = (text: string | undefined) =>
      text === undefined ? undefined : new Template(text);
    this.#key = template(config.partitionKey);
    this.#id = template(config.messageId);
    this.#contentType = new Template(config.contentType);
    this.#properties = Object.entries(config.applicationProperties ?? {})
      .map(([name, text]) => [name, new Template(text)] as const);
  }

  make(scope: Scope): KeyedEvent {
    const id = this.#id?.render(scope) ?? positionOf(scope).id;
    const key = this.#key?.render(scope);
    const event: EventData = {
      body: this.#body(scope),
      messageId: shortened(id),
      contentType: this.#contentType.render(scope),
      properties: this.#propertiesOf(scope),
    };
    return { event, key: key === undefined ? undefined : shortened(key) };
  }

  #body(scope: Scope): Buffer {
    const data = scope.text("data");
    if (this.#config.body === "data") return Buffer.from(data);
    return Buffer.from(`{"data":${data},"metadata":${scope.text("metadata")}}`);
  }

  #propertiesOf(scope: Scope): EventData["properties"] {
    const properties: EventData["properties"] = this.#config.metadataProperties
      ? metadataProperties(scope)
      : {};
    for (const [key, template] of this.#properties) {
      const text = template.render(scope);
      if (text !== undefined) properties[key] = text;
    }
    return properties;
  }
}

function shortened(text: string): string {
  return text.length <= MAX_ID_CHARACTERS ? text : hashText(text);
}
