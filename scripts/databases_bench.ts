/**
 * How fast rows of 10 columns (about 330 bytes a line) are kept in databases: upserts
 * into an empty table, and over the rows that are there.
 *
 * `--rows N`, `--into sqlite,postgres,mysql`, `--profile FOLDER`. The lines come from
 * a file, without the CLI, so what is measured is the output and its database.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { fileURLToPath } from "node:url";
import { recordOf, version2Line } from "../core/sdk/testing/start_lines.ts";
import { startMariaDb } from "../tests/support/servers/mariadb.ts";
import { startPostgres } from "../tests/support/servers/postgres.ts";
import { TempFolder } from "../tests/support/temp_folder.ts";

const LINES_AT_ONCE = 2000;

const COLUMNS = [
  ["id", "int64"],
  ["customer", "int32"],
  ["total", "decimal"],
  ["name", "string"],
  ["made", "timestamptz"],
  ["note", "string"],
  ["flag", "boolean"],
  ["extra", "json"],
  ["score", "float64"],
  ["day", "date"],
] as const;

const SCHEMA = {
  table: "wide",
  key: ["id"],
  fields: COLUMNS.map(([name, type]) => ({
    name,
    type,
    ...(type === "decimal" && { precision: 12, scale: 2 }),
    nullable: name !== "id",
  })),
};

/** A database, empty. */
interface Target extends AsyncDisposable {
  readonly config: Record<string, string>;
}

const TARGETS: Readonly<Record<string, () => Promise<Target>>> = {
  async sqlite() {
    const folder = await TempFolder.make();
    return {
      config: { path: folder.join("wide.db") },
      [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
    };
  },
  async postgres() {
    const server = await startPostgres({
      fsync: "on",
      shared_buffers: "256MB",
      max_wal_size: "4GB",
    });
    return {
      config: { connection_string: server.url },
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  },
  async mysql() {
    const server = await startMariaDb({ max_allowed_packet: "64M" });
    return {
      config: { connection_string: server.url },
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  },
};

if (import.meta.main) await main();

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rows: { type: "string", default: "200000" },
      into: { type: "string", default: Object.keys(TARGETS).join(",") },
      profile: { type: "string" },
    },
  });
  const rows = Number(values.rows);
  for (const name of values.into.split(",")) {
    await using target = await TARGETS[name]();
    for (const what of ["empty", "again"]) {
      const lines = linesOf(rows, what);
      const measured = await write(name, target, lines, rows, values.profile);
      console.log(
        `${name}, ${what}: ${
          Math.round(rows / measured.wallSeconds)
        } rows/s, ` +
          `${(measured.cpuSeconds * 1e6 / rows).toFixed(2)} us CPU per row`,
      );
    }
  }
}

function linesOf(rows: number, what: string): Uint8Array[] {
  const blocks: Uint8Array[] = [];
  for (let from = 0; from < rows; from += LINES_AT_ONCE) {
    let text = "";
    for (let id = from; id < Math.min(rows, from + LINES_AT_ONCE); id++) {
      text += lineOf(id, what);
    }
    blocks.push(new TextEncoder().encode(text));
  }
  return blocks;
}

function lineOf(id: number, what: string): string {
  const data = {
    id,
    customer: id % 1000,
    total: `${id}.25`,
    name: `customer ${id}`,
    made: "2026-01-02T03:04:05.123456Z",
    note: `${what} `.repeat(10),
    flag: id % 2 === 0,
    extra: { a: id, b: "text" },
    score: id / 8,
    day: "2026-01-02",
  };
  const metadata = { table: "wide", operation: "insert", key: ["id"] };
  return `${JSON.stringify({ data, metadata })}\n`;
}

/** From the first line to the last acknowledgement; its CPU from its begin. */
async function write(
  name: string,
  { config }: Target,
  lines: readonly Uint8Array[],
  rows: number,
  profile: string | undefined,
) {
  const main = new URL(`../providers/${name}/output/main.ts`, import.meta.url);
  const flags = profile === undefined
    ? []
    : ["--cpu-prof", `--cpu-prof-dir=${profile}/${name}`];
  const child = new Deno.Command("sh", {
    args: ["-c", 'time -p "$@"', "sh", Deno.execPath(), "run", "-A"].concat(
      ["--no-check", ...flags, fileURLToPath(main)],
    ),
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const stderr = new Response(child.stderr).text();
  const records = recordsOf(child.stdout);
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(version2Line(config)));
  await until(records, ({ status }) => status === "ready");
  const startMs = performance.now();
  const schema = `\x1e${JSON.stringify({ schema: SCHEMA })}\n`;
  const written = (async () => {
    await writer.write(new TextEncoder().encode(schema));
    for (const block of lines) await writer.write(block);
  })();
  await until(records, ({ ack }) => ack === rows);
  const wallSeconds = (performance.now() - startMs) / 1000;
  await written;
  await writer.close();
  for await (const _ of records);
  await child.status;
  const text = await stderr;
  const [user, system] = ["user", "sys"].map((word) =>
    Number(new RegExp(`^${word} ([0-9.]+)`, "m").exec(text)?.[1])
  );
  if (Number.isNaN(user)) throw new Error(text);
  return { wallSeconds, cpuSeconds: user + system };
}

type Records = AsyncGenerator<Record<string, unknown>>;

async function* recordsOf(stdout: ReadableStream<Uint8Array>): Records {
  let rest = "";
  for await (const part of stdout.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + part).split("\n");
    rest = lines.pop()!;
    for (const line of lines) {
      const record = line.startsWith("\x1e")
        ? recordOf(line)
        : JSON.parse(line);
      if (record !== undefined) yield record;
    }
  }
}

async function until(
  records: Records,
  isIt: (record: Record<string, unknown>) => boolean,
): Promise<void> {
  for (;;) {
    const { value, done } = await records.next();
    if (done) throw new Error("the output ended before");
    if ("reject" in value) throw new Error(JSON.stringify(value));
    if (isIt(value)) return;
  }
}
