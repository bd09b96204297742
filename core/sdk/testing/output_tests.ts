/**
 * What every output does the same: tests that drive the real process.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Json, JsonObject } from "../../protocol/envelope.ts";
import {
  assertNoStackTrace,
  type Fixture,
  readyAs,
  testBothRoles,
  type WithFixture,
} from "./both_roles.ts";
import { assertWaitsForDestination } from "./promise_tests.ts";
import {
  OFFER,
  rawLine,
  recordOf,
  version1Line,
  version2Line,
} from "./start_lines.ts";
import { Running, type Subject } from "./subject.ts";

/** A destination for one test. */
export interface OutputFixture extends Fixture {
  /**
   * The `data` of everything that arrived there, in order.
   * @param printed The provider's own output, without control records.
   */
  readonly arrived?: (printed: readonly string[]) => Promise<readonly Json[]>;
  /**
   * From now on the destination takes nothing; @returns how it goes on. With it,
   * it is tested that nothing is acknowledged before it is durable.
   */
  stall?(): Promise<() => Promise<void>>;
}

/** What a test of an output needs to know. */
export interface OutputUnderTest {
  readonly name: string;
  readonly subject: Subject;
  /** A fresh destination. */
  readonly destination: WithFixture<OutputFixture>;
  /** Longest line that is tried; 16 MiB when left out. */
  readonly longestBytes?: number;
}

/** Declares the tests. */
export function testOutput(output: OutputUnderTest): void {
  testBothRoles(output.name, output.subject, "output", output.destination);
  testWholeRuns(output);
  testLines(output);
  testAcknowledgements(output);
  testPromise(output);
  testEnds(output);
}

/** A destination that stands still is never acknowledged. */
function testPromise({ name, subject, destination }: OutputUnderTest): void {
  Deno.test(`${name} waits for a destination that stalls, where it can`, () =>
    destination(async (fixture) => {
      const { stall } = fixture;
      if (stall === undefined) return;
      const envelopes = DATA.map((data) => ({ data, metadata: {} }));
      await assertWaitsForDestination(
        subject,
        { ...fixture, stall },
        envelopes,
      );
    }));
}

const isSignalled = Deno.build.os !== "windows";
const DATA: readonly Json[] = [
  { id: 1, name: "Zoë 🎈" },
  "plain text",
  { id: 2, nested: { list: [1, 2.5, null, true], text: 'a "quoted" \\ one' } },
  [1, 2, 3],
  { id: 3, text: "\u001e\u2028 line\nbreak\r\ttab" },
];

function lineOf(data: Json, seq: number): string {
  return `${JSON.stringify({ data, metadata: { seq } })}\n`;
}

function linesOf(data: readonly Json[]): string {
  return data.map((each, index) => lineOf(each, index + 1)).join("");
}

/** What came back, taken apart. */
interface Answer {
  readonly printed: readonly string[];
  readonly acks: readonly number[];
  readonly rejects: readonly { readonly seq: number; readonly code?: string }[];
}

function takeApart(lines: readonly string[]): Answer {
  const records = lines.map(recordOf).filter((record) => record !== undefined);
  for (const record of records) {
    const [key] = Object.keys(record);
    assert.ok(["ack", "reject", "hello"].includes(key), JSON.stringify(record));
  }
  return {
    printed: lines.filter((line) => recordOf(line) === undefined),
    acks: records.flatMap((record) => (record.ack as number | undefined) ?? []),
    rejects: records.flatMap((record) =>
      (record.reject as { seq: number } | undefined) ?? []
    ),
  };
}

function testWholeRuns({ name, subject, destination }: OutputUnderTest): void {
  const forms = [
    ["the bare config", 0, rawLine],
    ["version 1", 1, version1Line],
    ["version 2", 2, version2Line],
  ] as const;
  for (const [what, version, startLine] of forms) {
    Deno.test(`${name} takes all there is, started with ${what}`, () =>
      destination(async ({ config, cwd, arrived }) => {
        await using running = new Running({ ...subject, cwd });
        await running.send(startLine(config) + linesOf(DATA));
        await running.closeStdin();
        if (version > 0) await readyAs(running, version as 1 | 2);
        const { printed, acks } = takeApart(await running.allLines());
        await running.endsWith(0);
        if (version < 2) assert.deepEqual(acks, []);
        else assert.equal(acks.at(-1), DATA.length);
        if (arrived) assert.deepEqual(await arrived(printed), DATA);
      }));
  }

  Deno.test(`${name} takes an empty stream`, () =>
    destination(async ({ config, cwd, arrived }) => {
      await using running = new Running({ ...subject, cwd });
      await running.send(version2Line(config));
      await running.closeStdin();
      await readyAs(running, 2);
      const { printed } = takeApart(await running.allLines());
      await running.endsWith(0);
      if (arrived) assert.deepEqual(await arrived(printed), []);
    }));
}

