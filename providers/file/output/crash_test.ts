import { gunzipSync } from "node:zlib";
import type { Json } from "@dstream/sdk";
import { fromSource, Running } from "@dstream/sdk/testing";
import {
  recordOf,
  version2Line,
} from "../../../core/sdk/testing/start_lines.ts";
import { assert } from "../../../tests/support/assert.ts";
import { inFolder } from "../../../tests/support/file_output.ts";
import { randomFrom } from "../../../tests/support/random.ts";

const subject = fromSource(new URL("./main.ts", import.meta.url));
const LINES = 4000;
const KILLS = 4;
/** Lines of several lengths, so that a kill hits the middle of one. */
const FILLER = 'x"\n'.repeat(400);

function envelope(n: number): string {
  const data = { n, filler: FILLER.slice(0, n % FILLER.length) };
  return `${JSON.stringify({ data, metadata: { n } })}\n`;
}

/**
 * Sends everything from `from` on and kills after a while, as an output dies.
 * @returns How many lines are acknowledged in all.
 */
async function sendAndKill(
  cwd: string,
  config: Record<string, Json>,
  from: number,
  afterMs: number | undefined,
): Promise<number> {
  await using running = new Running({ ...subject, cwd });
  await running.send(version2Line(config));
  await running.linesUntil((line) => line.startsWith('{"status":"ready"'));
  let acked = 0;
  const reading = (async () => {
    for (let line; (line = await running.line()) !== undefined;) {
      acked = Number(recordOf(line)?.ack ?? acked);
    }
  })();
  const timer = afterMs === undefined
    ? undefined
    : setTimeout(() => running.kill("SIGKILL"), afterMs);
  for (let n = from; n < LINES; n += 20) {
    const count = Math.min(20, LINES - n);
    const some = Array.from({ length: count }, (_, i) => envelope(n + i));
    await running.send(some.join(""));
  }
  if (afterMs === undefined) {
    await running.closeStdin();
    await running.endsWith(0);
  }
  await reading;
  clearTimeout(timer);
  return from + acked;
}

/** The files of a folder in order, unpacked; none may be unfinished. */
function readAll(folder: string): string {
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  assert(names.every((name) => !/\.(part|lock)$/.test(name)), String(names));
  return names.map((name) => {
    const bytes = Deno.readFileSync(`${folder}/${name}`);
    return new TextDecoder().decode(
      name.endsWith(".gz") ? gunzipSync(bytes) : bytes,
    );
  }).join("");
}

function jsonNumbers(text: string): number[] {
  assert(text.endsWith("\n"));
  return text.trimEnd().split("\n").map((line) => {
    const value = JSON.parse(line); // a torn line would fail here
    const { n, filler } = value.data ?? value;
    assert(filler.length === n % FILLER.length);
    return n;
  });
}

function csvNumbers(text: string): number[] {
  const records = text.matchAll(/^(\d+|n),("(?:[^"]|"")*"|[^"\n]*)\n/gm);
  let length = 0;
  const numbers: number[] = [];
  for (const [record, n, filler] of records) {
    length += record.length;
    if (n === "n") continue; // a header
    const value = filler.replace(/^"|"$/g, "").replaceAll('""', '"');
    assert(value.length === Number(n) % FILLER.length, `record ${n}`);
    numbers.push(Number(n));
  }
  assert(length === text.length, "something is no record");
  return numbers;
}

const cases: [string, Record<string, Json>, (text: string) => number[]][] = [
  ["JSON Lines, appended", { path: "a.jsonl" }, jsonNumbers],
  ["envelopes in parts", {
    path: "a-{seq}.jsonl",
    format: "envelopes",
    max_bytes: 200_000,
  }, jsonNumbers],
  ["JSON Lines in gzip", { path: "a.jsonl.gz" }, jsonNumbers],
  [
    "gzip in parts",
    { path: "a-{seq}.jsonl.gz", max_bytes: 10_000 },
    jsonNumbers,
  ],
  ["CSV, appended", { path: "a.csv" }, csvNumbers],
  ["CSV in parts", { path: "a-{seq}.csv", max_bytes: 200_000 }, csvNumbers],
];

for (const [name, config, numbersOf] of cases) {
  Deno.test(`killed again and again, no line is lost or torn: ${name}`, () =>
    inFolder(async (folder) => {
      const seed = Date.now() % 1_000_000;
      const random = randomFrom(seed);
      let acked = 0;
      for (let kill = 0; kill < KILLS && acked < LINES; kill++) {
        const afterMs = random() * 60;
        acked = await sendAndKill(folder, config, acked, afterMs);
      }
      await sendAndKill(folder, config, acked, undefined);
      const numbers = numbersOf(readAll(folder));
      // Each repeat steps back to where a replay began, and goes on from there.
      let next = 0;
      for (const n of numbers) {
        assert(n <= next, `seed ${seed}: ${n} after ${next - 1}`);
        next = Math.max(next, n + 1);
      }
      assert(next === LINES, `seed ${seed}: ends with ${next - 1}`);
    }));
}
