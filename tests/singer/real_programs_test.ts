/**
 * Taps and targets as people have them, from PyPI: one of each kind. All pairs, with
 * 100,000 records and everything killed, are in killed_test.ts.
 *
 * @module
 */

import { singerProgram } from "../../scripts/setup/singer.ts";
import { dstream } from "../e2e/support/program.ts";
import { assert } from "../support/assert.ts";
import { needs } from "../support/needs.ts";
import { startPostgres } from "../support/servers/postgres.ts";
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
  serveRows,
  STREAMS,
  type Surroundings,
  writeRows,
} from "./programs.ts";
import { runPipe, runTask, writeTask } from "./support.ts";

const ROWS = 3000;
/** Of the second table, so that one is rare. */
const FEW = 40;
const ignore = Deno.build.os === "windows" || !needs("singer") ||
  !needs("bash");

const POSTGRES = {
  Meltano: [meltanoTap, "target-postgres"],
  PipelineWise: [pipelineWiseTap, "target-postgres-pipelinewise"],
} as const;

for (const [name, [tap, target]] of Object.entries(POSTGRES)) {
  Deno.test({
    name: `S1: tap-postgres → target-postgres, both of ${name}`,
    ignore: ignore || !needs("postgres"),
    async fn() {
      await using server = await startPostgres();
      await using folder = await TempFolder.make();
      await fillTables(server, { orders: ROWS, users: FEW });
      await server.sql("CREATE DATABASE copy");
      const into = postgresTarget(server, target).side("copy");
      await writeTask(folder, tap(server), into);
      await runTask(folder);
      for (
        const question of [
          "SELECT count(*), sum(id), sum(round(total::numeric, 1)) FROM orders",
          "SELECT count(*), min(email) FROM users",
        ]
      ) {
        assert.equal(
          await server.sql(question, "copy"),
          await server.sql(question),
        );
      }
    },
  });
}

Deno.test({
  name: "S1: tap-jsonl → target-jsonl writes the same as a plain pipe",
  ignore,
  async fn() {
    await using folder = await TempFolder.make();
    const tap = jsonlTap(await writeRows(folder, ROWS));
    const target = jsonlTarget({ folder } as Surroundings);
    for (const place of ["ours", "plain"]) await Deno.mkdir(folder.join(place));
    await writeTask(folder, tap, target.side("ours"));
    await runTask(folder);
    await runPipe(folder, tap, target.side("plain"));
    for (const stream of STREAMS) {
      const [ours, plain] = await Promise.all(
        ["ours", "plain"].map((place) =>
          folder.read(`${place}/${stream}.jsonl`)
        ),
      );
      assert.equal(ours, plain);
    }
  },
});

const TARGETS: Readonly<Record<string, (at: Surroundings) => Destination>> = {
  "target-csv": csvTarget,
  "target-duckdb": duckdbTarget,
};

Deno.test({
  name: "S1: tap-rest-api-msdk → target-csv and target-duckdb",
  ignore,
  async fn(t) {
    await using api = serveRows(500);
    const tap = apiTap(`http://127.0.0.1:${api.addr.port}`);
    for (const [name, makeTarget] of Object.entries(TARGETS)) {
      await t.step(name, async () => {
        await using folder = await TempFolder.make();
        const target = makeTarget({ folder } as Surroundings);
        for (const place of ["ours", "plain"]) {
          await Deno.mkdir(folder.join(place));
        }
        await writeTask(folder, tap, target.side("ours"));
        await runTask(folder);
        await runPipe(folder, tap, target.side("plain"));
        for (const stream of STREAMS) {
          const plain = await target.read("plain", stream);
          assert.match(plain.join(), /\b500\b/);
          assert.deepEqual(await target.read("ours", stream), plain);
        }
      });
    }
  },
});

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
