/**
 * The keys of `input { provider = "rest" config { … } }`.
 *
 * @module
 */

import {
  boolean,
  type Config,
  type ConfigProblem,
  duration,
  integer,
  list,
  map,
  object,
  oneOf,
  string,
} from "@dstream/sdk";
import { checkUrl, checkWeb, webFields } from "../../web/mod.ts";

const DAY_MS = 24 * 3_600_000;

const pagination = object({
  type: oneOf(
    [
      "none",
      "page",
      "offset",
      "cursor",
      "next_link",
      "link_header",
      "last_key",
    ],
    { doc: "How the API hands out its pages" },
  ),
  param: string({
    doc: "The parameter that says which page: its number, offset, cursor or " +
      "last key",
    optional: true,
    example: "page",
  }),
  start: integer({ doc: "The first page or offset", optional: true, min: 0 }),
  size: integer({
    doc: "Records of a page; needed for offset",
    optional: true,
    min: 1,
    example: 100,
  }),
  sizeParam: string({
    doc: "The parameter that says it",
    optional: true,
    example: "per_page",
  }),
  overlap: integer({
    doc: "Records of the page before that are read again with offset and a " +
      "cursor, for what shifts meanwhile; a tenth of size when left out",
    optional: true,
    min: 0,
  }),
  next: string({
    doc: "Where the next cursor or link stands in the answer",
    optional: true,
    example: "meta.next_cursor",
  }),
  nextHeader: string({
    doc: "The header with the next cursor, instead of next",
    optional: true,
    example: "X-Next-Cursor",
  }),
  hasMore: string({
    doc: "Where the answer says whether more follows; it alone decides then",
    optional: true,
    example: "has_more",
  }),
  key: string({
    doc: "Of last_key: the field whose value in the last record leads on",
    optional: true,
    example: "id",
  }),
  cap: integer({
    doc: "How many records the API gives at most for one query; then paging " +
      "starts again from the newest cursor",
    optional: true,
    min: 1,
    example: 10000,
  }),
}, {
  doc: "How the API hands out its pages",
  optional: true,
  example: { type: "page", param: "page", size: 100, size_param: "per_page" },
});

const cursor = object({
  field: string({ doc: "The field that grows", example: "updated_at" }),
  param: string({
    doc:
      "The parameter that asks for records from a value on; without it all " +
      "are fetched and the old ones left out",
    optional: true,
    example: "since",
  }),
  type: oneOf(["time", "number", "text"], {
    doc: "How two values are compared",
    default: "time",
  }),
  initial: string({
    doc: "The value of the first request",
    optional: true,
    example: "2026-01-01T00:00:00Z",
  }),
  lookbackMs: duration({
    name: "lookback",
    doc:
      "How far behind the newest value is asked for again, for records that " +
      "come late; of type time",
    default: 0,
    max: 366 * DAY_MS,
    example: "1h",
  }),
  format: oneOf(["as_found", "rfc3339", "date", "unix", "unix_ms"], {
    doc: "How the parameter says a time; as_found: as the records do",
    default: "as_found",
  }),
  order: oneOf(["unknown", "ascending", "descending"], {
    doc: "How the API sorts. ascending: the place is kept after each page; " +
      "descending: a turn ends at the last one's newest value",
    default: "unknown",
  }),
  missing: oneOf(["fail", "keep", "drop"], {
    doc: "What is done with a record without the field",
    default: "fail",
  }),
  maxRemembered: integer({
    doc: "How many records are remembered so that none is sent twice; more " +
      "than this with one value, or within lookback, is an error",
    default: 100_000,
    min: 1,
    max: 1_000_000,
  }),
}, {
  doc: "Asks only for what is new",
  optional: true,
  example: { field: "updated_at", param: "since", order: "ascending" },
});

const param = () => string({ doc: "A value", minLength: 0 });

