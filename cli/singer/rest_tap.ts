/**
 * `"type": "rest-api"` as the input `rest`.
 *
 * @module
 */

import type { Json, JsonObject } from "../../core/protocol/mod.ts";
import type { CatalogStream } from "./catalog_file.ts";
import { pick, urlOf } from "./connections.ts";
import type { Auth } from "./connector.ts";
import { type TapPlan, type TapWishes, wantedStreams } from "./plans.ts";
import type { StateFile } from "./state_file.ts";

export function restPlan(wishes: TapWishes): TapPlan {
  const { tap, catalog, state } = wishes;
  const streams: Record<string, Json> = {};
  const places: Record<string, Json> = {};
  for (const stream of wantedStreams(wishes)) {
    const name = String(stream.name);
    const entry = catalog?.file.streams.find((one) => one.name === name);
    streams[name] = restStream(name, stream, entry);
    const place = placeOf(state, name);
    if (place !== undefined) places[name] = place;
  }
  return {
    provider: "rest",
    stream: undefined,
    config: {
      ...pick(tap.properties, REST_KEYS),
      endpoint: urlOf(tap),
      ...restAuth(tap.auth, tap.properties),
      streams,
      follow: false,
      infer_schema: true,
    },
    resume: Object.keys(places).length > 0 ? { streams: places } : undefined,
    remember: rememberPlaces,
  };
}

/** Properties of a tap config that the provider knows by the same name. */
const REST_KEYS = [
  "request_timeout",
  "retry_timeout",
  "max_retry_after",
  "rate_limit",
  "max_response",
  "params",
  "records",
  "pagination",
  "proxy",
  "tls",
  "max_count",
];

function restStream(
  name: string,
  stream: JsonObject,
  entry: CatalogStream | undefined,
): JsonObject {
  const {
    path = `/${name}`,
    records_path,
    primary_keys,
    replication_key,
    replication_param,
    cursor = {},
    ...rest
  } = stream;
  const method = entry?.method ?? "INCREMENTAL";
  const field = entry?.replicationKey ?? replication_key;
  const isIncremental = method === "INCREMENTAL" && typeof field === "string";
  const key = entry !== undefined && entry.key.length > 0
    ? [...entry.key]
    : primary_keys;
  return {
    path,
    ...pick(rest, [
      "params",
      "pagination",
      "method",
      "body",
      "format",
      "parent",
      "include",
      "schema",
      "empty_on",
    ]),
    ...(records_path === undefined ? {} : { records: recordsOf(records_path) }),
    ...(key === undefined ? {} : { key }),
    ...(isIncremental
      ? {
        cursor: {
          ...cursor as JsonObject,
          field,
          param: replication_param ?? field,
        },
      }
      : {}),
  };
}

/** `$.data[*]` of JSON Path is `data`. */
function recordsOf(path: Json): string {
  return String(path).replace(/^\$\.?/, "").replaceAll("[*]", ".*")
    .replace(/\.?\*$/, "").replace(/^\./, "");
}

function restAuth(auth: Auth, { headers }: JsonObject): JsonObject {
  const more: JsonObject = headers === undefined ? {} : { headers };
  switch (auth.type) {
    case "none":
      return more;
    case "api_key":
      return {
        ...more,
        auth: { type: "api_key", name: auth.header, key: auth.key },
      };
    case "oauth2":
      return { ...more, auth: { ...auth.settings, type: "oauth2" } };
    case "custom":
      return { headers: { ...headers as JsonObject, ...auth.headers } };
    default:
      return { ...more, auth: { ...auth } };
  }
}

/** What the input remembers of a stream, or what the user set instead. */
function placeOf(state: StateFile | undefined, name: string): Json | undefined {
  const value = state?.bookmark(name);
  if (value === undefined || value === null) return undefined;
  const kept = (state?.own as JsonObject | undefined)?.[name] as
    | JsonObject
    | undefined;
  const cursor = cursorOf(value);
  if (cursor === undefined) return kept;
  // A value that was set by hand counts, and what was kept beside it doesn't.
  return kept?.cursor === cursor ? kept : { cursor };
}

/** `"2024-01-01"`, or the one text in `{"updated_at":"2024-01-01"}`. */
function cursorOf(value: Json): string | undefined {
  const inner = typeof value === "object" && value !== null &&
      !Array.isArray(value)
    ? Object.values(value)[0]
    : value;
  return typeof inner === "string" || typeof inner === "number"
    ? String(inner)
    : undefined;
}

function rememberPlaces(state: Json, file: StateFile, nowText: string): void {
  const places = (state as { streams?: JsonObject }).streams ?? {};
  for (const [name, place] of Object.entries(places)) {
    const cursor = (place as JsonObject).cursor;
    if (cursor === undefined) continue;
    file.setBookmark(name, sameForm(file.bookmark(name), cursor), nowText);
  }
  file.setOwn(places, nowText);
}

/** `{"updated_at":…}` stays an object. */
function sameForm(before: Json | undefined, cursor: Json): Json {
  const isObject = typeof before === "object" && before !== null &&
    !Array.isArray(before);
  const [key] = isObject ? Object.keys(before) : [];
  return key === undefined ? cursor : { [key]: cursor };
}
