/**
 * A tap's catalog, with what the user selects written into it.
 *
 * Taps look for a selection in three places: in the stream's metadata, in its entry
 * and in its schema. All three are written.
 *
 * @module
 */

import {
  ConfigError,
  FinalError,
  type Json,
  type JsonObject,
} from "@dstream/sdk";
import { parseExactJson } from "@dstream/sdk/changes";
import { didYouMean } from "@dstream/sdk";
import { asObject, asText } from "../json.ts";
import { type Pattern, pattern } from "./pattern.ts";

/** How the streams under a pattern are read. */
export interface Replication {
  readonly method: string;
  readonly key: string | undefined;
}

/** What the user wants of a catalog. */
export interface Wish {
  /** Patterns; `undefined` takes what the catalog selects. */
  readonly select: readonly string[] | undefined;
  readonly replication: Readonly<Record<string, Replication>> | undefined;
}

/** A catalog that can be handed to the tap. */
export interface SelectedCatalog {
  readonly text: string;
  /** Names of the streams that will come. */
  readonly streams: readonly string[];
  /** What was wished and can't be. */
  readonly warnings: readonly string[];
}

/**
 * @param text The catalog as JSON.
 * @throws {ConfigError} for a pattern that nothing fits, with its place.
 * @throws {FinalError} when no stream is selected, or it is no catalog.
 */
export function selectStreams(text: string, wish: Wish): SelectedCatalog {
  const catalog = parseCatalog(text);
  const streams = (catalog.streams as Json[]).map((each) => new Stream(each));
  const warnings: string[] = [];
  if (wish.select !== undefined) select(streams, wish.select, warnings);
  replicate(streams, wish.replication ?? {});
  const chosen = streams.filter(({ isSelected }) => isSelected);
  if (chosen.length === 0) {
    throw new FinalError(
      "singer.nothing_selected",
      "no stream of the tap is selected, so nothing would come",
      { key: "select", hint: `streams: ${someNames(streams)}` },
    );
  }
  for (const stream of streams) stream.write();
  return {
    text: JSON.stringify(catalog),
    streams: chosen.map(({ name }) => name),
    warnings,
  };
}

function parseCatalog(text: string): JsonObject {
  let parsed: Json | undefined;
  try {
    parsed = parseExactJson(text);
  } catch {
    // Told below.
  }
  const catalog = asObject(parsed);
  if (catalog !== undefined && Array.isArray(catalog.streams)) return catalog;
  throw new FinalError(
    "singer.catalog_invalid",
    "the catalog is not JSON with a list of streams",
    { key: "catalog" },
  );
}

function select(
  streams: readonly Stream[],
  texts: readonly string[],
  warnings: string[],
): void {
  const patterns = texts.map(pattern);
  const includes = patterns.filter(({ isExclusion }) => !isExclusion);
  const excludes = patterns.filter(({ isExclusion }) => isExclusion);
  const wanted = includes.length > 0 ? includes : [pattern("*")];
  for (const stream of streams) stream.select(wanted, excludes, warnings);
  patterns.forEach(({ hasMatched }, index) => {
    if (hasMatched) return;
    const text = texts[index].replace(/^!/, "");
    const names = streams.map(({ name }) => name);
    throw new ConfigError(
      `select[${index}]`,
      `select has ${
        JSON.stringify(texts[index])
      }, which fits nothing the tap has`,
      didYouMean(text.split(".")[0], names, `streams: ${someNames(streams)}`),
    );
  });
}

function replicate(
  streams: readonly Stream[],
  wishes: Readonly<Record<string, Replication>>,
): void {
  for (const [text, replication] of Object.entries(wishes)) {
    const fits = pattern(text);
    const found = streams.filter(({ name }) => fits.matches(name));
    if (found.length === 0) {
      throw new ConfigError(
        `replication[${JSON.stringify(text)}]`,
        `replication has ${
          JSON.stringify(text)
        }, which fits no stream of the tap`,
        `streams: ${someNames(streams)}`,
      );
    }
    for (const stream of found) stream.replicate(replication);
  }
}

function someNames(streams: readonly Stream[]): string {
  const names = streams.slice(0, 10).map(({ name }) => name);
  const more = streams.length - names.length;
  return names.join(", ") + (more > 0 ? ` and ${more} more` : "");
}

/** What was read here and may be written to. */
type Mutable = { [key: string]: Json };

interface Property {
  /** `["properties","address","properties","city"]` */
  readonly breadcrumb: readonly string[];
  /** `address.city` */
  readonly name: string;
  isSelected: boolean;
}

/** One entry of a catalog. */
class Stream {
  readonly name: string;
  readonly #entry: Mutable;
  readonly #metadata: Map<string, Mutable>;
  readonly #properties: readonly Property[];
  isSelected: boolean;

