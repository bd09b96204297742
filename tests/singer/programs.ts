/**
 * Real taps and targets with their settings: what they read, where they write, and
 * what is there in the end.
 *
 * @module
 */

import { singerProgram } from "../../scripts/setup/singer.ts";
import { assert } from "../support/assert.ts";
import type { Postgres } from "../support/servers/postgres.ts";
import type { TempFolder } from "../support/temp_folder.ts";
import { python, type Side } from "./support.ts";

/** Streams of every tap here. */
export const STREAMS = ["orders", "users"] as const;

/** A tap, and how it is told what to read without dstream. */
export interface Source {
  readonly tap: Side;
  /** Of a plain pipe; some taps read all there is. */
  readonly catalog?: string;
}

/** A target with places of its own, one for each way to fill it. */
export interface Destination {
  side(place: string): Side;
  /** What a stream has become there: its lines, or a count and a sum of all. */
  read(place: string, stream: string): Promise<readonly string[]>;
}

/** What a test has at hand. */
export interface Surroundings {
  readonly folder: TempFolder;
  readonly server: Postgres;
  /** `/orders` and `/users` answer with all rows. */
  readonly apiUrl: string;
  readonly rows: number;
}

const TABLES = {
  orders: ["id", "total", "name", "at"],
  users: ["id", "email"],
};

/** Two tables, with what easily goes wrong. */
export async function fillTables(
  server: Postgres,
  { orders, users, number = "numeric(30, 10)" }: {
    readonly orders: number;
    readonly users: number;
    readonly number?: string;
  },
): Promise<void> {
  await server.sql(`
    CREATE TABLE orders (id bigint PRIMARY KEY, total ${number},
      name text, at timestamptz);
    INSERT INTO orders SELECT n, n + 0.1, 'Zoë ' || n,
      '2026-01-01'::timestamptz + n * interval '1 second'
      FROM generate_series(1, ${orders}) AS n;
    CREATE TABLE users (id bigint PRIMARY KEY, email text);
    INSERT INTO users SELECT n, 'u' || n || '@example.com'
      FROM generate_series(1, ${users}) AS n`);
}

const loginOf = ({ host, port, user, password }: Postgres) => ({
  host,
  port,
  user,
  password,
});

/** Meltano's. */
export const meltanoTap = (server: Postgres): Side => ({
  program: "tap-postgres",
  config: {
    ...loginOf(server),
    database: server.database,
    filter_schemas: ["public"],
  },
  more: { select: ["public-orders", "public-users"] },
});

/** PipelineWise's. */
export const pipelineWiseTap = (server: Postgres): Side => ({
  program: "tap-postgres-pipelinewise",
  config: {
    ...loginOf(server),
    dbname: server.database,
    filter_schemas: "public",
  },
  more: {
    select: ["public-orders", "public-users"],
    replication: { "*": { method: "FULL_TABLE" } },
  },
});

/**
 * Two streams of one file: the second is a map of the first. Without the time: with
 * one, DuckDB's COPY takes the first row that target-duckdb hands it for a header.
 */
export const jsonlTap = (path: string): Side => ({
  program: "tap-jsonl",
  config: {
    path,
    stream_name: "orders",
    primary_keys: ["id"],
    stream_maps: {
      orders: { _sdc_last_modified: null },
      users: { __source__: "orders", note: "name", _sdc_last_modified: null },
    },
  },
});

/** Two streams, each in one answer. */
export const apiTap = (url: string): Side => ({
  program: "tap-rest-api-msdk",
  config: {
    api_url: url,
    streams: STREAMS.map((name) => ({
      name,
      path: `/${name}`,
      records_path: "$[*]",
      primary_keys: ["id"],
      num_inference_records: 50,
    })),
  },
});

/** Into a database of its own for each place. */
export const postgresTarget = (
  server: Postgres,
  program: "target-postgres" | "target-postgres-pipelinewise",
): Destination => {
  const isMeltano = program === "target-postgres";
  return {
    side: (place) => ({
      program,
      config: {
        ...loginOf(server),
        [isMeltano ? "database" : "dbname"]: place,
        default_target_schema: "public",
        ...(isMeltano ? {} : { batch_size_rows: 700 }),
      },
    }),
    async read(place, stream) {
      const columns = TABLES[stream as keyof typeof TABLES].join(", ");
      const rows = `SELECT ${columns} FROM ${stream} ORDER BY id`;
      return [
        await server.sql(
          `SELECT count(*), min(id), max(id), md5(string_agg(r::text, ','))
           FROM (${rows}) AS r`,
          place,
        ),
      ];
    },
  };
};