/** What a stream may say of itself, and the whole config of all of them. */
const streamFields = {
  method: oneOf(["GET", "POST"], {
    doc: "Of the requests",
    optional: true,
    example: "POST",
  }),
  params: map(param(), {
    doc: "Parameters of the address",
    optional: true,
    example: { status: "open" },
  }),
  body: string({
    doc: "What is sent with POST, as JSON; jsonencode() makes one",
    optional: true,
    example: '${jsonencode({ query = "status:open" })}',
  }),
  records: string({
    doc: "Where the records stand in the answer: a.b, a.*.b for lists in " +
      "lists; the whole answer when left out",
    optional: true,
    example: "data.items",
  }),
  format: oneOf(["auto", "json", "json_lines"], {
    doc: "Of the answer",
    optional: true,
    example: "json",
  }),
  key: list(string({ doc: "A field" }), {
    doc: "The fields that identify a record",
    optional: true,
    example: ["id"],
  }),
  pagination,
  cursor,
  emptyOn: list(integer({ doc: "A status", min: 400, max: 499 }), {
    doc: "Statuses that mean: there is nothing",
    optional: true,
    example: [404],
  }),
};

const schema = object({
  file: string({ doc: "A JSON Schema or OpenAPI file, JSON or YAML" }),
  pointer: string({
    doc: "Where in it the record's schema stands",
    default: "#",
    example: "#/components/schemas/Order",
  }),
}, {
  doc: "What records look like",
  optional: true,
  example: { file: "openapi.json", pointer: "#/components/schemas/Order" },
});

const oneStream = object({
  path: string({
    doc: "Behind endpoint; {id} is a field of the parent's record",
    optional: true,
    example: "orders/{id}/items",
  }),
  parent: string({
    doc: "The stream for each of whose records this one is asked",
    optional: true,
    example: "orders",
  }),
  include: list(string({ doc: "A field of the parent" }), {
    doc: "Fields of the parent that become fields here, as PARENT_FIELD",
    optional: true,
    example: ["id"],
  }),
  schema,
  ...streamFields,
}, { doc: "One of several lists of records" });

/** The keys, for the parser, the types and the reference page. */
export const config = {
  endpoint: string({
    doc: "The address, or the part of it that all streams share",
    example: "https://api.example.com/v1/orders",
  }),
  ...webFields,
  streams: map(oneStream, {
    doc: "Several lists of records, by name; what one doesn't say of method, " +
      "params, records, format, key, pagination, cursor and empty_on is as above",
    optional: true,
    example: { orders: { path: "orders" }, customers: { path: "customers" } },
  }),
  select: list(string({ doc: "A stream" }), {
    doc: "The streams that are read; all when left out",
    optional: true,
    example: ["orders"],
  }),
  ...streamFields,
  table: string({
    doc: "What the records are of, without streams; the last part of the " +
      "address when left out",
    optional: true,
    example: "orders",
  }),
  schema,
  inferSchema: boolean({
    doc:
      "Makes a schema of what comes of each stream that has none; it grows " +
      "wider as it must",
    default: true,
  }),
  pollIntervalMs: duration({
    name: "poll_interval",
    doc: "Pause between two turns",
    default: "1m",
    min: 1,
    max: 30 * DAY_MS,
  }),
  follow: boolean({
    doc: "Goes on asking; false: one turn",
    default: true,
  }),
  maxCount: integer({
    doc: "Ends after so many records; 0 goes on",
    default: 0,
    min: 0,
    unit: "records",
  }),
};

/** What the code reads. */
export type RestConfig = Config<typeof config>;
type OneStream = NonNullable<RestConfig["streams"]>[string];
/** Of one stream, with what all have in common. */
export type StreamConfig = OneStream & { readonly name: string };
/** What `cursor { … }` says. */
export type CursorConfig = NonNullable<RestConfig["cursor"]>;
/** What `pagination { … }` says. */
export type PaginationConfig = NonNullable<RestConfig["pagination"]>;

const SHARED = [
  "method",
  "params",
  "body",
  "records",
  "format",
  "key",
  "pagination",
  "cursor",
  "emptyOn",
] as const;

/** All streams, parents before their children, each with what all share. */
export function streamsOf(config: RestConfig): StreamConfig[] {
  if (config.streams === undefined) {
    const name = config.table ?? lastPart(config.endpoint);
    return [{ ...config, name, path: undefined } as unknown as StreamConfig];
  }
  const shared: Record<string, unknown> = {};
  for (const property of SHARED) shared[property] = config[property];
  const streams = Object.entries(config.streams).map(([name, own]) => {
    const said = Object.entries(own).filter(([, value]) => value !== undefined);
    return { ...shared, ...Object.fromEntries(said), name } as StreamConfig;
  });
  return parentsFirst(streams);
}

