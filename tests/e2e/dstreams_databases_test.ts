/**
 * D7, D9: databases as taps, the console as a target, and a sync whose every process
 * is killed.
 *
 * @module
 */

import { assert } from "../support/assert.ts";
import {
  Model,
  TEST_PASSWORD,
  TEST_USER,
} from "../support/mssql_model/model.ts";
import { needs } from "../support/needs.ts";
import { startPostgres } from "../support/servers/postgres.ts";
import type { Postgres } from "../support/servers/postgres.ts";
import { TempFolder } from "../support/temp_folder.ts";
import { linesOf, run } from "./support/dstreams.ts";
import { type RunningProgram, startDstream } from "./support/program.ts";

const ignore = !needs("postgres");
const SYNC = "sync --tap-config tap.json --target-config target.json " +
  "--state state.json";

const fileTarget = JSON.stringify({
  name: "files",
  type: "file",
  connection: { path: "out" },
});

const ofPostgres = (server: Postgres, name: string, more: object) =>
  JSON.stringify({
    name,
    type: "postgres",
    connection: {
      host: server.host,
      port: String(server.port),
      database: server.database,
    },
    auth: { type: "basic", username: server.user, password: server.password },
    ...more,
  });

Deno.test({
  name: "dstreams: D9: a tap of Postgres goes on with what has changed since",
  ignore,
  async fn(t) {
    await using server = await startPostgres({ wal_level: "logical" });
    await server.sql(
      "CREATE TABLE orders (id int PRIMARY KEY, total numeric(10, 2));" +
        "INSERT INTO orders VALUES (1, 12.50), (2, 30)",
    );
    await using folder = await TempFolder.make({
      "tap.json": ofPostgres(server, "shop", { streams: ["public.orders"] }),
      "target.json": fileTarget,
      "console.json": JSON.stringify({
        name: "screen",
        type: "console",
        connection: { path: "-" },
        output_format: "json",
      }),
    });
    await t.step("first the rows, then the changes", async () => {
      await run(folder, SYNC);
      const [name] = [...Deno.readDirSync(folder.join("out"))];
      const first = await linesOf(folder, `out/${name.name}`);
      assert.equal(first.length, 2, first.join());
      assert.match(first[0], /"id":1,"total":12\.50?[,}]/);
      await server.sql(
        "UPDATE orders SET total = 31 WHERE id = 2; DELETE FROM orders WHERE id = 1",
      );
      await run(folder, SYNC);
      const more = (await linesOf(folder, `out/${name.name}`)).slice(2);
      assert.equal(more.length, 2, more.join());
      assert.match(more[0], /"id":2,"total":31/);
      assert.match(more[1], /"id":1[^]*"_sdc_deleted_at":"/);
    });
    await t.step("the console prints records", async () => {
      await server.sql("INSERT INTO orders VALUES (3, 1)");
      const { stdout } = await run(
        folder,
        SYNC.replace("target.json", "console.json"),
      );
      assert.match(stdout, /"id":\s*3/);
      assert(!/"id":\s*2/.test(stdout), stdout);
    });
    await t.step("INCREMENTAL is refused with what to do", async () => {
      await run(folder, "discover -c tap.json");
      const catalog = (await folder.read("catalog.json"))
        .replace("LOG_BASED", "INCREMENTAL");
      await folder.write("catalog.json", catalog);
      const { stderr } = await run(folder, `${SYNC} --catalog catalog.json`, 1);
      assert.match(stderr, /not by a column[^]*LOG_BASED/);
    });
  },
});

Deno.test({
  name: "dstreams: D9, D13: a tap of SQL Server into Postgres",
  ignore,
  async fn() {
    await using model = new Model();
    const shop = model.database("shop");
    shop.enableCdc();
    shop.createTable("orders", [
      { name: "id", type: "bigint" },
      { name: "total", type: "decimal(12,2)" },
    ], ["id"]);
    shop.enableTable("orders");
    const insert = (id: bigint) =>
      shop.transaction((one) => one.insert("orders", { id, total: "1.50" }));
    for (let id = 1n; id <= 20n; id++) insert(id);
    await using server = await startPostgres();
    const [, host, port] = /^Server=(.+),(\d+);/.exec(model.connectionString)!;
    await using folder = await TempFolder.make({
      "tap.json": JSON.stringify({
        name: "shop",
        type: "sqlserver",
        connection: { host, port, database: "shop" },
        auth: {
          type: "basic",
          username: TEST_USER,
          password: TEST_PASSWORD,
        },
        encrypt: false,
        streams: ["dbo.orders"],
      }),
      "target.json": ofPostgres(server, "copy", {}),
    });
    const count = "SELECT count(*), sum(total) FROM orders";
    await run(folder, SYNC);
    assert.equal(await server.sql(count), "20|30.00");
    insert(21n);
    await run(folder, SYNC);
    assert.equal(await server.sql(count), "21|31.50");
    model.expectNoFaults();
  },
});