function testLines(output: OutputUnderTest): void {
  const { name, subject, destination } = output;
  const cases: readonly (readonly [string, string | Uint8Array[], Json[]])[] = [
    ["lines that end in CRLF", linesOf(DATA).replaceAll("\n", "\r\n"), [
      ...DATA,
    ]],
    ["a last line without its end", linesOf(DATA).trimEnd(), [...DATA]],
    ["a last line cut in the middle", linesOf(DATA).slice(0, -20), [
      ...DATA.slice(0, -1),
    ]],
    ["records it doesn't know", `\x1e{"hm":1}\n${linesOf(DATA)}\x1e{"a":1}\n`, [
      ...DATA,
    ]],
    ["characters cut in two", inPieces(linesOf(DATA), 7), [...DATA]],
    ["a line of 1 MiB", lineOf("x".repeat(1 << 20), 1), ["x".repeat(1 << 20)]],
  ];
  Deno.test(`${name} takes lines as they come`, async (t) => {
    for (const [what, sent, expected] of cases) {
      await t.step(what, () => assertTaken(output, sent, expected));
    }
  });

  Deno.test(`${name} takes the longest line there may be, and no longer`, async (t) => {
    const longest = output.longestBytes ?? 16 * 1024 * 1024;
    const text = "y".repeat(longest - lineOf("", 1).length);
    await t.step(
      `${longest} bytes`,
      () => assertTaken(output, lineOf(text, 1) + lineOf(2, 2), [text, 2]),
    );
    await t.step(
      "an endless line is an error",
      () =>
        destination(async ({ config, cwd }) => {
          await using running = new Running({ ...subject, cwd });
          await running.send(version1Line(config));
          const sending = running.send("z".repeat(40 * 1024 * 1024));
          await running.endsWith(1);
          assert.match(running.stderr, /longer than/);
          assertNoStackTrace(running.stderr);
          await sending;
        }),
    );
  });

  Deno.test(`${name} rejects lines that are no envelopes`, () =>
    destination(async ({ config, cwd, arrived }) => {
      const wrong = ["", "nonsense", "[1]", '"text"', "  ", "42"];
      await using running = new Running({ ...subject, cwd });
      await running.send(version2Line(config) + lineOf("first", 1));
      await running.send(wrong.map((line) => `${line}\n`).join(""));
      await running.send(lineOf("last", 8));
      await running.closeStdin();
      await readyAs(running, 2);
      const lines = await running.allLines();
      const { printed, rejects, acks } = takeApart(lines);
      assert.deepEqual(rejects.map(({ seq }) => seq), [2, 3, 4, 5, 6, 7]);
      assert.ok(rejects.every(({ code }) => code === "invalid"));
      assertRejectedBeforeAcked(lines);
      assert.equal(acks.at(-1), wrong.length + 2);
      await running.endsWith(0);
      if (arrived) assert.deepEqual(await arrived(printed), ["first", "last"]);
    }));
}

async function assertTaken(
  { subject, destination }: OutputUnderTest,
  sent: string | readonly Uint8Array[],
  expected: readonly Json[],
): Promise<void> {
  await destination(async ({ config, cwd, arrived }) => {
    await using running = new Running({ ...subject, cwd });
    const reading = running.allLines();
    await running.send(version2Line(config));
    for (const piece of typeof sent === "string" ? [sent] : sent) {
      await running.send(piece);
    }
    await running.closeStdin();
    const lines = (await reading).filter((line) => !isHandshake(line));
    const { printed, acks } = takeApart(lines);
    await running.endsWith(0);
    assert.equal(acks.at(-1), expected.length);
    if (arrived) assert.deepEqual(await arrived(printed), expected);
  });
}

function isHandshake(line: string): boolean {
  return line.startsWith('{"status":"ready"');
}

