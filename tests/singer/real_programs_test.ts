/**
 * Taps and targets as people have them, from PyPI. `deno task test:singer` reads
 * 100,000 rows of two tables while everything is killed; here there are fewer.
 *
 * @module
 */

import { singerProgram } from "../../scripts/setup/singer.ts";
import { dstream } from "../e2e/support/program.ts";
import { assert } from "../support/assert.ts";
import { needs } from "../support/needs.ts";
import { randomFrom } from "../support/random.ts";
import { type Postgres, startPostgres } from "../support/servers/postgres.ts";
import { TempFolder } from "../support/temp_folder.ts";
import {
  python,
  runKilled,
  runPipe,
  runTask,
  type Side,
  writeTask,
} from "./support.ts";

const isFull = Deno.env.get("DSTREAM_SINGER") === "full";
const ROWS = isFull ? 100_000 : 3000;
/** Of the second table, so that one is rare. */
const FEW = isFull ? 100_000 : 40;
const KILLS = isFull ? 8 : 0;
const ignore = Deno.build.os === "windows" || !needs("singer") ||
  !needs("postgres") || !needs("bash");

/** Two tables, with what easily goes wrong. */
async function startSource(): Promise<Postgres> {
  const server = await startPostgres({ wal_level: "logical" });
  await server.sql(`
    CREATE TABLE orders (id bigint PRIMARY KEY, total numeric(30, 10),
      name text, at timestamptz);
    INSERT INTO orders SELECT n, n + 0.1, 'Zoë ' || n,
      '2026-01-01'::timestamptz + n * interval '1 second'
      FROM generate_series(1, ${ROWS}) AS n;
    CREATE TABLE users (id bigint PRIMARY KEY, email text);
    INSERT INTO users SELECT n, 'u' || n || '@example.com'
      FROM generate_series(1, ${FEW}) AS n`);
  await server.sql("CREATE DATABASE copy");
  return server;
}

const meltanoTap = (server: Postgres): Side => ({
  program: "tap-postgres",
  config: {
    host: server.host,
    port: server.port,
    user: server.user,
    password: server.password,
    database: server.database,
    filter_schemas: ["public"],
  },
  more: { select: ["public-orders", "public-users"] },
});

const pipelineWiseTap = (server: Postgres): Side => ({
  program: "tap-postgres-pipelinewise",
  config: {
    host: server.host,
    port: server.port,
    user: server.user,
    password: server.password,
    dbname: server.database,
    filter_schemas: "public",
  },
  more: {
    select: ["public-orders", "public-users"],
    replication: { "*": { method: "FULL_TABLE" } },
  },
});

const meltanoTarget = (server: Postgres): Side => ({
  program: "target-postgres",
  config: {
    host: server.host,
    port: server.port,
    user: server.user,
    password: server.password,
    database: "copy",
    default_target_schema: "public",
  },
});

const pipelineWiseTarget = (server: Postgres): Side => ({
  program: "target-postgres-pipelinewise",
  config: {
    host: server.host,
    port: server.port,
    user: server.user,
    password: server.password,
    dbname: "copy",
    default_target_schema: "public",
    batch_size_rows: 700,
  },
});

const TAPS = { meltano: meltanoTap, pipelinewise: pipelineWiseTap };
const TARGETS = { meltano: meltanoTarget, pipelinewise: pipelineWiseTarget };

for (const [tapName, tap] of Object.entries(TAPS)) {
  for (const [targetName, target] of Object.entries(TARGETS)) {
    const name =
      `S1: tap-postgres (${tapName}) → target-postgres (${targetName})`;
    // Meltano's target refuses the schemas of draft 4 that PipelineWise's tap
    // writes for numeric.
    if (tapName === "pipelinewise" && targetName === "meltano") continue;
    // One of each kind, in pairs, is enough for every run.
    const isPair = tapName === targetName;
    Deno.test({
      name: KILLS > 0 ? `${name}, everything killed` : name,
      ignore: ignore || !isFull && !isPair,
      async fn() {
        await using server = await startSource();
        await using folder = await TempFolder.make();
        await writeTask(folder, tap(server), target(server));
        await run(folder);
        assert.equal(
          await server.sql(
            "SELECT count(*), sum(id), sum(round(total::numeric, 1)) FROM orders",
            "copy",
          ),
          await server.sql(
            "SELECT count(*), sum(id), sum(round(total::numeric, 1)) FROM orders",
          ),
        );
        assert.equal(
          await server.sql("SELECT count(*), min(email) FROM users", "copy"),
          await server.sql("SELECT count(*), min(email) FROM users"),
        );
      },
    });
  }
}

