/**
 * One stream as the target knows it: its schema, and what its records have to fit.
 *
 * @module
 */

import type { Json, JsonObject, TableSchema } from "@dstream/sdk";
import { InferredSchema } from "./inferred_schema.ts";
import { singerSchemaOf, withDeletedAt, withNumbers } from "./singer_schema.ts";
import type { Validator, Validators } from "./validator.ts";

/** Where the schema of a stream is from. */
export type SchemaSource =
  | { readonly kind: "table"; readonly schema: TableSchema }
  | { readonly kind: "given"; readonly schema: JsonObject }
  | { readonly kind: "inferred" };

/** What a stream needs. */
export interface StreamOptions {
  readonly source: SchemaSource;
  readonly key: readonly string[];
  readonly marksDeletes: boolean;
}

/** See the module. */
export class TargetStream {
  readonly name: string;
  readonly key: readonly string[];
  /** Which process of the target knows the schema as it is. */
  toldIn = 0;
  /** As JSON; of records that say none themselves. */
  version: string | undefined;
  readonly #options: StreamOptions;
  readonly #inferred: InferredSchema | undefined;
  readonly #numbers: readonly string[] = [];
  readonly #bookmarks: readonly string[] = [];
  #schema: JsonObject = {};
  #validator: Validator | undefined;

  constructor(name: string, options: StreamOptions) {
    this.name = name;
    this.#options = options;
    this.key = options.key;
    const { source, marksDeletes } = options;
    if (source.kind === "inferred") this.#inferred = new InferredSchema();
    else if (source.kind === "given") this.#setSchema(source.schema);
    else {
      const made = singerSchemaOf(source.schema, marksDeletes);
      this.#numbers = made.numbers;
      this.#bookmarks = made.bookmarks;
      this.#schema = made.schema;
    }
  }

  /** Whether it was made for this. */
  isFor({ source, key, marksDeletes }: StreamOptions): boolean {
    const mine = this.#options;
    return isSameSource(mine.source, source) &&
      mine.marksDeletes === marksDeletes &&
      (mine.key === key || mine.key.join("\n") === key.join("\n"));
  }

  /** Has records checked. */
  async check(validators: Validators): Promise<void> {
    if (this.#inferred !== undefined) return;
    this.#validator = await validators.compile(this.name, this.#schema);
  }

  /**
   * The record as the target gets it.
   * @returns Why it can't be one instead.
   */
  take(text: string): { readonly record: string } | { readonly wrong: string } {
    if (this.#inferred !== undefined) {
      if (this.#inferred.take(JSON.parse(text))) this.#infer();
      return { record: text };
    }
    const record = withNumbers(text, this.#numbers);
    const wrong = this.#validator?.(JSON.parse(record));
    return wrong === undefined ? { record } : { wrong };
  }

  /** The SCHEMA message. */
  message(): string {
    const bookmarks = this.#bookmarks;
    return JSON.stringify({
      type: "SCHEMA",
      stream: this.name,
      schema: this.#schema,
      key_properties: this.key,
      ...(bookmarks.length > 0 ? { bookmark_properties: bookmarks } : {}),
    });
  }

  #infer(): void {
    this.#setSchema(this.#inferred!.schema(this.key));
    this.toldIn = 0;
  }

  #setSchema(schema: JsonObject): void {
    const { marksDeletes } = this.#options;
    this.#schema = marksDeletes ? withDeletedAt(schema) : schema;
  }
}

function isSameSource(one: SchemaSource, other: SchemaSource): boolean {
  if (one.kind === "inferred" || other.kind === "inferred") {
    return one.kind === other.kind;
  }
  return one.schema as Json === other.schema as Json;
}
