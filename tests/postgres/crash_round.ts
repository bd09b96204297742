/**
 * One round: a database is worked on while everything that reads it is killed, then
 * what arrived is put together again and compared with the database.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { livingPid, tryKill } from "../crash/processes.ts";
import { startDstream } from "../e2e/support/program.ts";
import type { Postgres } from "../support/servers/postgres.ts";
import { TempFolder } from "../support/temp_folder.ts";
import { MAX_STANDSTILL_MS, Missed } from "./tables_round.ts";

/** How much. */
export interface RoundOptions {
  /** Statements, each of about 20 changes. */
  readonly statements: number;
  readonly kills: number;
  readonly random: () => number;
}

/** What a round saw. */
export interface RoundResult {
  readonly changes: number;
  readonly repeats: number;
  readonly kills: number;
}

const TABLES = `
  CREATE TABLE a (id bigint PRIMARY KEY, n int, name text, big text);
  ALTER TABLE a ALTER big SET STORAGE EXTERNAL;
  CREATE TABLE b (x int, y text, n int, name text, big text, PRIMARY KEY (x, y));
  INSERT INTO a SELECT n, 0, 'first', repeat('b', 3000)
    FROM generate_series(1, 3000) n;
  INSERT INTO b SELECT n, 'k' || n % 7, 0, 'first', NULL
    FROM generate_series(1, 3000) n`;

/** What the application does, in transactions of all kinds. */
function statement(random: () => number, step: number): string {
  const from = Math.floor(random() * 3000) + 1;
  const range = `BETWEEN ${from} AND ${from + 20}`;
  switch (Math.floor(random() * 7)) {
    case 0:
      return `INSERT INTO a SELECT n, ${step}, 'new', repeat('c', 2500) FROM ` +
        `generate_series(${from}, ${from + 20}) n ON CONFLICT DO NOTHING`;
    case 1:
      return `UPDATE a SET n = ${step} WHERE id ${range}`; // big is left alone
    case 2:
      return `DELETE FROM a WHERE id ${range}`;
    case 3:
      return `UPDATE a SET id = id + 100000 * ${step} WHERE id ${range}`;
    case 4:
      return `BEGIN; UPDATE b SET name = 'x${step}' WHERE x ${range}; SAVEPOINT s; ` +
        `DELETE FROM b; ROLLBACK TO s; UPDATE a SET name = '${step}' ` +
        `WHERE id ${range}; COMMIT`;
    case 5:
      return `UPDATE b SET y = y || '.' WHERE x ${range}`;
    default:
      return `BEGIN; UPDATE b SET n = -1 WHERE x ${range}; ROLLBACK; ` +
        `INSERT INTO b SELECT n, 'new${step}', ${step}, E'tab\\t"', 'z' ` +
        `FROM generate_series(${from}, ${from + 20}) n`;
  }
}

/** @throws {Error} When the two differ. */
export async function crashRound(
  server: Postgres,
  database: string,
  { statements, kills, random }: RoundOptions,
): Promise<RoundResult> {
  await server.sql(`CREATE DATABASE ${database}`);
  await server.sql(TABLES, database);
  await using folder = await TempFolder.make();
  await folder.write("dstream.hcl", configuration(server, database));
  const reader = new Reader(folder, server, database, random);
  reader.start();
  for (let step = 1; step <= statements; step++) {
    await server.sql(statement(random, step), database);
    if (step % Math.ceil(statements / kills) === 0) await reader.interrupt();
  }
  // The first of them may be the first of the rows that are copied, if that began
  // as late; the second comes behind all of those.
  for (const id of [-1, -2]) {
    await server.sql(`INSERT INTO a VALUES (${id}, 0, 'last', NULL)`, database);
    await reader.untilArrived(`"id":${id},`);
  }
  await reader.stop();
  const { ours, changes, repeats } = putTogether(
    await folder.read("out.jsonl"),
  );
  for (const table of ["a", "b"]) {
    compare(table, await rowsOf(server, database, table), ours.get(table)!);
  }
  return { changes, repeats, kills: reader.kills };
}

function configuration(server: Postgres, database: string): string {
  const url = new URL(server.url);
  url.pathname = `/${database}`;
  return `task "t" {
  input {
    provider = "postgres"
    config {
      connection_string = ${JSON.stringify(url.href)}
      tables            = ["a", "b"]
      slot              = "${database}"
    }
  }
  output {
    provider = "file"
    config {
      path   = "out.jsonl"
      format = "envelopes"
    }
  }
  restart {
    max_restarts  = 1000
    initial_delay = "50ms"
    max_delay     = "200ms"
  }
}
`;
}

/** The CLI with its providers; killed in every way there is. */
class Reader {
  kills = 0;
  #run: ReturnType<typeof startDstream> | undefined;