async function run(folder: TempFolder): Promise<void> {
  if (KILLS === 0) return void await runTask(folder);
  const seed = Number(Deno.env.get("DSTREAM_SEED") ?? Date.now() % 1_000_000);
  const killed = await runKilled(folder, randomFrom(seed), KILLS);
  console.log(`seed ${seed}, killed ${JSON.stringify(killed)}`);
}

Deno.test({
  name: "S1: tap-jsonl → target-jsonl writes the same as a plain pipe",
  ignore,
  async fn() {
    await using folder = await TempFolder.make();
    const rows = Array.from(
      { length: ROWS },
      (_, n) =>
        `{"id": ${n}, "big": 123456789012345678, "text": "Zoë \\u2028 ${n}"}\n`,
    );
    await folder.write("orders.jsonl", rows.join(""));
    const tap: Side = {
      program: "tap-jsonl",
      config: { path: folder.join("orders.jsonl"), stream_name: "orders" },
    };
    const target = (out: string): Side => ({
      program: "target-jsonl",
      config: { destination_path: out, do_timestamp_file: false },
    });
    for (const out of ["one", "other"]) await Deno.mkdir(folder.join(out));
    await writeTask(folder, tap, target("one"));
    await run(folder);
    await runPipe(folder, tap, target("other"));
    const [ours, plain] = await Promise.all(
      ["one", "other"].map((out) => folder.read(`${out}/orders.jsonl`)),
    );
    if (KILLS === 0) assert.equal(ours, plain);
    // Without a key, what is sent again is there twice.
    else assert.deepEqual(distinct(ours), distinct(plain));
  },
});

const FROM_API = isFull ? 100_000 : 500;

/** Two streams, each in one answer. */
function serveApi() {
  const rows = Array.from({ length: FROM_API }, (_, n) => ({
    id: n + 1,
    total: n + 0.5,
    name: `Zoë ${n}`,
  }));
  return Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => Response.json(rows),
  );
}

const apiTap = (port: number): Side => ({
  program: "tap-rest-api-msdk",
  config: {
    api_url: `http://127.0.0.1:${port}`,
    streams: ["orders", "users"].map((name) => ({
      name,
      path: `/${name}`,
      records_path: "$[*]",
      primary_keys: ["id"],
      num_inference_records: 50,
    })),
  },
});

Deno.test({
  name: "S1: tap-rest-api-msdk → target-csv and target-duckdb",
  ignore,
  async fn(t) {
    await using api = serveApi();
    const tap = apiTap(api.addr.port);
    await t.step("target-csv", async () => {
      await using folder = await TempFolder.make();
      const target = (out: string): Side => ({
        program: "target-csv",
        config: {
          output_path: folder.join(out),
          file_naming_scheme: "{stream_name}.csv",
        },
      });
      for (const out of ["one", "other"]) await Deno.mkdir(folder.join(out));
      await writeTask(folder, tap, target("one"));
      await run(folder);
      await runPipe(folder, tap, target("other"));
      for (const name of ["orders", "users"]) {
        const [ours, plain] = await Promise.all(
          ["one", "other"].map((out) => folder.read(`${out}/${name}.csv`)),
        );
        assert.equal(distinct(plain).length, FROM_API + 1);
        assert.deepEqual(distinct(ours), distinct(plain));
      }
    });
    await t.step("target-duckdb", async () => {
      await using folder = await TempFolder.make();
      const path = folder.join("copy.duckdb");
      await writeTask(folder, tap, {
        program: "target-duckdb",
        config: { path, database: "copy", default_target_schema: "main" },
      });
      await run(folder);
      const script = "import duckdb, sys; print(duckdb.connect(sys.argv[1])" +
        ".execute('SELECT count(*), sum(id) FROM main.' + sys.argv[2])" +
        ".fetchall())";
      for (const name of ["orders", "users"]) {
        assert.equal(
          await python("target-duckdb", script, path, name),
          `[(${FROM_API}, ${FROM_API * (FROM_API + 1) / 2})]`,
        );
      }
    });
  },
});

/** Its lines, each once. */
function distinct(text: string): string[] {
  return [...new Set(text.trim().split(/\r?\n/))].sort();
}

Deno.test({
  name: "S30: a tap's settings are told by provider inspect",
  ignore,
  async fn() {
    const args = ["provider", "inspect", "singer", "--tap"];
    const { stdout, code } = await dstream([
      ...args,
      singerProgram("tap-jsonl"),
    ]);
    assert.equal(code, 0);
    assert.match(stdout, /^tap-jsonl 0\.3\.1 · catalog, /);
    assert.match(stdout, /\npath +string +.*Glob pattern/);
    const other = singerProgram("target-jsonl");
    const { stderr } = await dstream([...args, other]);
    assert.match(stderr, /target-jsonl doesn't tell of its settings/);
  },
});
