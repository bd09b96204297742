/**
 * Envelopes → requests: where each goes and what it carries.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { OutputBatch } from "@dstream/sdk";
import { keyText, readChange, readHead } from "@dstream/sdk/changes";
import { Scope, type Side, Template } from "@dstream/sdk/service";
import type { Ask } from "../../web/mod.ts";
import type { HttpConfig } from "./config.ts";
import { JsonTemplate } from "./json_template.ts";

/** A request and the envelopes it carries, by their place in the batch. */
export interface Carried {
  readonly ask: Ask;
  readonly indexes: readonly number[];
}

/** An envelope that can go nowhere. */
export interface Unsendable {
  readonly index: number;
  readonly reason: string;
}

/** Where a request goes decides who may share it. */
interface Place {
  readonly index: number;
  readonly url: string;
  readonly sizeBytes: number;
}

/** Builds requests for one config. */
export class Requests {
  readonly #config: HttpConfig;
  readonly #url: Template;
  readonly #template: JsonTemplate | undefined;
  readonly #headers: readonly (readonly [string, Template])[];
  readonly #orderKey: Template | undefined;
  readonly #idempotencyKey: Template | undefined;

  constructor(config: HttpConfig) {
    this.#config = config;
    this.#url = new Template(config.url);
    this.#template = config.template === undefined
      ? undefined
      : new JsonTemplate(config.template);
    this.#headers = Object.entries(config.envelopeHeaders ?? {})
      .map(([name, text]) => [name, new Template(text)] as const);
    this.#orderKey = templateOf(config.orderKey);
    this.#idempotencyKey = templateOf(config.idempotencyKey);
  }

  /** Whether all go to one address. */
  get isFixed(): boolean {
    return this.#url.isFixed;
  }

  /** Lines of one lane stay in order; there are as many as go at once. */
  lanes(batch: OutputBatch, indexes: readonly number[]): number[][] {
    const { concurrency } = this.#config;
    if (concurrency === 1) return [[...indexes]];
    const lanes: number[][] = Array.from({ length: concurrency }, () => []);
    for (const index of indexes) {
      lanes[this.#laneOf(batch, index) % concurrency].push(index);
    }
    return lanes;
  }

  #laneOf(batch: OutputBatch, index: number): number {
    const key = this.#orderKey?.render(new Scope(batch, index)) ??
      keyText(readChange(batch.envelope(index)!));
    // What has no key has no order.
    if (key === undefined) return index;
    return createHash("sha1").update(key).digest().readUInt32LE(0);
  }

  /** One after the other; those that share a request are neighbours. */
  *of(
    batch: OutputBatch,
    indexes: readonly number[],
  ): Generator<Carried | Unsendable> {
    let group: Place[] = [];
    for (const index of indexes) {
      const url = this.#urlOf(batch, index);
      if (typeof url !== "string") {
        yield { index, reason: url.reason };
        continue;
      }
      const place = { index, url, sizeBytes: this.#sizeOf(batch, index) };
      if (group.length > 0 && !this.#fits(group, place)) {
        yield this.request(batch, group.map(({ index }) => index));
        group = [];
      }
      group.push(place);
    }
    if (group.length > 0) {
      yield this.request(batch, group.map(({ index }) => index));
    }
  }

  #fits(group: readonly Place[], place: Place): boolean {
    const { batch, batchSize, batchBytes } = this.#config;
    if (batch === "none" || group.length >= batchSize) return false;
    const sizeBytes = group.reduce((sum, each) => sum + each.sizeBytes + 1, 2);
    return group[0].url === place.url &&
      sizeBytes + place.sizeBytes <= batchBytes;
  }

  /** Line and data differ by little; a bound needs no more. */
  #sizeOf(batch: OutputBatch, index: number): number {
    return this.#config.batch === "none" ? 0 : batch.line(index).length;
  }

  #urlOf(batch: OutputBatch, index: number): string | { reason: string } {
    const url = this.#url.render(new EncodedScope(batch, index));
    if (url === undefined) {
      return { reason: `${this.#config.url} has no value for it` };
    }
    return URL.canParse(url) ? url : { reason: `${url} is no address` };
  }

  /** One request for these, which go to one address. */
  request(batch: OutputBatch, indexes: readonly number[]): Carried {
    const { method, body } = this.#config;
    const scope = new Scope(batch, indexes[0]);
    const headers: Record<string, string> = {};
    if (body !== "none") headers["Content-Type"] = this.#contentType();
    for (const [name, template] of this.#headers) {
      const value = template.render(scope);
      if (value !== undefined) headers[name] = headerText(value);
    }
    const key = this.#keyOf(batch, indexes);
    if (key !== undefined) headers[this.#config.idempotencyHeader] = key;
    const url = new URL(this.#urlOf(batch, indexes[0]) as string);
    return {
      ask: { method, url, headers, body: this.#body(batch, indexes) },
      indexes,
    };
  }

  #contentType(): string {
    const { contentType, batch } = this.#config;
    return contentType ??
      (batch === "json_lines" ? "application/x-ndjson" : "application/json");
  }

  #body(batch: OutputBatch, indexes: readonly number[]): string | undefined {
    const texts = indexes.map((index) => this.#text(batch, index));
    switch (this.#config.batch) {
      case "none":
        return texts[0];
      case "json_array":
        return `[${texts.join(",")}]`;
      case "json_lines":
        return texts.map((text) => `${text}\n`).join("");
    }
  }

  #text(batch: OutputBatch, index: number): string | undefined {
    switch (this.#config.body) {
      case "data":
        return batch.dataText(index);
      case "envelope":
        return new TextDecoder().decode(batch.line(index));
      case "template":
        return this.#template!.render(new Scope(batch, index));
      case "none":
        return undefined;
    }
  }

  #keyOf(batch: OutputBatch, indexes: readonly number[]): string | undefined {
    const keys = indexes.map((index) => this.#oneKey(batch, index));
    if (keys.some((key) => key === undefined)) return undefined;
    return keys.length === 1 && this.#idempotencyKey !== undefined
      ? headerText(keys[0]!)
      : createHash("sha256").update(JSON.stringify(keys)).digest("hex")
        .slice(0, 32);
  }

  #oneKey(batch: OutputBatch, index: number): string | undefined {
    if (this.#idempotencyKey !== undefined) {
      return this.#idempotencyKey.render(new Scope(batch, index));
    }
    const { table, position } = readHead(batch, index) ?? {};
    return position === undefined ? undefined : `${table ?? ""}@${position}`;
  }
}

function templateOf(text: string | undefined): Template | undefined {
  return text === undefined ? undefined : new Template(text);
}

/** Values become parts of an address, and nothing else of it. */
class EncodedScope extends Scope {
  override lookUp(side: Side, path: readonly string[]): string | undefined {
    const text = super.lookUp(side, path);
    return text === undefined ? undefined : encodeURIComponent(text);
  }
}

/** Headers hold no line ends and no letters beyond Latin 1. */
function headerText(text: string): string {
  return /^[\x20-\x7e]*$/.test(text) ? text : encodeURIComponent(text);
}
