/**
 * How fast the `postgres` input reads: changes beside `pg_recvlogical`, and rows.
 *
 * `--rows N`, `--profile FOLDER`. Needs `deno task setup postgres`; Linux or macOS,
 * as the shell's `time` measures. One walsender is the limit of changes, so the two
 * take turns on the same server.
 *
 * @module
 */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { version2Line } from "../core/sdk/testing/start_lines.ts";
import {
  type Postgres,
  startPostgres,
} from "../tests/support/servers/postgres.ts";
import { findPostgres } from "./setup/postgres.ts";

const MAIN = fileURLToPath(
  new URL("../providers/postgres/input/main.ts", import.meta.url),
);
const ROUNDS = 3;
const LINE_FEED = 0x0a;
const CONTROL = 0x1e;

const TABLE = `CREATE TABLE wide (id bigint PRIMARY KEY, n int, price
  numeric(12,2), name text, at timestamptz, note text, ok boolean, doc jsonb,
  f float8, day date)`;

/** About 300 bytes as a line. */
function insert(from: number, to: number): string {
  return `INSERT INTO wide SELECT n, n % 1000, n * 1.07, 'customer ' || n,
    '2026-01-01 00:00:00.123456+00'::timestamptz + n * interval '1 second',
    repeat('note ', 14), n % 2 = 0, jsonb_build_object('a', n, 'b', 'text'),
    n / 7.0, '2026-01-01'::date + n % 365 FROM generate_series(${from}, ${to}) n`;
}

/** Of one program, its children included. */
interface Measured {
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  readonly lines: number;
}

if (import.meta.main) await main();

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rows: { type: "string", default: "400000" },
      profile: { type: "string" },
    },
  });
  const rows = Number(values.rows);
  await using server = await startPostgres({
    wal_level: "logical",
    shared_buffers: "256MB",
    max_wal_size: "4GB",
  });
  await server.sql(TABLE);
  const start = await readAll(server, "changes", values.profile, 0);
  const changes: Measured[] = [];
  const theirs: Measured[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const slot = `other${round}`;
    await server.sql(
      `SELECT pg_create_logical_replication_slot('${slot}', 'pgoutput')`,
    );
    const thousand = Math.ceil(rows / 400);
    for (let i = 0; i < 400; i += 40) {
      await server.sql(
        Array.from({ length: 40 }, (_, j) => {
          const from = round * rows + (i + j) * thousand;
          return `${insert(from + 1, from + thousand)}; COMMIT`;
        }).join("; BEGIN; "),
      );
    }
    theirs.push(await receive(server, slot));
    changes.push(await readAll(server, "changes", values.profile, rows));
    await server.sql(`SELECT pg_drop_replication_slot('${slot}')`);
  }
  await server.sql("VACUUM ANALYZE wide");
  const copied = await readAll(server, "rows", values.profile, rows * ROUNDS);
  show("pg_recvlogical", theirs, rows, 0);
  show("changes", changes, rows, start.cpuSeconds);
  show("rows", [copied], rows * ROUNDS, start.cpuSeconds);
}

function show(
  name: string,
  all: readonly Measured[],
  rows: number,
  startCpuSeconds: number,
): void {
  const figures = all.map(({ wallSeconds, cpuSeconds }) => {
    const perRowUs = (cpuSeconds - startCpuSeconds) * 1e6 / rows;
    return `${Math.round(rows / wallSeconds)} rows/s, ` +
      `${perRowUs.toFixed(2)} us CPU per row`;
  });
  console.log(`${name}: ${figures.join("; ")}`);
}

/** The server's own client: writes what it gets to /dev/null. */
async function receive(server: Postgres, slot: string): Promise<Measured> {
  const end = await server.sql("SELECT pg_current_wal_flush_lsn()");
  return await timed([
    join(findPostgres()!, "pg_recvlogical"),
    "--dbname=" + server.url,
    `--slot=${slot}`,
    "--start",
    `--endpos=${end}`,
    "--file=/dev/null",
    "--option=proto_version=1",
    "--option=publication_names=dstream",
  ]);
}

/** The input as a process; whatever comes is acknowledged. */
async function readAll(
  server: Postgres,
  what: "changes" | "rows",
  profile: string | undefined,
  expected: number,
): Promise<Measured> {
  const config = {
    connection_string: server.url,
    tables: ["wide"],
    follow: false,
    slot: "dstream",
    snapshot: what === "rows" ? "only" : "never",
  };
  const flags = profile === undefined
    ? []
    : ["--cpu-prof", `--cpu-prof-dir=${profile}/${what}`];
  const measured = await timed(
    [Deno.execPath(), "run", "-A", "--no-check", ...flags, MAIN],
    version2Line(config),
  );
  if (measured.lines !== expected) {
    throw new Error(`${measured.lines} ${what}, not ${expected}`);
  }
  return measured;
}

async function timed(
  argv: readonly string[],
  stdin?: string,
): Promise<Measured> {
  const child = new Deno.Command("bash", {
    args: ["-c", 'TIMEFORMAT="TIMED %R %U %S"; time "$@"', "bash", ...argv],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  const encoder = new TextEncoder();
  if (stdin !== undefined) await writer.write(encoder.encode(stdin));
  const stderr = new Response(child.stderr).text();
  let lines = 0;
  let isLineStart = true;
  let isControl = false;
  let firstMs = 0;
  let lastMs = 0;
  let said = 0;
  let tail = "";
  for await (const chunk of child.stdout) {
    for (let at = 0; at < chunk.length;) {
      if (isLineStart) isControl = chunk[at] === CONTROL;
      const end = chunk.indexOf(LINE_FEED, at);
      isLineStart = end >= 0;
      if (end < 0) break;
      if (!isControl) lines++;
      at = end + 1;
    }
    if (lines > said + 1) firstMs ||= performance.now();
    tail = (tail + new TextDecoder().decode(chunk.subarray(-200))).slice(-400);
    if (stdin === undefined) continue;
    // The answer to the first line is no envelope.
    const received = Math.max(0, lines - 1);
    if (received > said) {
      lastMs = performance.now();
      said = received;
      await writer.write(encoder.encode(`\x1e{"ack":${received}}\n`));
    }
    if (tail.includes('"end":true')) {
      await writer.close();
      break;
    }
  }
  await child.stdout.cancel().catch(() => {});
  if (stdin === undefined) await writer.close();
  const text = await stderr;
  await child.status;
  const match = /TIMED (\S+) (\S+) (\S+)/.exec(text);
  if (match === null) throw new Error(text);
  const [wall, user, system] = match.slice(1).map(Number);
  const streamed = (lastMs - firstMs) / 1000;
  return {
    wallSeconds: stdin === undefined ? wall : streamed || wall,
    cpuSeconds: user + system,
    lines: Math.max(0, lines - 1),
  };
}
