/**
 * How fast JSON Lines become `.jsonl.zst` in a real S3 server, beside the `zstd` program
 * on the same bytes, by turns.
 *
 * `--rows N`, `--rounds N`. Needs `deno task setup versitygw` and `zstd`; Linux.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { dstream, startDstream } from "../tests/e2e/support/program.ts";
import {
  startVersitygw,
  type Versitygw,
} from "../tests/support/servers/versitygw.ts";
import { TempFolder } from "../tests/support/temp_folder.ts";
import { ProcessWatch } from "./bench/process_watch.ts";

const PATIENCE_MS = 3_600_000;
const MB = 1e6;

/** One turn. */
interface Turn {
  readonly seconds: number;
  readonly cpuS: number;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rows: { type: "string", default: "3000000" },
      rounds: { type: "string", default: "3" },
    },
  });
  await using server = await startVersitygw();
  await using folder = await TempFolder.make();
  const sizeMb = await makeRows(folder, Number(values.rows));
  console.log(`${values.rows} rows, ${sizeMb.toFixed(0)} MB of JSON Lines`);
  const tell = (name: string, { seconds, cpuS }: Turn) =>
    console.log(
      `${name}: ${(sizeMb / seconds).toFixed(0)} MB/s, ` +
        `${(cpuS * 1000 / sizeMb).toFixed(2)} ms of CPU a MB`,
    );
  for (let round = 0; round < Number(values.rounds); round++) {
    const program = await zstdTurn(folder);
    tell("zstd -3", program);
    const output = await dstreamTurn(folder, server, `round-${round}`);
    tell("the s3 output", output);
    console.log(
      `speed ${(program.seconds / output.seconds).toFixed(2)}, ` +
        `CPU ${(output.cpuS / program.cpuS).toFixed(2)} of the program's`,
    );
  }
}

/** The rows as the program gets them, and as envelopes. @returns Megabytes. */
async function makeRows(folder: TempFolder, rows: number): Promise<number> {
  const columns = `{
        id = "int64"
        kind = "int32"
        price = "decimal(12,2)"
        name = "string"
        at = "timestamptz"
        country = "string"
        ok = "boolean"
        doc = "json"
        ratio = "float64"
        day = "date"
      }`;
  const task = (name: string, input: string, format: string) => `
task "${name}" {
  ${input}
  output {
    provider = "file"
    config {
      path   = "${name}.jsonl"
      format = "${format}"
    }
  }
}
`;
  const generated = `input {
    provider = "generate"
    config {
      count   = ${rows}
      columns = ${columns}
    }
  }`;
  await folder.write(
    "rows.hcl",
    task("envelopes", generated, "envelopes") +
      task("rows", inputBlock(), "jsonl"),
  );
  for (const name of ["envelopes", "rows"]) {
    const { code, stderr } = await dstream(["run", name, "-c", "rows.hcl"], {
      cwd: folder.path,
      timeoutMs: PATIENCE_MS,
    });
    if (code !== 0) throw new Error(stderr.slice(-3000));
  }
  const { size } = await Deno.stat(folder.join("rows.jsonl"));
  return size / MB;
}

function inputBlock(): string {
  return `input {
    provider = "file"
    config {
      path   = "envelopes.jsonl"
      format = "envelopes"
    }
  }`;
}

async function zstdTurn(folder: TempFolder): Promise<Turn> {
  const { success, stderr } = await new Deno.Command("bash", {
    args: [
      "-c",
      'TIMEFORMAT="%R %U %S"; time zstd -q -3 -c rows.jsonl >/dev/null',
    ],
    cwd: folder.path,
  }).output();
  const text = new TextDecoder().decode(stderr);
  if (!success) throw new Error(text);
  const [seconds, user, system] = text.trim().split(" ").map(Number);
  return { seconds, cpuS: user + system };
}

/** Its time is that of the whole run, the start of all included. */
async function dstreamTurn(
  folder: TempFolder,
  server: Versitygw,
  bucket: string,
): Promise<Turn> {
  await server.makeBucket(bucket);
  await folder.write(
    "dstream.hcl",
    `task "${bucket}" {
  ${inputBlock()}
  output {
    provider = "s3"
    config {
      bucket            = "${bucket}"
      endpoint          = "${server.endpoint}"
      access_key_id     = "${server.accessKeyId}"
      secret_access_key = "${server.secretAccessKey}"
      format            = "jsonl"
      compression       = "zstd"
    }
  }
}
`,
  );
  const startMs = performance.now();
  const run = startDstream(
    ["run", bucket, "--log-level", "debug", "--log-format", "json"],
    { cwd: folder.path, timeoutMs: PATIENCE_MS },
  );
  const watch = new ProcessWatch(
    () => run.stderr,
    run.pid,
    server.process.pid,
  );
  const { code, stderr } = await run.finished;
  watch.stop();
  if (code !== 0) throw new Error(stderr.slice(-3000));
  const seconds = (performance.now() - startMs) / 1000;
  return { seconds, cpuS: watch.cpuS("output") };
}

if (import.meta.main) await main();