/** A file for each stream, without columns of the time. */
export const jsonlTarget = ({ folder }: Surroundings): Destination => ({
  side: (place) => ({
    program: "target-jsonl",
    config: {
      destination_path: folder.join(place),
      do_timestamp_file: false,
    },
  }),
  read: async (place, stream) =>
    distinct(await folder.read(`${place}/${stream}.jsonl`)),
});

/** The files of a stream, one for each start of the target; each with a header. */
export const csvTarget = ({ folder }: Surroundings): Destination => ({
  side: (place) => ({
    program: "target-csv",
    config: {
      output_path: folder.join(place),
      file_naming_scheme: "{stream_name}-{timestamp}.csv",
      timestamp_format: "%Y%m%dT%H%M%S-%f",
    },
  }),
  read: async (place, stream) => {
    const names = [...Deno.readDirSync(folder.join(place))]
      .map(({ name }) => name).filter((name) => name.startsWith(`${stream}-`));
    const texts = await Promise.all(
      names.map((name) => folder.read(`${place}/${name}`)),
    );
    return distinct(texts.join("\n"));
  },
});

const DUCKDB = `import duckdb, sys
print(duckdb.connect(sys.argv[1]).execute(
  'SELECT count(*), sum(id), sum(hash(id, name, total)) FROM main.' + sys.argv[2]
).fetchall())`;

/** A database for each place. */
export const duckdbTarget = ({ folder }: Surroundings): Destination => ({
  side: (place) => ({
    program: "target-duckdb",
    config: {
      path: folder.join(`${place}.duckdb`),
      database: place,
      default_target_schema: "main",
    },
  }),
  read: async (place, stream) => [
    await python(
      "target-duckdb",
      DUCKDB,
      folder.join(`${place}.duckdb`),
      stream,
    ),
  ],
});

/** Its lines, each once: without a key, what is sent again is there twice. */
export function distinct(text: string): string[] {
  const lines = text.split(/\r?\n/).filter((line) => line !== "");
  return [...new Set(lines)].sort();
}

/** A row as files and APIs have it. */
export const rowOf = (n: number) => ({
  id: n + 1,
  total: n + 0.5,
  name: `Zoë \u2028 ${n}`,
});

/** Two streams, each in one answer. */
export function serveRows(rows: number) {
  const all = JSON.stringify(Array.from({ length: rows }, (_, n) => rowOf(n)));
  return Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () =>
      new Response(all, { headers: { "content-type": "application/json" } }),
  );
}

/** Rows as a file of JSON Lines. @returns Its path. */
export function writeRows(folder: TempFolder, rows: number): Promise<string> {
  const lines = Array.from(
    { length: rows },
    (_, n) => `${JSON.stringify(rowOf(n))}\n`,
  );
  return folder.write("orders.jsonl", lines.join(""));
}

/**
 * What the tap would tell, with both tables selected: a plain pipe has no other way
 * to say so.
 * @returns The path of the catalog.
 */
export async function selectedCatalog(
  folder: TempFolder,
  { program, config }: Side,
): Promise<string> {
  const path = await folder.write("discover.json", JSON.stringify(config));
  const { success, stdout, stderr } = await new Deno.Command(
    singerProgram(program),
    { args: ["--config", path, "--discover"] },
  ).output();
  assert(success, new TextDecoder().decode(stderr));
  const catalog = JSON.parse(new TextDecoder().decode(stdout));
  const wanted = STREAMS.map((name) => `public-${name}`);
  catalog.streams = catalog.streams
    .filter((each: { tap_stream_id: string }) =>
      wanted.includes(each.tap_stream_id)
    );
  for (const { metadata } of catalog.streams) {
    const whole = metadata.find(
      ({ breadcrumb }: { breadcrumb: string[] }) => breadcrumb.length === 0,
    ).metadata;
    whole.selected = true;
    whole["replication-method"] = "FULL_TABLE";
  }
  return await folder.write("catalog.json", JSON.stringify(catalog));
}
