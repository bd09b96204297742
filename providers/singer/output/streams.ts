/**
 * Which stream a row belongs to, and what is known of each.
 *
 * @module
 */

import type { OpenContext, OutputBatch } from "@dstream/sdk";
import { Scope, Template } from "@dstream/sdk/service";
import type { SingerOutputConfig } from "./config.ts";
import type { GivenSchemas } from "./given_schemas.ts";
import type { ChangedRow } from "./row.ts";
import {
  type SchemaSource,
  type StreamOptions,
  TargetStream,
} from "./target_stream.ts";
import { Validators } from "./validator.ts";

/** What decides on streams. */
export interface StreamsParts {
  readonly config: SingerOutputConfig;
  readonly context: OpenContext;
  readonly given: GivenSchemas;
  /** Says a warning no second time. */
  readonly tellOnce: (what: string, message: string) => void;
}

/** See the module. */
export class Streams {
  readonly #parts: StreamsParts;
  readonly #streams = new Map<string, TargetStream>();
  readonly #validators: Validators;
  readonly #template: Template | undefined;

  constructor(parts: StreamsParts) {
    this.#parts = parts;
    const { config: { stream }, context } = parts;
    this.#validators = new Validators(context.log);
    if (stream !== undefined) this.#template = new Template(stream);
  }

  /** One that a row has come of. */
  known(name: string): TargetStream | undefined {
    return this.#streams.get(name);
  }

  /** @returns `undefined` where nothing tells what its records look like. */
  async of(
    batch: OutputBatch,
    index: number,
    row: Pick<ChangedRow, "table" | "key" | "marksDeletes">,
  ): Promise<TargetStream | undefined> {
    const name = this.nameOf(batch, index, row.table);
    const source = this.#sourceOf(batch, row.table, name);
    if (source === undefined) return undefined;
    const options = this.#optionsOf(source, row);
    const known = this.#streams.get(name);
    if (known?.isFor(options)) return known;
    const stream = new TargetStream(name, options);
    const { activateVersion, validate } = this.#parts.config;
    if (activateVersion) stream.version = known?.version ?? "1";
    if (validate) await stream.check(this.#validators);
    this.#streams.set(name, stream);
    if (options.key.length === 0) {
      this.#parts.tellOnce(
        `key ${name}`,
        `${name} has no key: what is sent again after a failure is there twice`,
      );
    }
    return stream;
  }

  #optionsOf(
    source: SchemaSource,
    { key, marksDeletes }: Pick<ChangedRow, "key" | "marksDeletes">,
  ): StreamOptions {
    const ofTable = source.kind === "table" ? source.schema.key : undefined;
    return {
      source,
      key: ofTable ?? key ?? this.#parts.config.keyProperties ?? [],
      marksDeletes,
    };
  }

  #sourceOf(
    { schemas }: OutputBatch,
    table: string | undefined,
    name: string,
  ): SchemaSource | undefined {
    const schema = table === undefined ? undefined : schemas.get(table);
    return schema === undefined
      ? this.#parts.given(name)
      : { kind: "table", schema };
  }

  /** By the template, the table, or the task. */
  nameOf(
    batch: OutputBatch,
    index: number,
    table: string | undefined,
  ): string {
    const { context: { taskName = "records" } } = this.#parts;
    const rendered = this.#template?.render(new Scope(batch, index));
    return rendered ?? table ?? taskName;
  }
}
