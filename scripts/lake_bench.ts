/**
 * How fast rows of ten columns become files in a real S3 server, and in how much memory.
 *
 * `--rows N`, `--format parquet|jsonl`, `--compression C`, `--most-mb N` (ends with an
 * error when the output ever has more memory). Needs `deno task setup versitygw parquet`; Linux, as
 * it looks into /proc.
 *
 * @module
 */

import { join } from "node:path";
import { parseArgs } from "node:util";
import { livingPid } from "../tests/crash/processes.ts";
import { startDstream } from "../tests/e2e/support/program.ts";
import { rowsOf } from "../tests/support/parquet.ts";
import { startVersitygw } from "../tests/support/servers/versitygw.ts";
import { TempFolder } from "../tests/support/temp_folder.ts";

const COLUMNS = `{
        id      = "int64"
        kind    = "int32"
        price   = "decimal(12,2)"
        name    = "string"
        at      = "timestamptz"
        country = "string"
        ok      = "boolean"
        doc     = "json"
        ratio   = "float64"
        day     = "date"
      }`;
const LOOK_EVERY_MS = 250;
/** A day: a run of 10 GB on a busy machine is slow. */
const PATIENCE_MS = 86_400_000;
const TICKS_PER_S = 100;
const MB = 1e6;
const GB = 1e9;

/** What a process has used. */
interface Usage {
  readonly cpuS: number;
  readonly rssMb: number;
  /** What it has written, to pipes, files and sockets. */
  readonly wroteGb: number;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rows: { type: "string", default: "1000000" },
      format: { type: "string", default: "parquet" },
      compression: { type: "string", default: "zstd" },
      "most-mb": { type: "string", default: "Infinity" },
    },
  });
  const rows = Number(values.rows);
  await using server = await startVersitygw();
  await server.makeBucket("lake");
  await using folder = await TempFolder.make();
  const input = `input {
    provider = "generate"
    config {
      count   = ${rows}
      columns = ${COLUMNS}
    }
  }`;
  await folder.write(
    "dstream.hcl",
    `task "lake" {
  ${input}
  output {
    provider = "s3"
    config {
      bucket            = "lake"
      endpoint          = "${server.endpoint}"
      access_key_id     = "${server.accessKeyId}"
      secret_access_key = "${server.secretAccessKey}"
      format            = "${values.format}"
      compression       = "${values.compression}"
    }
  }
}
`,
  );
  const startMs = performance.now();
  const run = startDstream(
    ["run", "lake", "--log-level", "debug", "--log-format", "json"],
    { cwd: folder.path, timeoutMs: PATIENCE_MS },
  );
  const watch = new Watch(() => run.stderr, run.pid, server.process.pid);
  const { code, stderr } = await run.finished;
  watch.stop();
  const seconds = (performance.now() - startMs) / 1000;
  if (code !== 0) throw new Error(stderr.slice(-3000));
  console.log(
    `${rows} rows in ${seconds.toFixed(1)} s with the start of all: ` +
      `${Math.round(rows / seconds)} a second`,
  );
  watch.tell(rows);
  const bucket = join(server.bucketsFolder, "lake");
  if (values.format === "parquet") await tellFiles(bucket, rows);
  if (watch.mostOutputMb > Number(values["most-mb"])) {
    throw new Error(`the output had ${watch.mostOutputMb} MB`);
  }
}

async function tellFiles(bucket: string, rows: number): Promise<void> {
  const { rows: found, sizes } = await rowsOf(bucket);
  if (found !== rows) throw new Error(`pyarrow finds ${found} rows`);
  const allMb = sizes.reduce((sum, size) => sum + size, 0) / MB;
  console.log(
    `pyarrow finds ${found} rows in ${sizes.length} files of ` +
      `${allMb.toFixed(0)} MB together`,
  );
}

/** Looks at the processes of a run from time to time. */
class Watch {
  readonly #pids = new Map<string, number>();
  readonly #last = new Map<string, Usage>();
  /** The output's memory at each look. */
  readonly #outputMb: number[] = [];
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(log: () => string, cliPid: number, serverPid: number) {
    this.#pids.set("cli", cliPid).set("server", serverPid);
    this.#timer = setInterval(() => this.#look(log), LOOK_EVERY_MS);
  }

  get mostOutputMb(): number {
    return Math.max(...this.#outputMb);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  tell(rows: number): void {
    for (const [name, { cpuS, wroteGb }] of this.#last) {
      const perRowUs = cpuS * 1e6 / rows;
      console.log(
        `${name}: ${cpuS.toFixed(1)} s of CPU, ${
          perRowUs.toFixed(2)
        } us a row, ` +
          `${wroteGb.toFixed(2)} GB written`,
      );
    }
    const quarter = Math.ceil(this.#outputMb.length / 4);
    const most = [0, 1, 2, 3].map((n) =>
      Math.max(0, ...this.#outputMb.slice(n * quarter, (n + 1) * quarter))
    );
    console.log(
      `the output's memory in each quarter: at most ${
        most.map(Math.round).join(", ")
      } MB`,
    );
  }

  #look(log: () => string): void {
    for (const side of ["input", "output"] as const) {
      if (this.#pids.has(side)) continue;
      const pid = livingPid(log(), side);
      if (pid !== undefined) this.#pids.set(side, pid);
    }
    for (const [name, pid] of this.#pids) {
      const usage = usageOf(pid);
      if (usage === undefined) continue;
      this.#last.set(name, usage);
      if (name === "output") this.#outputMb.push(usage.rssMb);
    }
  }
}

/** @returns `undefined` when it has ended. */
function usageOf(pid: number): Usage | undefined {
  try {
    const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const status = Deno.readTextFileSync(`/proc/${pid}/status`);
    const rssKb = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0);
    const io = Deno.readTextFileSync(`/proc/${pid}/io`);
    const written = Number(/^wchar: (\d+)/m.exec(io)?.[1] ?? 0);
    const ticks = Number(fields[11]) + Number(fields[12]);
    return {
      cpuS: ticks / TICKS_PER_S,
      rssMb: rssKb * 1024 / MB,
      wroteGb: written / GB,
    };
  } catch {
    return undefined;
  }
}

if (import.meta.main) await main();
