import type { Json } from "@dstream/sdk";
import { fromSource, Running } from "@dstream/sdk/testing";
import {
  recordOf,
  version2Line,
} from "../../../core/sdk/testing/start_lines.ts";
import { assertEquals } from "../../../tests/support/assert.ts";
import { inFolder } from "../../../tests/support/file_input.ts";
import { randomFrom } from "../../../tests/support/random.ts";

const subject = fromSource(new URL("./main.ts", import.meta.url));
const LINES = 60_000;
const KILLS = 6;

/** What a CLI would have in hand after a run: settled lines and their state. */
interface Settled {
  readonly lines: string[];
  readonly state: Json | undefined;
  readonly hasEnded: boolean;
}

/** Runs until so many lines came, or the end; keeps what a state covers. */
async function runAndKill(
  cwd: string,
  config: Record<string, Json>,
  resume: Json | undefined,
  maxLines: number,
): Promise<Settled> {
  await using running = new Running({ ...subject, cwd });
  await running.send(version2Line(config, { resume }));
  await running.linesUntil((line) => line.startsWith('{"status":"ready"'));
  const lines: string[] = [];
  let state = resume;
  let settled = 0;
  let hasEnded = false;
  for (let line; (line = await running.line()) !== undefined;) {
    const record = recordOf(line);
    if (record === undefined) lines.push(line);
    if (record?.state !== undefined) {
      state = record.state;
      settled = lines.length;
    }
    if (record?.end) hasEnded = true;
    if (lines.length >= maxLines || hasEnded) break;
  }
  // It is killed when `running` is disposed of.
  return { lines: lines.slice(0, settled), state, hasEnded };
}

const cases: [
  string,
  Record<string, Json>,
  (folder: string) => Promise<void>,
][] = [
  ["JSON Lines in three files", { path: "*.jsonl" }, async (folder) => {
    for (let file = 0; file < 3; file++) {
      const lines = Array.from(
        { length: LINES / 3 },
        (_, n) => `${file * LINES / 3 + n}\n`,
      );
      await Deno.writeTextFile(`${folder}/${file}.jsonl`, lines.join(""));
    }
  }],
  ["CSV in gzip", { path: "a.csv.gz" }, async (folder) => {
    const { gzipSync } = await import("node:zlib");
    const lines = Array.from({ length: LINES }, (_, n) => `"${n}\n"\n`);
    await Deno.writeFile(
      `${folder}/a.csv.gz`,
      gzipSync(`n\n${lines.join("")}`),
    );
  }],
];

for (const [name, config, write] of cases) {
  Deno.test(`killed again and again, nothing is lost or repeated: ${name}`, () =>
    inFolder(async (folder) => {
      await write(folder);
      const seed = Date.now() % 1_000_000;
      const random = randomFrom(seed);
      const lines: string[] = [];
      let state: Json | undefined;
      for (let run = 0, hasEnded = false; !hasEnded; run++) {
        const most = run < KILLS ? random() * LINES / 3 : Infinity;
        const settled = await runAndKill(folder, config, state, most);
        lines.push(...settled.lines);
        ({ state, hasEnded } = settled);
      }
      const numbers = lines.map((line) => {
        const { data } = JSON.parse(line);
        return Number(data.n ?? data);
      });
      assertEquals(numbers, [...Array(LINES).keys()], `seed ${seed}`);
    }));
}