function parentsFirst(streams: readonly StreamConfig[]): StreamConfig[] {
  const depth = (stream: StreamConfig, steps = 0): number => {
    const parent = streams.find(({ name }) => name === stream.parent);
    return parent === undefined || steps > streams.length
      ? steps
      : depth(parent, steps + 1);
  };
  return streams.map((stream) => [depth(stream), stream] as const)
    .sort(([a], [b]) => a - b).map(([, stream]) => stream);
}

function lastPart(endpoint: string): string {
  const parts = URL.canParse(endpoint)
    ? new URL(endpoint).pathname.split("/").filter(Boolean)
    : [];
  return parts.at(-1) ?? "records";
}

/** Mistakes that no single key can see. */
export function* check(values: RestConfig): Generator<ConfigProblem> {
  yield* checkUrl("endpoint", values.endpoint);
  yield* checkWeb(values);
  yield* checkNames(values);
  const isAlone = values.streams === undefined;
  for (const stream of streamsOf(values)) {
    const at = isAlone ? "" : `streams.${stream.name}.`;
    yield* checkPagination(at, stream);
    yield* checkBody(at, stream);
    const { cursor } = stream;
    if (
      cursor !== undefined && cursor.lookbackMs > 0 && cursor.type !== "time"
    ) {
      yield problem(
        `${at}cursor.lookback`,
        'lookback is a time span and needs type = "time"',
      );
    }
  }
}

function* checkNames(values: RestConfig): Generator<ConfigProblem> {
  const names = Object.keys(values.streams ?? {});
  for (const [name, { parent }] of Object.entries(values.streams ?? {})) {
    if (parent === undefined) continue;
    const isLoop = parent === name ||
      streamsOf(values).findIndex((each) => each.name === parent) >
        streamsOf(values).findIndex((each) => each.name === name);
    if (!names.includes(parent) || isLoop) {
      yield problem(
        `streams.${name}.parent`,
        names.includes(parent)
          ? `${name} and ${parent} are parents of each other`
          : `there is no stream "${parent}"`,
      );
    }
  }
  for (const [index, name] of (values.select ?? []).entries()) {
    if (names.includes(name)) continue;
    yield problem(`select[${index}]`, `there is no stream "${name}"`);
  }
}

const NEEDS: Readonly<Record<string, readonly (keyof PaginationConfig)[]>> = {
  page: ["param"],
  offset: ["param", "size"],
  cursor: ["param"],
  next_link: ["next"],
  last_key: ["param", "key"],
};

function* checkPagination(
  at: string,
  { pagination, cursor }: StreamConfig,
): Generator<ConfigProblem> {
  if (pagination === undefined) return;
  const { type, next, nextHeader, cap, overlap, size } = pagination;
  for (const key of NEEDS[type] ?? []) {
    if (pagination[key] !== undefined) continue;
    yield problem(
      `${at}pagination.${key}`,
      `pagination.${key} is required with type = "${type}"`,
    );
  }
  if (type === "cursor" && next === undefined && nextHeader === undefined) {
    yield problem(
      `${at}pagination.next`,
      "pagination needs next or next_header: where the next cursor stands",
    );
  }
  if (cap !== undefined && cursor?.order !== "ascending") {
    yield problem(
      `${at}pagination.cap`,
      'a cap needs a cursor with order = "ascending" to start again from',
    );
  }
  if (overlap !== undefined && size !== undefined && overlap >= size) {
    yield problem(`${at}pagination.overlap`, "overlap must be less than size");
  }
}

function* checkBody(
  at: string,
  { body, method }: StreamConfig,
): Generator<ConfigProblem> {
  if (body === undefined) return;
  if (method !== "POST") {
    yield problem(`${at}body`, 'body needs method = "POST"');
  }
  try {
    JSON.parse(body);
  } catch {
    yield problem(`${at}body`, "body must be JSON");
  }
}

function problem(key: string, message: string): ConfigProblem {
  return { path: `config.${key}`, message };
}
