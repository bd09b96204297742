/**
 * `append_changes` with `checkpoint_table`, while the CLI, the input and the output
 * are killed by chance: each change stands in the history once.
 *
 * @module
 */

import { DatabaseSync } from "node:sqlite";
import { livingPid, tryKill } from "../crash/processes.ts";
import { startDstream } from "../e2e/support/program.ts";
import { assertEquals } from "../support/assert.ts";
import { needs } from "../support/needs.ts";
import { randomFrom } from "../support/random.ts";
import { startPostgres } from "../support/servers/postgres.ts";
import { TempFolder } from "../support/temp_folder.ts";

const CHANGES = 20_000;
const KILLS = 9;
const LOOK_MS = 20;

/** Where the history is. */
interface Destination {
  readonly block: string;
  /** How many rows; 0 while there is no table. */
  count(): Promise<number>;
  distinct(): Promise<number>;
}

Deno.test("SQLite: a history has every change once, whatever is killed", async () => {
  await using folder = await TempFolder.make();
  const path = folder.join("history.db");
  const ask = (what: string): number => {
    try {
      using database = new DatabaseSync(path, { readOnly: true });
      const row = database.prepare(`SELECT ${what} AS n FROM history`).get();
      return Number(row?.n);
    } catch {
      return 0; // it isn't there yet, or locked
    }
  };
  await killAndCount(folder, {
    block: `provider = "sqlite"\nconfig {\npath = ${JSON.stringify(path)}`,
    count: () => Promise.resolve(ask("count(*)")),
    distinct: () => Promise.resolve(ask("count(DISTINCT position)")),
  });
});

if (needs("postgres")) {
  Deno.test("Postgres: a history has every change once, whatever is killed", async () => {
    await using folder = await TempFolder.make();
    await using server = await startPostgres();
    const ask = async (what: string) =>
      Number(await server.sql(`SELECT ${what} FROM history`).catch(() => 0));
    const url = JSON.stringify(server.url);
    await killAndCount(folder, {
      block: `provider = "postgres"\nconfig {\nconnection_string = ${url}`,
      count: () => ask("count(*)"),
      distinct: () => ask("count(DISTINCT position)"),
    });
  });
}

async function killAndCount(
  folder: TempFolder,
  destination: Destination,
): Promise<void> {
  const seed = Date.now() % 1_000_000;
  console.log(`seed ${seed}`);
  await folder.write("in.jsonl", changes());
  await folder.write("dstream.hcl", configuration(destination.block));
  const random = randomFrom(seed);
  const start = () =>
    startDstream(["run", "t", "--log-level", "debug", "--log-format", "json"], {
      cwd: folder.path,
      timeoutMs: 240_000,
    });
  let run = start();
  for (let kill = 1; kill <= KILLS; kill++) {
    const enough = CHANGES * kill / (KILLS + 2) * (0.8 + random() * 0.2);
    while (await destination.count() < enough) {
      const isOver = await Promise.race([
        run.finished.then(() => true),
        later(),
      ]);
      if (isOver) run = start(); // as a service manager would
    }
    const side = (["cli", "input", "output"] as const)[kill % 3];
    if (side === "cli") {
      run.kill("SIGKILL");
      await run.finished.catch(() => {});
      run = start();
    } else {
      const pid = livingPid(run.stderr, side);
      if (pid !== undefined) tryKill(pid);
    }
  }
  const { code, stderr } = await run.finished;
  assertEquals(code, 0, stderr.slice(-2000));
  assertEquals([await destination.count(), await destination.distinct()], [
    CHANGES,
    CHANGES,
  ]);
}

function later(): Promise<false> {
  return new Promise((resolve) => setTimeout(resolve, LOOK_MS, false));
}

function changes(): string {
  return Array.from({ length: CHANGES }, (_, at) => {
    const position = String(at).padStart(10, "0");
    const metadata = { table: "t", operation: "update", key: ["id"], position };
    return `${JSON.stringify({ data: { id: at % 100, at }, metadata })}\n`;
  }).join("");
}

function configuration(block: string): string {
  return `task "t" {
  input {
    provider = "file"
    config {
      path   = "in.jsonl"
      format = "envelopes"
    }
  }
  output {
    ${block}
      table            = "history"
      mode             = "append_changes"
      checkpoint_table = "places"
      batch_size       = 50
    }
  }
  restart {
    max_restarts  = 1000
    initial_delay = "20ms"
    max_delay     = "100ms"
  }
}
`;
}