  constructor(value: Json) {
    this.#entry = asMutable(value);
    const { stream, tap_stream_id } = this.#entry;
    this.name = asText(tap_stream_id) ?? asText(stream) ?? "";
    this.#metadata = metadataOf(this.#entry);
    this.#properties = [...propertiesOf(asObject(this.#entry.schema), [])]
      .map((breadcrumb) => ({
        breadcrumb,
        name: breadcrumb.filter((_, index) => index % 2 === 1).join("."),
        isSelected: this.#isSelectedAsIs(breadcrumb),
      }));
    this.isSelected = this.#isSelectedAsIs([]);
  }

  select(
    includes: readonly Pattern[],
    excludes: readonly Pattern[],
    warnings: string[],
  ): void {
    const isWhole = anyMatches(includes, this.name);
    const isOut = anyMatches(excludes, this.name);
    let isChosen = isWhole;
    for (const property of this.#properties) {
      const path = `${this.name}.${property.name}`;
      const isIn = anyMatches(includes, path) || isWhole;
      const isLeftOut = anyMatches(excludes, path);
      const inclusion = this.#of(property.breadcrumb)?.inclusion;
      property.isSelected = inclusion === "automatic" ||
        inclusion !== "unsupported" && isIn && !isLeftOut;
      if (isIn && !isLeftOut && inclusion !== "unsupported") isChosen = true;
      if (inclusion === "automatic" && isLeftOut && !isOut) {
        warnings.push(`${path} can't be left out: the tap needs it`);
      }
      if (
        inclusion === "unsupported" && includes.some((p) => p.text === path)
      ) {
        warnings.push(`${path} can't be selected: the tap doesn't support it`);
      }
    }
    this.isSelected = isChosen && !isOut;
    this.#selectParents();
  }

  replicate({ method, key }: Replication): void {
    const root = this.#root();
    root["replication-method"] = method;
    this.#entry.replication_method = method;
    if (key === undefined) return;
    root["replication-key"] = key;
    this.#entry.replication_key = key;
  }

  /** Into the entry. */
  write(): void {
    const { isSelected } = this;
    this.#root().selected = isSelected;
    this.#entry.selected = isSelected;
    const { schema } = this.#entry;
    if (schema !== undefined) asMutable(schema).selected = isSelected;
    for (const { breadcrumb, isSelected } of this.#properties) {
      const metadata = this.#of(breadcrumb) ?? this.#add(breadcrumb);
      metadata.selected = isSelected;
    }
    this.#entry.metadata = [...this.#metadata].map((
      [breadcrumb, metadata],
    ) => ({
      breadcrumb: JSON.parse(breadcrumb),
      metadata,
    }));
  }

  /** What holds a selected field is selected. */
  #selectParents(): void {
    for (const { name, isSelected } of this.#properties) {
      if (!isSelected) continue;
      for (const parent of this.#properties) {
        if (name.startsWith(`${parent.name}.`)) parent.isSelected = true;
      }
    }
  }

  #isSelectedAsIs(breadcrumb: readonly string[]): boolean {
    const metadata = this.#of(breadcrumb) ?? {};
    if (metadata.inclusion === "automatic") return true;
    if (metadata.inclusion === "unsupported") return false;
    const said = metadata.selected ??
      (breadcrumb.length === 0 ? this.#entry.selected : undefined) ??
      metadata["selected-by-default"];
    return said !== false;
  }

  #of(breadcrumb: readonly string[]): Mutable | undefined {
    return this.#metadata.get(JSON.stringify(breadcrumb));
  }

  #root(): Mutable {
    return this.#of([]) ?? this.#add([]);
  }

  #add(breadcrumb: readonly string[]): Mutable {
    const metadata: Mutable = {};
    this.#metadata.set(JSON.stringify(breadcrumb), metadata);
    return metadata;
  }
}

function asMutable(value: Json | undefined): Mutable {
  return (asObject(value) ?? {}) as Mutable;
}

function anyMatches(patterns: readonly Pattern[], text: string): boolean {
  // Every one is asked, so that each knows whether it fits anything.
  return patterns.filter((each) => each.matches(text)).length > 0;
}

function metadataOf(entry: JsonObject): Map<string, Mutable> {
  const list = Array.isArray(entry.metadata) ? entry.metadata : [];
  return new Map(list.map((each) => {
    const { breadcrumb, metadata } = asObject(each) ?? {};
    return [JSON.stringify(breadcrumb ?? []), asMutable(metadata)];
  }));
}

function* propertiesOf(
  schema: JsonObject | undefined,
  above: readonly string[],
): Generator<string[]> {
  for (
    const [name, value] of Object.entries(asObject(schema?.properties) ?? {})
  ) {
    const breadcrumb = [...above, "properties", name];
    yield breadcrumb;
    yield* propertiesOf(asObject(value), breadcrumb);
  }
}
