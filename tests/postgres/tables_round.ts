/**
 * One round: Postgres → Postgres, while the application goes on working and the
 * CLI, both providers and both connections are killed; then both databases are
 * compared by an ordered dump of each table.
 *
 * @module
 */

import { livingPid, tryKill } from "../crash/processes.ts";
import { startDstream } from "../e2e/support/program.ts";
import { CuttableProxy } from "../support/cuttable_proxy.ts";
import type { Postgres } from "../support/servers/postgres.ts";
import { TempFolder } from "../support/temp_folder.ts";
import {
  largeTransaction,
  makeTables,
  nextStatement,
  TABLES,
} from "./workload.ts";

/** How much. */
export interface TablesRound {
  /** Until the source has made so many. */
  readonly changes: number;
  readonly rows: number;
  readonly kills: number;
  readonly random: () => number;
}

/** What a round saw. */
export interface TablesResult {
  readonly changes: number;
  readonly kills: Readonly<Record<string, number>>;
  /** How often a table was read again, to its end. */
  readonly rereads: number;
}

/** Nothing got on for so long: the round has missed its time. */
export const MAX_STANDSTILL_MS = 300_000;
/** Between two interruptions the reader may catch up so far, and for so long. */
const NEAR_BYTES = 2_000_000;
const MAX_PAUSE_MS = 3_000;

/** Nothing arrived for too long, so nothing was compared. */
export class Missed extends Error {
  override readonly name = "Missed";
}

/** @throws {Error} When a table differs; {@link Missed} when it was not compared. */
export async function tablesRound(
  server: Postgres,
  name: string,
  round: TablesRound,
): Promise<TablesResult> {
  const [source, target] = [`${name}_source`, `${name}_target`];
  for (const each of [source, target]) {
    await server.sql(`CREATE DATABASE ${each}`);
  }
  await server.sql(makeTables(round.rows), source);
  await server.sql("CREATE SCHEMA sales", target);
  await using folder = await TempFolder.make();
  using proxy = new CuttableProxy(server.port);
  await folder.write("dstream.hcl", configuration(server, proxy, name));
  await using run = new KilledRun(folder, proxy, round.random);
  run.start();
  await run.untilTrue(
    async () => await lagBytes(server, name) !== undefined,
    () => progressOf(server, name),
  );
  const changes = await work(server, name, round, () => run.interrupt());
  // A slot that is made as late as that is behind the first of them at once.
  for (const id of [-1, -2]) {
    await server.sql(`INSERT INTO plain VALUES (${id}, 0, 'last')`, source);
    // The slot moves when the rows are read and the output has confirmed.
    const end = await server.sql("SELECT pg_current_wal_lsn()", source);
    await run.untilTrue(async () =>
      await server.sql(
        `SELECT confirmed_flush_lsn >= '${end}' FROM pg_replication_slots ` +
          `WHERE slot_name = '${name}'`,
        source,
      ) === "t", () => progressOf(server, name));
  }
  await run.stop();
  for (const table of TABLES) await compare(server, source, target, table);
  for (const each of [source, target]) {
    await dropDatabase(server, each, name);
  }
  return { changes, kills: run.kills, rereads: run.rereads };
}

/** @returns How many rows it changed. */
async function work(
  server: Postgres,
  name: string,
  { changes, kills, random, rows }: TablesRound,
  interrupt: () => Promise<void>,
): Promise<number> {
  const source = `${name}_source`;
  const every = changes / (kills + 1);
  let next = every / 4; // the first while rows are still being read
  let done = 0;
  for (let step = 1; done < changes; step++) {
    const isLarge = step % 60 === 30;
    await server.sql(
      isLarge ? largeTransaction(step) : nextStatement(random, step, rows),
      source,
    );
    if (step % 12 === 6) await server.sql(readAgain(name, random), source);
    if (step % 10 === 0 || isLarge) done = await changesOf(server, source);
    if (done < next) continue;
    await nearlyRead(server, name);
    await interrupt();
    next += every;
  }
  return done;
}

/** Now and then a table is read again beside its changes. */
function readAgain(slot: string, random: () => number): string {
  const { name } = TABLES[Math.floor(random() * TABLES.length)];
  return `SELECT pg_logical_emit_message(true, 'dstream.read.${slot}', '${name}')`;
}

