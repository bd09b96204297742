/**
 * S1, S22: every pair of a tap and a target, two streams of 100,000 records, while
 * tap, target, both adapters and dstream are killed: what arrives is what a plain
 * `tap | target` writes.
 *
 * `deno task test:singer` runs it, or a part of it with `--filter`; CI runs the
 * smaller ones of real_programs_test.ts. `DSTREAM_SEED=S` repeats a run's choices.
 *
 * @module
 */

import { assert } from "../support/assert.ts";
import { needs } from "../support/needs.ts";
import { randomFrom } from "../support/random.ts";
import { type Postgres, startPostgres } from "../support/servers/postgres.ts";
import { TempFolder } from "../support/temp_folder.ts";
import {
  apiTap,
  csvTarget,
  type Destination,
  duckdbTarget,
  fillTables,
  jsonlTap,
  jsonlTarget,
  meltanoTap,
  pipelineWiseTap,
  postgresTarget,
  selectedCatalog,
  serveRows,
  type Source,
  STREAMS,
  type Surroundings,
  writeRows,
} from "./programs.ts";
import { runKilled, runPipe, type Side, writeTask } from "./support.ts";

const ROWS = Number(Deno.env.get("DSTREAM_SINGER_ROWS") ?? 100_000);
/** Each of the five processes once, then some of them again. */
const KILLS = 8;

type MakeSource = (at: Surroundings) => Promise<Source>;
type MakeTarget = (at: Surroundings) => Destination;

const fromTables =
  (tap: (server: Postgres) => Side, number?: string): MakeSource =>
  async ({ folder, server, rows }) => {
    await fillTables(server, { orders: rows, users: rows, number });
    const side = tap(server);
    return { tap: side, catalog: await selectedCatalog(folder, side) };
  };

const fromFile: MakeSource = async ({ folder, rows }) => ({
  tap: jsonlTap(await writeRows(folder, rows)),
});

const fromApi: MakeSource = ({ apiUrl }) =>
  Promise.resolve({ tap: apiTap(apiUrl) });

const meltanoTarget: MakeTarget = ({ server }) =>
  postgresTarget(server, "target-postgres");
const pipelineWiseTarget: MakeTarget = ({ server }) =>
  postgresTarget(server, "target-postgres-pipelinewise");

const PAIRS: Readonly<Record<string, readonly [MakeSource, MakeTarget]>> = {
  "tap-postgres (Meltano) → target-postgres (Meltano)": [
    fromTables(meltanoTap),
    meltanoTarget,
  ],
  "tap-postgres (Meltano) → target-postgres (PipelineWise)": [
    fromTables(meltanoTap),
    pipelineWiseTarget,
  ],
  "tap-postgres (PipelineWise) → target-postgres (PipelineWise)": [
    fromTables(pipelineWiseTap),
    pipelineWiseTarget,
  ],
  // For numeric the tap writes a schema of draft 4, and this target refuses it.
  "tap-postgres (PipelineWise) → target-postgres (Meltano)": [
    fromTables(pipelineWiseTap, "double precision"),
    meltanoTarget,
  ],
  "tap-jsonl → target-jsonl": [fromFile, jsonlTarget],
  "tap-jsonl → target-duckdb": [fromFile, duckdbTarget],
  "tap-jsonl → target-csv": [fromFile, csvTarget],
  "tap-rest-api-msdk → target-jsonl": [fromApi, jsonlTarget],
  "tap-rest-api-msdk → target-duckdb": [fromApi, duckdbTarget],
  "tap-rest-api-msdk → target-csv": [fromApi, csvTarget],
};

for (const [name, [makeSource, makeTarget]] of Object.entries(PAIRS)) {
  Deno.test({
    name: `S22: ${name}, everything killed`,
    ignore: Deno.env.get("DSTREAM_SINGER") !== "full" || !needs("singer") ||
      !needs("postgres") || !needs("bash"),
    async fn() {
      await using server = await startPostgres({ wal_level: "logical" });
      await using api = serveRows(ROWS);
      await using folder = await TempFolder.make();
      const apiUrl = `http://127.0.0.1:${api.addr.port}`;
      const at: Surroundings = { folder, server, apiUrl, rows: ROWS };
      for (const place of ["plain", "ours"]) {
        await Deno.mkdir(folder.join(place));
        await server.sql(`CREATE DATABASE ${place}`);
      }
      const { tap, catalog } = await makeSource(at);
      const target = makeTarget(at);
      const pipe = target.side("plain");
      const plainMs = await took(() => runPipe(folder, tap, pipe, catalog));
      await writeTask(folder, tap, target.side("ours"));
      const oursMs = await took(() => kill(folder, name));
      console.log(
        `plain pipe ${seconds(plainMs)}, ours with kills ${seconds(oursMs)}`,
      );
      for (const stream of STREAMS) {
        const plain = await target.read("plain", stream);
        const isSummed = plain.length === 1;
        if (isSummed) assert.match(plain[0], new RegExp(`\\b${ROWS}\\b`));
        else assert(plain.length >= ROWS, `${plain.length} rows`);
        const ours = await target.read("ours", stream);
        assert.deepEqual(
          { missing: without(plain, ours), unknown: without(ours, plain) },
          { missing: [], unknown: [] },
        );
      }
    },
  });
}

async function kill(folder: TempFolder, name: string): Promise<void> {
  const seed = Number(Deno.env.get("DSTREAM_SEED") ?? Date.now() % 1_000_000);
  const killed = await runKilled(folder, randomFrom(seed), KILLS);
  console.log(`${name}: seed ${seed}, killed ${JSON.stringify(killed)}`);
  const isEach = Object.values(killed).every((count) => count > 0);
  assert(isEach, "it was through before each of them was killed");
}

/** The first of those that the others don't have. */
function without(some: readonly string[], others: readonly string[]): string[] {
  const known = new Set(others);
  return some.filter((each) => !known.has(each)).slice(0, 5);
}

async function took(work: () => Promise<void>): Promise<number> {
  const startMs = performance.now();
  await work();
  return performance.now() - startMs;
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
