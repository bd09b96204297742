/**
 * How fast a tap is read, and how a tap and a target do beside a plain pipe.
 *
 * `--records N` (10,000,000) of 300 bytes go from a tap that costs nothing into the
 * null output; `--piped N` (100,000) rows go from tap-postgres into a target, by
 * turns as a task and as `tap | target`, `--rounds N` times. `--only input|pipe`.
 * `DSTREAM_EXE=PATH` measures an executable. Needs `deno task setup singer`; Linux,
 * as it looks into /proc.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { livingPid } from "../tests/crash/processes.ts";
import {
  programArgv,
  RunningProgram,
  startDstream,
} from "../tests/e2e/support/program.ts";
import {
  type Destination,
  fillTables,
  jsonlTarget,
  meltanoTap,
  postgresTarget,
  selectedCatalog,
  type Surroundings,
} from "../tests/singer/programs.ts";
import { pipeScript, writeTask } from "../tests/singer/support.ts";
import { startPostgres } from "../tests/support/servers/postgres.ts";
import { TempFolder } from "../tests/support/temp_folder.ts";

const LINE_BYTES = 300;
const BLOCK_LINES = 100_000;
const LOOK_EVERY_MS = 250;
const PATIENCE_MS = 3_600_000;
const TICKS_PER_S = 100;
const MB = 1e6;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      records: { type: "string", default: "10000000" },
      piped: { type: "string", default: "100000" },
      rounds: { type: "string", default: "3" },
      only: { type: "string" },
    },
  });
  if (values.only !== "pipe") await readTap(Number(values.records));
  if (values.only === "input") return;
  await besidePipe(Number(values.piped), Number(values.rounds));
}

/** A tap whose records lie in a file: `cat` again and again. */
async function writeTap(folder: TempFolder, blocks: number): Promise<string> {
  const schema = {
    type: "SCHEMA",
    stream: "orders",
    schema: { type: "object", properties: { id: { type: "integer" } } },
    key_properties: ["id"],
  };
  const lines = Array.from({ length: BLOCK_LINES }, (_, id) => recordOf(id));
  await folder.write("records", lines.join(""));
  const catalog = {
    streams: [{ tap_stream_id: "orders", ...schema, metadata: [] }],
  };
  await folder.write("catalog.json", JSON.stringify(catalog));
  return await folder.writeExecutable(
    "tap-file",
    `#!/bin/sh
case "$*" in
  *--help*) echo "--config --state --catalog --discover"; exit;;
  *--discover*) cat catalog.json; exit;;
esac
echo '${JSON.stringify(schema)}'
i=0
while [ $i -lt ${blocks} ]; do
  cat records
  i=$((i + 1))
  echo '{"type":"STATE","value":{"block":'$i'}}'
done
`,
  );
}

/** As Meltano's SDK writes it. */
function recordOf(id: number): string {
  const [head, tail] = ['{"type":"RECORD","stream":"orders","record":', "}"];
  const record = { id, name: `Zoë ${id}`, total: id + 0.25, note: "" };
  const end = '"time_extracted":"2026-01-01T00:00:00.000000+00:00"';
  const lineOf = () => `${head}${JSON.stringify(record)},${end}${tail}\n`;
  record.note = "x".repeat(LINE_BYTES - lineOf().length - 1);
  return lineOf();
}

async function readTap(records: number): Promise<void> {
  await using folder = await TempFolder.make();
  const tap = await writeTap(folder, Math.ceil(records / BLOCK_LINES));
  await folder.write(
    "dstream.hcl",
    `task "copy" {
  input {
    provider = "singer"
    config {
      tap     = "${tap}"
      catalog = "catalog.json"
    }
  }
  output {
    provider = "null"
  }
}
`,
  );
  const run = startDstream(
    ["run", "copy", "--log-level", "debug", "--log-format", "json"],
    { cwd: folder.path, timeoutMs: PATIENCE_MS },
  );
  await run.closeStdin();
  const watch = new Watch(() => run.stderr, run.pid);
  const { code, stderr, durationMs } = await run.finished;
  watch.stop();
  if (code !== 0) throw new Error(stderr.slice(-3000));
  const perS = Math.round(records / (durationMs / 1000));
  console.log(
    `${records} records of ${LINE_BYTES} B into null: ` +
      `${(durationMs / 1000).toFixed(1)} s with the start, ${perS} records/s`,
  );
  watch.tell(records);
}