/** The application is no faster than what reads it, as far as that lives. */
async function nearlyRead(server: Postgres, name: string): Promise<void> {
  const deadlineMs = performance.now() + MAX_PAUSE_MS;
  while (performance.now() < deadlineMs) {
    if ((await lagBytes(server, name) ?? 0) < NEAR_BYTES) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Changes while rows are read or written: the slot's place, and the target's rows. */
async function progressOf(server: Postgres, name: string): Promise<string> {
  const place = await server.sql(
    "SELECT confirmed_flush_lsn FROM pg_replication_slots " +
      `WHERE slot_name = '${name}'`,
  );
  return `${place} ${await changesOf(server, `${name}_target`)}`;
}

/** @returns `undefined` while there is no slot. */
async function lagBytes(
  server: Postgres,
  name: string,
): Promise<number | undefined> {
  const lag = await server.sql(
    "SELECT pg_current_wal_lsn() - confirmed_flush_lsn " +
      `FROM pg_replication_slots WHERE slot_name = '${name}'`,
  );
  return lag === "" ? undefined : Number(lag);
}

async function changesOf(server: Postgres, source: string): Promise<number> {
  return Number(
    await server.sql(
      "SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_user_tables",
      source,
    ),
  );
}

async function compare(
  server: Postgres,
  source: string,
  target: string,
  { name, key, columns }: typeof TABLES[number],
): Promise<void> {
  const more = name === "altered"
    ? await server.sql(
      "SELECT coalesce(string_agg(quote_ident(attname), ','), '') FROM " +
        "pg_attribute WHERE attrelid = 'altered'::regclass AND attnum > 0 " +
        "AND NOT attisdropped AND attname NOT IN ('id', 'n')",
      source,
    )
    : "";
  const all = [...columns, ...more === "" ? [] : more.split(",")];
  const dump = `SELECT ROW(${
    all.join(", ")
  })::text FROM ${name} ORDER BY ${key}`;
  const theirs = (await server.sql(dump, source)).split("\n");
  const ours = (await server.sql(dump, target)).split("\n");
  const at = theirs.findIndex((row, i) => row !== ours[i]);
  if (at < 0 && theirs.length === ours.length) return;
  throw new Error(
    `${name} differs (${theirs.length} rows, ours ${ours.length}):\n` +
      `${theirs[at]}\nis\n${ours[at < 0 ? theirs.length : at]}`,
  );
}

async function dropDatabase(
  server: Postgres,
  database: string,
  slot: string,
): Promise<void> {
  await server.sql(
    "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots " +
      `WHERE slot_name = '${slot}' AND database = '${database}' AND NOT active`,
    database,
  );
  await server.sql(`DROP DATABASE ${database} WITH (FORCE)`);
}

function configuration(
  { url }: Postgres,
  { port }: CuttableProxy,
  name: string,
): string {
  const to = (database: string) => {
    const through = new URL(url);
    through.port = String(port);
    through.pathname = `/${database}`;
    return JSON.stringify(through.href);
  };
  return `task "t" {
  input {
    provider = "postgres"
    config {
      connection_string = ${to(`${name}_source`)}
      tables            = ["*", "sales.*"]
      slot              = "${name}"
    }
  }
  output {
    provider = "postgres"
    config {
      connection_string = ${to(`${name}_target`)}
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
class KilledRun implements AsyncDisposable {
  readonly kills: Record<string, number> = {};
  rereads = 0;
  #run: ReturnType<typeof startDstream> | undefined;

  constructor(
    private readonly folder: TempFolder,
    private readonly proxy: CuttableProxy,
    private readonly random: () => number,
  ) {}

  start(): void {
    this.#count();
    this.#run = startDstream(
      ["run", "t", "--log-level", "debug", "--log-format", "json"],
      { cwd: this.folder.path, timeoutMs: 1_800_000 },
    );
  }

  async interrupt(): Promise<void> {
    const kinds = ["cli", "input", "output", "connections"];
    const kind = kinds[Math.floor(this.random() * kinds.length)];
    this.kills[kind] = (this.kills[kind] ?? 0) + 1;
    if (kind === "connections") return this.proxy.cut();
    if (kind === "cli") return await this.#restart();
    const pid = livingPid(this.#run!.stderr, kind as "input" | "output");
    if (pid !== undefined) tryKill(pid);
  }

  /**
   * A run that failed is started again, as a service manager would.
   *
   * @param progress Says something else while there is any.
   * @throws {Missed} When it said the same for too long.
   */
  async untilTrue(
    question: () => Promise<boolean>,
    progress: () => Promise<string>,
  ): Promise<void> {
    let former = "";
    let sinceMs = performance.now();
    while (performance.now() - sinceMs < MAX_STANDSTILL_MS) {
      if (await question().catch(() => false)) return;
      const now = await progress().catch(() => former);
      if (now !== former) [former, sinceMs] = [now, performance.now()];
      const ended = await Promise.race([
        this.#run!.finished.then(() => true, () => true),
        new Promise((resolve) => setTimeout(resolve, 300, false)),
      ]);
      if (ended) this.start();
    }
    throw new Missed(
      `it did not arrive\n${this.#run?.stderr.slice(-4000)}`,
    );
  }

  async stop(): Promise<void> {
    this.#run?.kill("SIGTERM");
    // One that prints at debug level where it failed is refused; it is over too.
    await this.#run?.finished.catch(() => {});
    this.#count();
  }

  /** What a run that is over has said. */
  #count(): void {
    const said = this.#run?.stderr.match(/was read again/g) ?? [];
    this.rereads += said.length;
  }

  async #restart(): Promise<void> {
    this.#run?.kill("SIGKILL");
    await this.#run?.finished.catch(() => {});
    this.start();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#run?.kill("SIGKILL");
    await this.#run?.finished.catch(() => {});
  }
}
