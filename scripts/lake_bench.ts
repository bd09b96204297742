/**
 * How fast rows of ten columns become files in a real S3 server, and in how much memory.
 *
 * `--rows N`, `--format parquet|jsonl`, `--compression C`, `--most-mb N` (400: ends with an
 * error when the output ever has more memory). 10 GB are 35,000,000 rows. Needs `deno task setup versitygw parquet`; Linux, as
 * it looks into /proc.
 *
 * @module
 */

import { join } from "node:path";
import { parseArgs } from "node:util";
import { startDstream } from "../tests/e2e/support/program.ts";
import { rowsOf } from "../tests/support/parquet.ts";
import { startVersitygw } from "../tests/support/servers/versitygw.ts";
import { TempFolder } from "../tests/support/temp_folder.ts";
import { ProcessWatch } from "./bench/process_watch.ts";

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
/** A day: a run of 10 GB on a busy machine is slow. */
const PATIENCE_MS = 86_400_000;
const MB = 1e6;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rows: { type: "string", default: "1000000" },
      format: { type: "string", default: "parquet" },
      compression: { type: "string", default: "zstd" },
      "most-mb": { type: "string", default: "400" },
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
  const watch = new ProcessWatch(() => run.stderr, run.pid, server.process.pid);
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

if (import.meta.main) await main();