/** Looks at dstream and its input from time to time. */
class Watch {
  readonly #rssMb: Record<string, number[]> = { dstream: [], input: [] };
  readonly #cpuS: Record<string, number> = {};
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(log: () => string, cliPid: number) {
    this.#timer = setInterval(() => {
      this.#look("dstream", cliPid);
      const input = livingPid(log(), "input");
      if (input !== undefined) this.#look("input", input);
    }, LOOK_EVERY_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  tell(records: number): void {
    for (const [name, all] of Object.entries(this.#rssMb)) {
      const quarter = Math.ceil(all.length / 4);
      const most = [0, 1, 2, 3].map((n) =>
        Math.round(Math.max(0, ...all.slice(n * quarter, (n + 1) * quarter)))
      );
      const cpuUs = this.#cpuS[name] * 1e6 / records;
      console.log(
        `${name}: ${cpuUs.toFixed(2)} us of CPU per record; at most ` +
          `${most.join(", ")} MB in each quarter`,
      );
    }
  }

  #look(name: string, pid: number): void {
    try {
      const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      this.#cpuS[name] = (Number(fields[11]) + Number(fields[12])) /
        TICKS_PER_S;
      const status = Deno.readTextFileSync(`/proc/${pid}/status`);
      const rssKb = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0);
      this.#rssMb[name].push(rssKb * 1024 / MB);
    } catch {
      // It has just ended.
    }
  }
}

const TARGETS: Readonly<Record<string, (at: Surroundings) => Destination>> = {
  "target-jsonl": jsonlTarget,
  "target-postgres": ({ server }) => postgresTarget(server, "target-postgres"),
};

async function besidePipe(rows: number, rounds: number): Promise<void> {
  for (const [name, makeTarget] of Object.entries(TARGETS)) {
    await using server = await startPostgres();
    await using folder = await TempFolder.make();
    await fillTables(server, { orders: rows, users: 0 });
    const tap = meltanoTap(server);
    const catalog = await selectedCatalog(folder, tap);
    const target = makeTarget({ folder, server, apiUrl: "", rows });
    const ratios: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const places = [`plain${round}`, `ours${round}`];
      for (const place of places) {
        await Deno.mkdir(folder.join(place));
        await server.sql(`CREATE DATABASE ${place}`);
      }
      const [plain, ours] = places.map((place) => target.side(place));
      await writeTask(folder, { ...tap, more: { catalog } }, ours);
      const script = await pipeScript(folder, tap, plain, catalog);
      const pipe = await timed(folder, ["bash", "-c", script]);
      const task = await timed(folder, programArgv(["run", "copy"]));
      const ratio = task.wallS / pipe.wallS;
      ratios.push(ratio);
      console.log(
        `tap-postgres, ${name}, ${rows} rows: plain pipe ${tell(pipe)}, ` +
          `task ${tell(task)}; ${ratio.toFixed(2)}, of CPU ` +
          (task.cpuS / pipe.cpuS).toFixed(2),
      );
      // Or it would go on from its state.
      await Deno.remove(folder.join(".dstream"), { recursive: true });
    }
    const middle = ratios.toSorted((a, b) => a - b)[rounds >> 1];
    console.log(`tap-postgres, ${name}: ${middle.toFixed(2)} of the pipe`);
  }
}

/** Of a program and all that it started. */
interface Measured {
  readonly wallS: number;
  readonly cpuS: number;
}

const tell = ({ wallS, cpuS }: Measured) =>
  `${wallS.toFixed(1)} s (${cpuS.toFixed(1)} s of CPU)`;

async function timed(
  folder: TempFolder,
  argv: readonly string[],
): Promise<Measured> {
  const script = 'TIMEFORMAT="took %R %U %S"; time "$@"';
  await using running = new RunningProgram(
    ["bash", "-c", script, "bash", ...argv],
    { cwd: folder.path, timeoutMs: PATIENCE_MS },
  );
  await running.closeStdin();
  const { code, stderr } = await running.finished;
  if (code !== 0) throw new Error(stderr.slice(-3000));
  const [, wall, user, system] = /took (\S+) (\S+) (\S+)\s*$/.exec(stderr)!;
  return { wallS: Number(wall), cpuS: Number(user) + Number(system) };
}

if (import.meta.main) await main();
