/**
 * `catalog.json`: which streams there are, and which of them are wanted.
 *
 * There are two shapes. Ours has `metadata` as an object and `selected` beside it;
 * a Singer catalog has a list of breadcrumbs there. Each is written back in the
 * shape and order it had, with keys nobody here knows.
 *
 * @module
 */

import { isJsonObject } from "../../core/base/json.ts";
import { nearest } from "../../core/base/nearest.ts";
import type { Json, JsonObject } from "../../core/protocol/mod.ts";
import type { Mutable } from "./json_file.ts";

/** How a stream is read. */
export type Method = "FULL_TABLE" | "INCREMENTAL" | "LOG_BASED";

/** One stream of a catalog. */
export class CatalogStream {
  readonly #entry: Mutable;

  constructor(entry: Mutable) {
    this.#entry = entry;
  }

  get name(): string {
    const { stream, tap_stream_id } = this.#entry;
    return String(stream ?? tap_stream_id ?? "");
  }

  get method(): Method {
    const said = this.#root?.["replication-method"] ??
      this.#entry.replication_method;
    return said === "INCREMENTAL" || said === "LOG_BASED" ? said : "FULL_TABLE";
  }

  get replicationKey(): string | undefined {
    const said = this.#root?.["replication-key"] ?? this.#entry.replication_key;
    return typeof said === "string" ? said : undefined;
  }

  get key(): readonly string[] {
    const said = this.#entry.key_properties ??
      this.#root?.["table-key-properties"];
    return Array.isArray(said) ? said.map(String) : [];
  }

  get isSelected(): boolean {
    return (this.#root?.selected ?? this.#entry.selected ?? true) === true;
  }

  select(isSelected: boolean): void {
    const root = this.#root;
    if (root !== undefined) root.selected = isSelected;
    if (root === undefined || this.#entry.selected !== undefined) {
      this.#entry.selected = isSelected;
    }
    const schema = this.#entry.schema;
    if (isJsonObject(schema) && schema.selected !== undefined) {
      (schema as Mutable).selected = isSelected;
    }
  }

  /** The metadata of the stream itself, in a Singer catalog. */
  get #root(): Mutable | undefined {
    const { metadata } = this.#entry;
    if (!Array.isArray(metadata)) return undefined;
    const found = metadata.find((each: Json) =>
      isJsonObject(each) && Array.isArray(each.breadcrumb) &&
      each.breadcrumb.length === 0
    );
    const own = isJsonObject(found) ? found.metadata : undefined;
    return isJsonObject(own) ? own as Mutable : undefined;
  }
}

/** See the module. */
export class CatalogFile {
  constructor(readonly value: Mutable) {}

  get streams(): readonly CatalogStream[] {
    const { streams } = this.value;
    return Array.isArray(streams)
      ? streams.filter(isJsonObject).map((each) =>
        new CatalogStream(each as Mutable)
      )
      : [];
  }

  /** Whether it is a tap's own. */
  get isSinger(): boolean {
    const { streams } = this.value;
    return Array.isArray(streams) &&
      streams.some((each: Json) =>
        isJsonObject(each) && Array.isArray(each.metadata)
      );
  }

  /** @returns The names that are in it no more than that, each with the nearest. */
  select(names: readonly string[], isSelected: boolean): string[] {
    const all = this.streams;
    return names.flatMap((name) => {
      const found = all.filter((stream) => stream.name === name);
      for (const stream of found) stream.select(isSelected);
      if (found.length > 0) return [];
      const near = nearest(name, all.map((stream) => stream.name));
      const hint = near === undefined ? "" : ` (did you mean "${near}"?)`;
      return [`Stream '${name}' not found in catalog${hint}`];
    });
  }

  /** As `catalog view` prints it. */
  view(): string {
    const { streams } = this;
    const lines = streams.map((stream) => {
      const mark = stream.isSelected ? "✓" : " ";
      return `  [${mark}] ${stream.name} (${METHODS[stream.method]})`;
    });
    return [`Catalog: ${streams.length} streams`, "", "Streams:", ...lines]
      .join("\n");
  }
}

const METHODS: Readonly<Record<Method, string>> = {
  FULL_TABLE: "FullTable",
  INCREMENTAL: "Incremental",
  LOG_BASED: "LogBased",
};

/** What discovery knows of one stream. */
export interface Discovered {
  readonly name: string;
  readonly schema: JsonObject | undefined;
  readonly key: readonly string[];
  readonly replicationKey: string | undefined;
  readonly method: Method;
}

/** A catalog in our shape. */
export function newCatalog(
  streams: readonly Discovered[],
  generatedAt: string,
  tapVersion: string,
): Mutable {
  return {
    streams: streams.map(({ name, schema, key, replicationKey, method }) => ({
      stream: name,
      tap_stream_id: name,
      ...(schema === undefined ? {} : { schema_json: schema }),
      metadata: { is_view: false },
      key_properties: [...key],
      ...(replicationKey === undefined
        ? {}
        : { replication_key: replicationKey }),
      replication_method: method,
      selected: true,
    })),
    metadata: { generated_at: generatedAt, tap_version: tapVersion },
  };
}
