/**
 * The address of a page.
 *
 * @module
 */

import { FinalError, type Json } from "@dstream/sdk";
import type { StreamConfig } from "./config.ts";
import { valueAt } from "../../web/mod.ts";
import { textOf } from "./exact.ts";
import type { PageAsk } from "./pages.ts";

/** What an address depends on besides the page. */
export interface AddressOf {
  /** The parent's record. */
  readonly parent: Json | undefined;
  /** The cursor's value, as its parameter says it. */
  readonly from: string | undefined;
}

/** Endpoint, path and parameters; a link as it is. */
export function pageUrl(
  endpoint: string,
  stream: StreamConfig,
  ask: PageAsk,
  { parent, from }: AddressOf,
): URL {
  if (ask.url !== undefined) return new URL(ask.url);
  const url = joined(endpoint, filled(stream.path ?? "", stream, parent));
  for (const [name, value] of Object.entries(stream.params ?? {})) {
    url.searchParams.set(name, filled(value, stream, parent, (text) => text));
  }
  const param = stream.cursor?.param;
  if (param !== undefined && from !== undefined) {
    url.searchParams.set(param, from);
  }
  for (const [name, value] of Object.entries(ask.params ?? {})) {
    url.searchParams.set(name, value);
  }
  return url;
}

/** A path is behind the endpoint's, whatever slashes they have. */
function joined(endpoint: string, path: string): URL {
  const url = new URL(endpoint);
  if (path === "") return url;
  const [name, query] = path.split(/\?(.*)/s);
  url.pathname = `${url.pathname.replace(/\/$/, "")}/${
    name.replace(/^\//, "")
  }`;
  for (const [key, value] of new URLSearchParams(query ?? "")) {
    url.searchParams.set(key, value);
  }
  return url;
}

/** `{id}` → the parent's id. */
function filled(
  text: string,
  { name }: StreamConfig,
  parent: Json | undefined,
  encode: (text: string) => string = encodeURIComponent,
): string {
  if (parent === undefined) return text;
  return text.replace(/\{([^{}]+)\}/g, (_whole, field: string) => {
    const value = textOf(valueAt(parent, field));
    if (value !== undefined) return encode(value);
    throw new FinalError(
      "rest.parent_field_missing",
      `the parent of ${name} has no "${field}"`,
      { key: `streams.${name}.path` },
    );
  });
}