const ROWS = 6000;
const PAGE = 500;
const PAGES_AHEAD = 4;

/** Two streams in pages, each row with a key. A page waits for those before. */
function servePages(progress: { rows: number }) {
  return Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const page = Number(new URL(request.url).searchParams.get("page") ?? 1);
      while (progress.rows < (page - PAGES_AHEAD) * PAGE) await pause();
      const first = (page - 1) * PAGE;
      const count = Math.max(0, Math.min(PAGE, ROWS - first));
      return Response.json(
        Array.from({ length: count }, (_, n) => ({ id: first + n + 1 })),
      );
    },
  );
}

const VICTIMS = ["output", "input", "dstream"] as const;

Deno.test({
  name: "dstreams: D7: a sync whose every process is killed loses nothing",
  ignore: ignore || Deno.build.os !== "linux",
  async fn() {
    const progress = { rows: 0 };
    await using api = servePages(progress);
    await using server = await startPostgres();
    const stream = (name: string) => ({
      name,
      primary_keys: ["id"],
      pagination: { type: "page", param: "page", start: 1 },
    });
    await using folder = await TempFolder.make({
      "tap.json": JSON.stringify({
        name: "pages",
        type: "rest-api",
        connection: { url: `http://127.0.0.1:${api.addr.port}` },
        streams: [stream("a"), stream("b")],
      }),
      "target.json": ofPostgres(server, "copy", { batch_size: 100 }),
    });
    const start = () =>
      startDstream(["singer", ...SYNC.split(" ")], {
        cwd: folder.path,
        timeoutMs: 240_000,
      });
    let running = start();
    try {
      for (const [index, victim] of VICTIMS.entries()) {
        const isOver = await grows(
          server,
          (index + 1) * PAGE,
          running,
          progress,
        );
        assert(!isOver, "it waits for what is written");
        await kill(victim, running);
        if (victim !== "dstream") continue;
        await running.finished;
        running = start();
      }
      progress.rows = Infinity;
      const { code, stderr } = await running.finished;
      assert.equal(code, 0, stderr);
    } finally {
      await running[Symbol.asyncDispose]();
    }
    const sum = ROWS * (ROWS + 1) / 2;
    for (const table of ["a", "b"]) {
      assert.equal(
        await server.sql(`SELECT count(*), sum(id) FROM ${table}`),
        `${ROWS}|${sum}`,
      );
    }
  },
});

/** @returns Whether the run has ended before there were so many rows. */
async function grows(
  server: Postgres,
  rows: number,
  running: RunningProgram,
  progress: { rows: number },
): Promise<boolean> {
  let isOver = false;
  running.finished.then(() => isOver = true, () => isOver = true);
  while (!isOver) {
    const count = await server.sql("SELECT count(*) FROM a").catch(() => "0");
    progress.rows = Math.max(progress.rows, Number(count));
    if (Number(count) >= rows) return false;
    await pause();
  }
  return true;
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20));
}

async function kill(
  victim: typeof VICTIMS[number],
  running: RunningProgram,
): Promise<void> {
  if (victim === "dstream") return running.kill("SIGKILL");
  const { stdout } = await new Deno.Command("ps", {
    args: ["-o", "pid=,args=", "--ppid", String(running.pid)],
  }).output();
  const name = victim === "output" ? "postgres" : "rest";
  const line = new TextDecoder().decode(stdout).split("\n")
    .find((each) => each.includes(name));
  const pid = Number(/^\s*(\d+)/.exec(line ?? "")?.[1]);
  assert(pid > 0, new TextDecoder().decode(stdout));
  try {
    Deno.kill(pid, "SIGKILL");
  } catch {
    // It has just ended.
  }
}