  constructor(
    private readonly folder: TempFolder,
    private readonly server: Postgres,
    private readonly database: string,
    private readonly random: () => number,
  ) {}

  start(): void {
    this.#run = startDstream(
      ["run", "t", "--log-level", "debug", "--log-format", "json"],
      { cwd: this.folder.path, timeoutMs: 600_000 },
    );
  }

  async interrupt(): Promise<void> {
    this.kills++;
    switch (Math.floor(this.random() * 4)) {
      case 0:
        return await this.#restart();
      case 1:
        return this.#killSide("input");
      case 2:
        return this.#killSide("output");
      default:
        await this.server.sql(
          "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots " +
            `WHERE slot_name = '${this.database}' AND active`,
          this.database,
        );
    }
  }

  async #restart(): Promise<void> {
    this.#run?.kill("SIGKILL");
    await this.#run?.finished.catch(() => {});
    this.start();
  }

  #killSide(side: "input" | "output"): void {
    const pid = livingPid(this.#run?.stderr ?? "", side);
    if (pid !== undefined) tryKill(pid);
  }

  /** A run that failed is started again, as a service manager would. */
  async untilArrived(text: string): Promise<void> {
    let former = 0;
    let sinceMs = performance.now();
    while (performance.now() - sinceMs < MAX_STANDSTILL_MS) {
      const written = await this.folder.read("out.jsonl").catch(() => "");
      if (written.includes(text)) return;
      if (written.length !== former) {
        [former, sinceMs] = [written.length, performance.now()];
      }
      const ended = await Promise.race([
        this.#run!.finished.then(() => true, () => true),
        new Promise((resolve) => setTimeout(resolve, 500, false)),
      ]);
      if (ended) this.start();
    }
    throw new Missed(
      `it did not arrive\n${this.#run?.stderr.slice(-3000)}`,
    );
  }

  async stop(): Promise<void> {
    this.#run?.kill("SIGTERM");
    // One that prints at debug level where it failed is refused; it is over too.
    await this.#run?.finished.catch(() => {});
  }
}

interface Line {
  readonly data: Readonly<Record<string, unknown>>;
  readonly metadata: {
    readonly table: string;
    readonly operation: string;
    readonly key: readonly string[];
    readonly before?: Readonly<Record<string, unknown>>;
    readonly position: string;
  };
}

type Rows = Map<string, Record<string, unknown>>;

/**
 * What an output that keeps tables would make of the lines. It skips what it has
 * seen, by position: an older update that is repeated lacks the large values that
 * it left alone.
 */
function putTogether(text: string) {
  const ours = new Map<string, Rows>([["a", new Map()], ["b", new Map()]]);
  const seen = new Set<string>();
  let repeats = 0;
  for (const line of text.trimEnd().split("\n")) {
    const { data, metadata } = JSON.parse(line) as Line;
    const { table, operation, key, before, position } = metadata;
    const keyOf = (row: Readonly<Record<string, unknown>>) =>
      JSON.stringify(key.map((name) => row[name]));
    const id = `${table} ${position} ${keyOf(data)} ${operation}`;
    if (seen.has(id)) {
      repeats++;
      continue;
    }
    seen.add(id);
    const rows = ours.get(table)!;
    // A row that was read after its key changed is at its new place already.
    const old = {
      ...rows.get(keyOf(data)),
      ...rows.get(keyOf(before ?? data)),
    };
    if (before !== undefined) rows.delete(keyOf(before));
    if (operation === "delete") rows.delete(keyOf(data));
    else rows.set(keyOf(data), { ...old, ...data });
  }
  return { ours, changes: seen.size, repeats };
}

async function rowsOf(
  server: Postgres,
  database: string,
  table: string,
): Promise<string[]> {
  const key = table === "a" ? "id::text" : "x || ' ' || y";
  const rows = await server.sql(
    `SELECT concat_ws(chr(31), ${key}, n, name, md5(big)) FROM ${table}`,
    database,
  );
  return rows.split("\n").sort();
}

function compare(table: string, theirs: readonly string[], rows: Rows): void {
  const ours = [...rows.values()].map((row) => {
    const key = table === "a" ? row.id : `${row.x} ${row.y}`;
    const parts = [key, row.n, row.name, md5(row.big)];
    return parts.filter((each) => each !== null && each !== undefined)
      .join("\x1f");
  }).sort();
  const at = theirs.findIndex((row, i) => row !== ours[i]);
  if (at < 0 && ours.length === theirs.length) return;
  throw new Error(
    `table ${table} differs (${theirs.length} rows, ours ${ours.length}): ` +
      `${theirs[at]} is ${ours[at]}`,
  );
}

function md5(text: unknown): string | undefined {
  if (typeof text !== "string") return undefined;
  return createHash("md5").update(text).digest("hex");
}
