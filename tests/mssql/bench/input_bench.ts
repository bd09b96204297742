/**
 * How many changes a second the input reads, with nothing behind it but
 * acknowledgements, and through the CLI to the null output.
 *
 * `deno run -A tests/mssql/bench/input_bench.ts [changes] [--profile FOLDER]`; the
 * profile is of the input alone. The model runs in a process of its own and shares
 * the machine's cores with what is measured.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { formatStartLine } from "../../../core/protocol/command.ts";
import type { ModelColumn } from "../../support/mssql_model/model_column.ts";
import { ModelProcess } from "../../support/mssql_model/model_process.ts";
import { TempFolder } from "../../support/temp_folder.ts";

const ROOT = new URL("../../../", import.meta.url);
const INPUT = fileURLToPath(new URL("providers/mssql/input/main.ts", ROOT));
const CLI = fileURLToPath(new URL("main.ts", ROOT));
const LINE_FEED = 10;

const COLUMNS: ModelColumn[] = [
  { name: "id", type: "bigint", isNullable: false },
  { name: "customer", type: "int" },
  { name: "status", type: "varchar(20)" },
  { name: "total", type: "decimal(18,2)" },
  { name: "created", type: "datetime2(7)" },
  { name: "changed", type: "datetime2(7)" },
  { name: "is_paid", type: "bit" },
  { name: "address", type: "varchar(400)" },
  { name: "remark", type: "nvarchar(200)" },
  { name: "body", type: "varchar(1000)" },
];

/** About 1.4 KB as varchar and in JSON. */
const ROW = {
  customer: 12,
  status: "shipped",
  total: "1234.50",
  is_paid: true,
  created: "2024-02-29 12:34:56.1234567",
  changed: "2024-02-29 12:34:56.1234567",
  address: "Some Street 12, ".repeat(18),
  remark: "Grüße ".repeat(25),
  body: "x".repeat(700),
};

const { values, positionals } = parseArgs({
  args: Deno.args,
  options: { profile: { type: "string" }, tables: { type: "string" } },
  allowPositionals: true,
});
const count = Number(positionals[0] ?? 200_000);
const tables = Number(values.tables ?? 1);

await using model = await ModelProcess.start("shop");
await model.tell({ do: "enable_cdc" });
for (let n = 0; n < tables; n++) {
  const table = `orders${n}`;
  const columns = COLUMNS;
  await model.tell({ do: "create_table", table, columns, key: ["id"] });
  await model.tell({ do: "enable_table", table });
  await model.tell({
    do: "fill",
    table,
    from: 1,
    count: Math.ceil(count / tables),
    perTransaction: 100,
    row: ROW,
  });
}
console.log(`input alone: ${await inputAlone()}`);
if (values.profile === undefined) {
  console.log(`through the CLI to null: ${await throughCli()}`);
}
await model.expectNoFaults();

function config(consumer: string) {
  return {
    db_connection_string: `${model.connectionString};Encrypt=false`,
    tables: ["orders*"],
    poll_interval: "100ms",
    consumer,
  };
}

/** Reads its lines as the CLI would, without looking at them. */
async function inputAlone(): Promise<string> {
  const profile = values.profile === undefined
    ? []
    : ["--cpu-prof", `--cpu-prof-dir=${values.profile}`];
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", ...profile, INPUT],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const stdin = process.stdin.getWriter();
  const write = (line: string) =>
    stdin.write(new TextEncoder().encode(`${line}\n`));
  await write(formatStartLine({
    command: "run",
    configJson: JSON.stringify(config("alone")),
    protocol: {
      version: 2,
      features: ["ack"],
      window: { bytes: 26 << 20, envelopes: 80_000 },
    },
  }));
  const { lineCount, seconds, sizeBytes, cpu } = await drain(process, write);
  await write('\x1e{"stop":true}');
  await process.status;
  const perCpu = cpu === undefined
    ? ""
    : `; ${Math.round(lineCount / cpu)} for each second of CPU it got`;
  return `${Math.round(lineCount / seconds)} changes/s, ` +
    `${Math.round(sizeBytes / lineCount)} bytes each${perCpu}`;
}

async function drain(
  process: Deno.ChildProcess,
  write: (line: string) => Promise<void>,
) {
  let lineCount = -1; // The handshake.
  let sizeBytes = 0;
  let startMs = 0;
  let startCpu: number | undefined;
  for await (const chunk of process.stdout) {
    sizeBytes += chunk.length;
    for (let at = -1; (at = chunk.indexOf(LINE_FEED, at + 1)) >= 0;) {
      lineCount++;
    }
    if (lineCount > 0 && startMs === 0) {
      startMs = performance.now();
      startCpu = await cpuSeconds(process.pid);
    }
    if (lineCount > 0) await write(`\x1e{"ack":${lineCount}}`);
    if (lineCount >= count) break;
  }
  const seconds = (performance.now() - startMs) / 1000;
  const cpu = startCpu === undefined
    ? undefined
    : (await cpuSeconds(process.pid))! - startCpu;
  return { lineCount, sizeBytes, seconds, cpu };
}

/** On a busy machine time says little. @returns Nothing where there is no /proc. */
async function cpuSeconds(pid: number): Promise<number | undefined> {
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`)
    .catch(() => undefined);
  const [, ...fields] = stat?.split(") ") ?? [];
  const [user, system] = fields.join(") ").split(" ").slice(11, 13).map(Number);
  const ticksPerSecond = 100;
  return stat === undefined ? undefined : (user + system) / ticksPerSecond;
}

/** The time of a long run less that of a short one: without the start. */
async function throughCli(): Promise<string> {
  const few = Math.ceil(count / 100);
  const shortMs = await runCli(few, "short");
  const longMs = await runCli(count, "long");
  const rate = (count - few) / (longMs - shortMs) * 1000;
  return `${Math.round(rate)} changes/s (${Math.round(shortMs)} ms for ${few})`;
}

async function runCli(max: number, consumer: string): Promise<number> {
  await using folder = await TempFolder.make({
    "dstream.hcl": hcl(consumer),
  });
  const startMs = performance.now();
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--no-check",
      CLI,
      "run",
      "bench",
      "--max",
      String(max),
    ],
    cwd: folder.path,
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return performance.now() - startMs;
}

function hcl(consumer: string): string {
  const lines = Object.entries(config(consumer))
    .map(([key, value]) => `      ${key} = ${JSON.stringify(value)}`);
  return `task "bench" {
  input {
    provider = "mssql"
    config {
${lines.join("\n")}
    }
  }
  output {
    provider = "null"
  }
}
`;
}
