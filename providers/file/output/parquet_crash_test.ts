import { fromSource, Running } from "@dstream/sdk/testing";
import {
  recordOf,
  version2Line,
} from "../../../core/sdk/testing/start_lines.ts";
import { assert, assertEquals } from "../../../tests/support/assert.ts";
import { inFolder } from "../../../tests/support/file_output.ts";
import { needs } from "../../../tests/support/needs.ts";
import { readParquet } from "../../../tests/support/parquet.ts";
import { randomFrom } from "../../../tests/support/random.ts";

const subject = fromSource(new URL("./main.ts", import.meta.url));
const ROWS = 6000;
/** Another schema closes a file, so one has as many rows as this. */
const FILE_ROWS = 500;
const KILLS = 5;

/** When a run is killed: after a while, or as soon as a file is acknowledged. */
type When = number | "first_ack" | "never";

function linesOf(from: number, to: number): string {
  let text = "";
  for (let id = from; id < to; id++) {
    if (id === from || id % FILE_ROWS === 0) text += schemaOf(id);
    const data = { id, text: `row ${id} `.repeat(id % 20) };
    text += `${JSON.stringify({ data, metadata: { table: "t" } })}\n`;
  }
  return text;
}

function schemaOf(id: number): string {
  const isOdd = Math.floor(id / FILE_ROWS) % 2 === 1;
  const fields = [
    { name: "id", type: "int64" },
    { name: "text", type: "string" },
    ...(isOdd ? [{ name: "odd", type: "boolean" }] : []),
  ];
  return `\x1e${JSON.stringify({ schema: { table: "t", fields } })}\n`;
}

/** @returns How many rows are acknowledged in all. */
async function sendAndKill(
  cwd: string,
  from: number,
  when: When,
): Promise<number> {
  await using running = new Running({ ...subject, cwd });
  await running.send(version2Line({ path: "a-{seq}.parquet" }));
  await running.linesUntil((line) => line.startsWith('{"status":"ready"'));
  let acked = 0;
  const reading = (async () => {
    for (let line; (line = await running.line()) !== undefined;) {
      acked = Number(recordOf(line)?.ack ?? acked);
      if (when === "first_ack" && acked > 0) running.kill("SIGKILL");
    }
  })();
  const timer = typeof when === "number"
    ? setTimeout(() => running.kill("SIGKILL"), when)
    : undefined;
  for (let at = from; at < ROWS; at += 50) {
    await running.send(linesOf(at, Math.min(at + 50, ROWS)));
  }
  if (when === "never") {
    await running.closeStdin();
    await running.endsWith(0);
  }
  await reading;
  clearTimeout(timer);
  return from + acked;
}

function namesIn(folder: string, ending: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name)
    .filter((name) => name.endsWith(ending));
}

Deno.test({
  name:
    "killed again and again, every row is in a whole Parquet file, and twice only where an acknowledgement was lost",
  ignore: !needs("parquet") || Deno.build.os === "windows",
  fn: () =>
    inFolder(async (folder) => {
      const seed = Number(Deno.env.get("SEED") ?? Date.now() % 1_000_000);
      const random = randomFrom(seed);
      let acked = 0;
      let inTheMiddle = 0;
      const known = new Set<string>();
      /** Files that nobody heard of before the kill, and what was known then. */
      const unheard: { readonly name: string; readonly acked: number }[] = [];
      for (let kill = 0; kill < KILLS && acked < ROWS; kill++) {
        const when = kill % 2 === 0 ? "first_ack" : random() * 100;
        acked = await sendAndKill(folder, acked, when);
        inTheMiddle += namesIn(folder, ".part").length;
        for (const name of namesIn(folder, ".parquet")) {
          if (!known.has(name)) unheard.push({ name, acked });
          known.add(name);
        }
      }
      assert.ok(inTheMiddle > 0, `seed ${seed}: no file was half`);
      assertEquals(await sendAndKill(folder, acked, "never"), ROWS);
      assertEquals(namesIn(folder, ".part"), []);
      const files = await readParquet("arrow", folder);
      const idsOf = (name: string) =>
        files.get(name)!.rows.map(({ id }) => id as number);
      const copies = new Array<number>(ROWS).fill(0);
      for (const name of files.keys()) {
        for (const id of idsOf(name)) copies[id]++;
      }
      const expected = new Array<number>(ROWS).fill(1);
      for (const { name, acked } of unheard) {
        for (const id of idsOf(name)) if (id >= acked) expected[id]++;
      }
      assertEquals(copies, expected, `seed ${seed}`);
    }),
});
