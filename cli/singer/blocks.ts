/**
 * A tap or target of `dstreams` as the block of a task.
 *
 * @module
 */

import { join, resolve } from "node:path";
import { DstreamError } from "../../core/base/errors.ts";
import type { Json, JsonObject } from "../../core/protocol/mod.ts";
import type { CatalogFile, CatalogStream } from "./catalog_file.ts";
import type { Auth, Connection, Connector } from "./connector.ts";
import type { StateFile } from "./state_file.ts";

/** A provider and its config. */
export interface Block {
  readonly provider: string;
  readonly config: JsonObject;
}

/** How a tap is read. */
export interface TapPlan extends Block {
  /** What records belong to that name no table. */
  readonly stream: string | undefined;
  /** Where it goes on, from the state of `dstreams`. */
  readonly resume: Json | undefined;
  /** What is written back, from the input's own state. */
  remember(state: Json, file: StateFile, nowText: string): void;
}

/** What a plan is made of. */
export interface TapWishes {
  readonly tap: Connector;
  readonly catalog:
    | { readonly file: CatalogFile; readonly path: string }
    | undefined;
  readonly state: StateFile | undefined;
  readonly cwd: string;
}

/** In the order errors list them. */
export const TAP_TYPES = [
  "rest-api",
  "file",
  "postgres",
  "sqlserver",
  "singer",
];
export const TARGET_TYPES = ["postgres", "file", "console", "singer"];

/** @throws {DstreamError} for what this type can't be told. */
export function tapPlan(wishes: TapWishes): TapPlan {
  switch (wishes.tap.type) {
    case "rest-api":
      return restPlan(wishes);
    case "file":
      return filePlan(wishes);
    case "postgres":
      return { ...ownState(wishes), ...postgresTap(wishes) };
    case "sqlserver":
      return { ...ownState(wishes), ...sqlServerTap(wishes) };
    default:
      return singerPlan(wishes);
  }
}

/** Streams of the config that the catalog doesn't deselect. */
export function wantedStreams({ tap, catalog }: TapWishes): JsonObject[] {
  const ofCatalog = new Map<string, CatalogStream>(
    catalog?.file.streams.map((stream) => [stream.name, stream]) ?? [],
  );
  const all = tap.streams ??
    [...ofCatalog.keys()].map((name) => ({ name }));
  const wanted = all.filter(({ name }) =>
    ofCatalog.get(String(name))?.isSelected ?? catalog === undefined
  );
  if (wanted.length > 0) return wanted;
  throw new DstreamError(
    "singer.nothing_selected",
    catalog === undefined
      ? 'the tap config needs "streams": which ones?'
      : "no stream is selected in the catalog, so nothing would come",
    { hint: catalog === undefined ? undefined : "catalog select FILE STREAM" },
  );
}

