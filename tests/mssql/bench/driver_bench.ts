/**
 * How many rows a second the client's driver reads, with nothing behind it: the
 * ceiling of the input. Text as varchar goes through a decoder that takes half of all
 * the time; as nvarchar twice the bytes come, and twice the rows and more.
 *
 * `deno run -A tests/mssql/bench/driver_bench.ts [rows]`.
 *
 * @module
 */

import { Connection, Request } from "tedious";
import { fileURLToPath } from "node:url";

const rowCount = Number(Deno.args[0] ?? 300_000);
const server = new Deno.Command(Deno.execPath(), {
  args: [
    "run",
    "-A",
    "--no-check",
    fileURLToPath(new URL("rows_server.ts", import.meta.url)),
  ],
  stdout: "piped",
}).spawn();
const { port } = JSON.parse(await firstLine(server.stdout));
try {
  for (const type of ["varchar", "nvarchar"]) {
    for (const packetSize of [4096, 16384, 32767]) {
      const rate = await measure(packetSize, type);
      console.log(`text as ${type}, packets of ${packetSize}: ${rate} rows/s`);
    }
  }
} finally {
  server.kill("SIGKILL");
}

async function measure(packetSize: number, type: string): Promise<number> {
  const connection = new Connection({
    server: "127.0.0.1",
    authentication: {
      type: "default",
      options: { userName: "sa", password: "secret" },
    },
    options: { port, encrypt: false, packetSize, requestTimeout: 0 },
  });
  await new Promise<void>((resolve, reject) =>
    connection.connect((error) => error ? reject(error) : resolve())
  );
  const startMs = performance.now();
  await read(connection, `select top ${rowCount} as ${type}`);
  const seconds = (performance.now() - startMs) / 1000;
  connection.close();
  return Math.round(rowCount / seconds);
}

function read(connection: Connection, sql: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let seen = 0;
    const request = new Request(sql, (error) => {
      if (error) reject(error);
      else if (seen !== rowCount) reject(new Error(`${seen} rows`));
      else resolve();
    });
    request.on("row", () => seen++);
    connection.execSqlBatch(request);
  });
}

async function firstLine(stream: ReadableStream<Uint8Array>): Promise<string> {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!text.includes("\n")) text += (await reader.read()).value ?? "\n";
  reader.releaseLock();
  return text;
}