function inPieces(text: string, sizeBytes: number): Uint8Array[] {
  const bytes = new TextEncoder().encode(text);
  const count = Math.ceil(bytes.length / sizeBytes);
  return Array.from(
    { length: count },
    (_, i) => bytes.slice(i * sizeBytes, (i + 1) * sizeBytes),
  );
}

function assertRejectedBeforeAcked(lines: readonly string[]): void {
  let acked = 0;
  for (const record of lines.map(recordOf)) {
    if (record?.ack !== undefined) acked = record.ack as number;
    const seq = (record?.reject as JsonObject | undefined)?.seq as number;
    if (seq !== undefined) assert.ok(seq > acked, `${seq} after ack ${acked}`);
  }
}

/** Far more than the 50 ms that are promised, for machines that are busy. */
const ACK_WITHIN_MS = 2000;

function testAcknowledgements(
  { name, subject, destination }: OutputUnderTest,
): void {
  Deno.test(`${name} acknowledges without waiting for more`, () =>
    destination(async ({ config, cwd }) => {
      await using running = new Running({ ...subject, cwd });
      const window = { bytes: 2000, envelopes: 10 };
      const protocol = { ...OFFER, window };
      await running.send(version2Line(config, { protocol }));
      await readyAs(running, 2);
      let sent = 0;
      for (const count of [1, 4, 5, 1]) {
        const startMs = performance.now();
        for (let i = 0; i < count; i++) await running.send(lineOf(i, ++sent));
        await running.linesUntil((line) => recordOf(line)?.ack === sent);
        assert.ok(performance.now() - startMs < ACK_WITHIN_MS);
      }
    }));

  Deno.test(`${name} has delivered what it acknowledged before SIGKILL`, () =>
    destination(async ({ config, cwd, arrived }) => {
      await using running = new Running({ ...subject, cwd });
      await running.send(version2Line(config));
      await readyAs(running, 2);
      const data = Array.from({ length: 500 }, (_, i) => i + 1);
      await running.send(linesOf(data));
      const before = await running.linesUntil((line) => !!recordOf(line)?.ack);
      running.kill("SIGKILL");
      const lines = [...before, ...await running.allLines()];
      const { printed, acks } = takeApart(lines);
      if (arrived === undefined) return;
      const there = await arrived(printed);
      const acked = data.slice(0, acks.at(-1));
      assert.deepEqual(there.slice(0, acked.length), acked);
    }));
}

function testEnds({ name, subject, destination }: OutputUnderTest): void {
  Deno.test({
    name: `${name} takes SIGTERM as word that stdin will end`,
    ignore: !isSignalled,
    fn: () =>
      destination(async ({ config, cwd }) => {
        await using running = new Running({ ...subject, cwd });
        await running.send(version2Line(config));
        await readyAs(running, 2);
        running.kill("SIGTERM");
        await running.send(linesOf(DATA));
        await running.closeStdin();
        const { acks } = takeApart(await running.allLines());
        assert.equal(acks.at(-1), DATA.length);
        await running.endsWith(0);
      }),
  });

  Deno.test(`${name} ends when nobody hears its acknowledgements`, () =>
    destination(async ({ config, cwd }) => {
      await using running = new Running({ ...subject, cwd });
      await running.send(version2Line(config));
      await readyAs(running, 2);
      await running.breakStdout();
      for (let seq = 1; seq <= 3; seq++) await running.send(lineOf(seq, seq));
      await running.end();
      assertNoStackTrace(running.stderr);
    }));

  Deno.test(`${name} loses nothing when its stdout is read slowly`, () =>
    destination(async ({ config, cwd, arrived }) => {
      await using running = new Running({ ...subject, cwd });
      await running.send(version2Line(config));
      await readyAs(running, 2);
      const data = Array.from({ length: 2000 }, (_, i) => `${i} ${FILLER}`);
      const sending = running.send(linesOf(data)).then(() =>
        running.closeStdin()
      );
      await new Promise((resolve) => setTimeout(resolve, 300));
      const { printed, acks } = takeApart(await running.allLines());
      await sending;
      await running.endsWith(0);
      assert.equal(acks.at(-1), data.length);
      if (arrived) assert.deepEqual(await arrived(printed), data);
    }));
}

/** Long enough that a pipe is full before all is sent. */
const FILLER = "x".repeat(1000);