function restPlan(wishes: TapWishes): TapPlan {
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

function filePlan(wishes: TapWishes): TapPlan {
  const { tap, cwd } = wishes;
  const path = pathOf(tap);
  const name = String(tap.streams?.[0]?.name ?? nameOfFile(path));
  if (wishes.catalog !== undefined) {
    wantedStreams({ ...wishes, tap: { ...tap, streams: [{ name }] } });
  }
  const isTable = /\.(csv|tsv)(\.\w+)?$/.test(path) ||
    /^(csv|tsv)$/.test(String(tap.properties.format));
  return {
    ...ownState(wishes),
    provider: "file",
    stream: name,
    config: {
      ...pick(tap.properties, [
        "format",
        "columns",
        "header",
        "delimiter",
        "quote",
        "on_invalid",
      ]),
      path: resolve(cwd, path),
      ...(isTable ? { table: name } : {}),
    },
  };
}

function nameOfFile(path: string): string {
  return path.split(/[\\/]/).at(-1)!.split(".")[0] || "records";
}

function postgresTap(wishes: TapWishes): Block & { stream: undefined } {
  const { tap } = wishes;
  const methods = wishes.catalog?.file.streams.filter((one) => one.isSelected)
    .map((one) => one.method) ?? [];
  refuseIncremental(methods, "postgres");
  const isFull = methods.length > 0 && methods.every((m) => m === "FULL_TABLE");
  const slot = `dstreams_${tap.name.toLowerCase().replace(/[^a-z0-9_]/g, "_")}`;
  return {
    provider: "postgres",
    stream: undefined,
    config: {
      slot,
      publication: slot,
      ...(isFull ? { snapshot: "only" } : {}),
      ...pick(tap.properties, [
        "slot",
        "publication",
        "snapshot",
        "sslmode",
        "sslrootcert",
        "create",
        "on_gap",
      ]),
      ...databaseKeys(tap),
      tables: wantedStreams(wishes).map(({ name }) => String(name)),
      follow: false,
    },
  };
}

function refuseIncremental(methods: readonly string[], type: string): void {
  if (!methods.includes("INCREMENTAL")) return;
  throw new DstreamError(
    "singer.method_unknown",
    `the tap ${type} reads tables whole or their changes, not by a column`,
    { hint: 'set replication_method in the catalog to "LOG_BASED"' },
  );
}

function sqlServerTap(wishes: TapWishes): Block & { stream: undefined } {
  const { tap } = wishes;
  const { connection, auth, properties } = tap;
  if (connection.kind !== "host") throw wrongConnection(tap, "host");
  const { host, port, database } = connection;
  const words = [
    `Server=${host}${port === undefined ? "" : `,${port}`}`,
    ...(database === undefined ? [] : [`Database=${quoted(database)}`]),
    ...(auth.type === "basic"
      ? [
        `User Id=${quoted(auth.username)}`,
        `Password=${quoted(auth.password)}`,
      ]
      : []),
    ...(properties.trust_server_certificate === true
      ? ["TrustServerCertificate=true"]
      : []),
  ];
  return {
    provider: "mssql",
    stream: undefined,
    config: {
      connection_string: words.join(";"),
      tables: wantedStreams(wishes).map(({ name }) => String(name)),
      snapshot: "initial",
      follow: false,
    },
  };
}

/** As connection strings have a value with anything in it. */
function quoted(value: string): string {
  return `"${value.replaceAll('"', '""')}"`;
}

function singerPlan(wishes: TapWishes): TapPlan {
  const { tap, catalog, state } = wishes;
  const isTheirs = catalog?.file.isSinger ?? false;
  const names = tap.streams?.map(({ name }) => String(name));
  const selected = catalog === undefined || isTheirs
    ? names
    : wantedStreams(wishes).map(({ name }) => String(name));
  return {
    provider: "singer",
    stream: undefined,
    config: {
      tap: programOf(tap),
      ...pick(tap.properties, ["args", "replication"]),
      tap_config: (tap.properties.config ?? {}) as Json,
      ...(isTheirs ? { catalog: resolve(wishes.cwd, catalog!.path) } : {}),
      ...(selected === undefined ? {} : { select: [...selected] }),
    },
    resume: state === undefined || Object.keys(state.value).length === 0
      ? undefined
      : state.isSinger
      ? state.value
      : state.own,
    remember: (newest, file, nowText) => {
      const isNew = Object.keys(file.value.bookmarks as JsonObject ?? {})
            .length === 0 && file.own === undefined;
      const isObject = typeof newest === "object" && newest !== null &&
        !Array.isArray(newest);
      if ((isNew || file.isSinger) && isObject) {
        file.replace(newest as JsonObject);
      } else file.setOwn(newest, nowText);
    },
  };
}

function programOf({ connection, properties, name }: Connector): Json {
  const { command } = properties;
  if (command !== undefined) return command;
  if (connection.kind === "path") return connection.path;
  throw new DstreamError(
    "singer.config_invalid",
    `"${name}" needs "connection": {"path": "tap-x"}, or "command"`,
  );
}

/** For inputs whose state is nobody's business but theirs. */
function ownState({ state }: TapWishes) {
  return {
    resume: state?.own,
    remember: (newest: Json, file: StateFile, nowText: string) =>
      file.setOwn(newest, nowText),
  };
}

/** What targets need to know besides their config. */
export interface TargetWishes {
  readonly target: Connector;
  readonly stream: string | undefined;
  readonly cwd: string;
  /** The words that start dstream. */
  readonly self: readonly string[];
}

/** @throws {DstreamError} for what this type can't be told. */
export function targetBlock(wishes: TargetWishes): Block {
  const { target, stream, cwd, self } = wishes;
  switch (target.type) {
    case "postgres":
      return {
        provider: "postgres",
        config: {
          ...pick(target.properties, [
            "schema",
            "sslmode",
            "sslrootcert",
            "mode",
            "delete",
            "key",
            "guard",
          ]),
          ...databaseKeys(target),
          batch_size: target.batchSize,
          create_tables: "rows",
          ...(stream === undefined ? {} : { table: stream }),
        },
      };
    case "file":
      return singerBlock(stream, {
        target: [...self, "singer", "file-target"],
        target_config: { folder: resolve(cwd, pathOf(target)) },
      });
    case "console":
      return {
        provider: "console",
        config: pick(target.properties, ["output_format", "format"]),
      };
    default:
      return singerBlock(stream, {
        target: programOf(target),
        ...pick(target.properties, [
          "args",
          "flush_interval",
          "validate",
          "activate_version",
        ]),
        target_config: (target.properties.config ?? {}) as Json,
      });
  }
}

/** The output singer, whatever the input says of its records. */
export function singerBlock(
  stream: string | undefined,
  config: JsonObject,
): Block {
  const named: JsonObject = stream === undefined ? {} : { stream };
  return {
    provider: "singer",
    config: { schema: "infer", ...named, ...config },
  };
}

function databaseKeys(connector: Connector): JsonObject {
  const { connection, auth } = connector;
  if (connection.kind === "path") throw wrongConnection(connector, "host");
  const who: JsonObject = auth.type === "basic"
    ? { user: auth.username, password: auth.password }
    : {};
  if (connection.kind === "url") {
    return { connection_string: connection.url, ...who };
  }
  const { host, port, database } = connection;
  return {
    host,
    ...(port === undefined ? {} : { port }),
    ...(database === undefined ? {} : { database }),
    ...who,
  };
}

function urlOf(connector: Connector): string {
  const { connection } = connector;
  if (connection.kind === "url") return connection.url.replace(/\/+$/, "");
  throw wrongConnection(connector, "url");
}

function pathOf(connector: Connector): string {
  const { connection } = connector;
  if (connection.kind === "path") return join(connection.path);
  throw wrongConnection(connector, "path");
}

function wrongConnection(
  { name, type }: Connector,
  kind: Connection["kind"],
): DstreamError {
  return new DstreamError(
    "singer.config_invalid",
    `"${name}" is of type ${type}, whose connection needs ${kind}`,
  );
}

function pick(from: JsonObject, keys: readonly string[]): JsonObject {
  return Object.fromEntries(
    keys.flatMap((key) => from[key] === undefined ? [] : [[key, from[key]]]),
  );
}
