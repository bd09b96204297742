/**
 * What every input does the same: tests that drive the real process.
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
import { assertConfirmsWhatIsDelivered } from "./promise_tests.ts";
import {
  rawLine,
  recordOf,
  version1Line,
  version2Line,
} from "./start_lines.ts";
import { Running, type Subject } from "./subject.ts";

/** A source that ends by itself. */
export interface FiniteInput extends Fixture {
  /** How many envelopes it holds; 20 or more make a better test. */
  readonly count: number;
  /**
   * Of a source that keeps a checkpoint of its own: how many envelopes it would
   * send again now. Throws when it was told something that makes no sense, such as
   * the same thing twice. With it, the promise itself is tested.
   */
  unconfirmed?(): number | Promise<number>;
}

/** What a test of an input needs to know. */
export interface InputUnderTest {
  readonly name: string;
  readonly subject: Subject;
  /** A source of a known number of envelopes, read within a second or so. */
  readonly finite: WithFixture<FiniteInput>;
  /** A source that doesn't end within a test; left out when it always ends. */
  readonly endless?: WithFixture<Fixture>;
  /** It has `needs`: without version 2 it must refuse to start under a CLI. */
  readonly needsVersion2?: boolean;
  /** What an envelope is known by after a restart: `data` when left out. */
  readonly identity?: (envelope: JsonObject) => Json;
}

/** Declares the tests. */
export function testInput(input: InputUnderTest): void {
  const { name, subject, finite, needsVersion2 } = input;
  testBothRoles(name, subject, "input", finite, { needsVersion2 });
  testWholeRuns(input);
  testResume(input);
  testPromise(input);
  if (input.endless !== undefined) testEnds(input, input.endless);
}

const isSignalled = Deno.build.os !== "windows";

function testWholeRuns(
  { name, subject, finite, needsVersion2 }: InputUnderTest,
): void {
  const start = (cwd?: string) => new Running({ ...subject, cwd });
  const firstLines = [
    ["a line", (config: JsonObject) => rawLine(config)],
    [
      "a line that ends in CRLF",
      (config: JsonObject) => rawLine(config).replace("\n", "\r\n"),
    ],
    [
      "a line without its end",
      (config: JsonObject) => rawLine(config).trimEnd(),
    ],
    [
      "a byte order mark first",
      (config: JsonObject) => `\uFEFF${rawLine(config)}`,
    ],
  ] as const;

  Deno.test(`${name} takes the bare config and says no word of its own`, async (t) => {
    for (const [what, line] of firstLines) {
      await t.step(what, () =>
        finite(async ({ config, count, cwd }) => {
          await using running = start(cwd);
          await running.send(line(config));
          await running.closeStdin();
          assertEnvelopes(await running.allLines(), count);
          await running.endsWith(0);
        }));
    }
  });

  Deno.test(`${name} speaks version 1 when nothing is offered`, () =>
    finite(async ({ config, count, cwd }) => {
      await using running = start(cwd);
      await running.send(version1Line(config));
      await running.closeStdin();
      if (needsVersion2) {
        const refusal = JSON.parse(await running.line() ?? "{}");
        assert.equal(refusal.status, "error");
        assert.match(refusal.message, /needs .*which was not offered/);
        return await running.endsWith(1);
      }
      await readyAs(running, 1);
      assertEnvelopes(await running.allLines(), count);
      await running.endsWith(0);
    }));

  Deno.test(`${name} ends version 2 with its last record`, () =>
    finite(async ({ config, count, cwd }) => {
      await using running = start(cwd);
      await running.send(version2Line(config));
      await readyAs(running, 2);
      const lines = await running.linesUntil(isEnd);
      assertEnvelopes(lines.filter((line) => !recordOf(line)), count);
      assertKnownRecords(lines);
      // It may be gone already, when it has no use for acknowledgements.
      await running.sendControl({ ack: count });
      assert.deepEqual(await running.allLines(), []);
      await running.endsWith(0);
    }));

  Deno.test(`${name} ends when the CLI goes after the end`, () =>
    finite(async ({ config, cwd }) => {
      await using running = start(cwd);
      await running.send(version2Line(config));
      await running.linesUntil((line) => recordOf(line)?.end === true);
      await running.closeStdin();
      await running.endsWith(0);
    }));
}

/** The source is told what is delivered, and nothing else. */
function testPromise(input: InputUnderTest): void {
  const { name, subject, finite, identity } = input;
  const know = identity ?? ((envelope) => envelope.data);
  Deno.test(`${name} confirms what is delivered, where its source keeps that`, () =>
    finite(async (fixture) => {
      const { unconfirmed } = fixture;
      if (unconfirmed === undefined) return;
      const source = { ...fixture, unconfirmed };
      await assertConfirmsWhatIsDelivered(
        subject,
        source,
        (line) => identityOf(line, know),
      );
    }));
}

/** Killed at a state, then started with it: nothing is missing. */
function testResume({ name, subject, finite, identity }: InputUnderTest): void {
  const know = identity ?? ((envelope) => envelope.data);

  Deno.test(`${name} goes on from its state after SIGKILL`, () =>
    finite(async ({ config, count, cwd }) => {
      const here = { ...subject, cwd };
      const wanted = await identities(here, config, know);
      assert.equal(wanted.length, count);
      const first = await killedAtState(here, config, count);
      if (first === undefined) return; // it has no use for `state`
      const rest = await identities(here, config, know, first.state);
      const before = first.envelopes.map((text) => identityOf(text, know));
      // A state behind the last envelope may also mean "start anew".
      const isAnew = before.length === count && rest.length === count;
      assertSame(isAnew ? rest : [...before, ...rest], wanted);
    }));
}

/** A whole list of envelopes in a message would help nobody. */
function assertSame(actual: readonly string[], wanted: readonly string[]) {
  const at = wanted.findIndex((each, index) => each !== actual[index]);
  if (at >= 0) assert.equal(actual[at], wanted[at], `at envelope ${at + 1}`);
  assert.equal(actual.length, wanted.length);
}

function identityOf(text: string, know: (envelope: JsonObject) => Json) {
  return JSON.stringify(know(JSON.parse(text)));
}

async function identities(
  subject: Subject,
  config: JsonObject,
  know: (envelope: JsonObject) => Json,
  resume?: Json,
): Promise<string[]> {
  await using running = new Running(subject);
  await running.send(version2Line(config, { resume }));
  await readyAs(running, 2);
  const lines = await running.linesUntil((line) =>
    recordOf(line)?.end === true
  );
  return lines.filter((line) => !recordOf(line))
    .map((line) => identityOf(line, know));
}

/**
 * Reads up to a state in the middle, then kills; where the source is too small
 * for that, up to the last state it has.
 */
async function killedAtState(
  subject: Subject,
  config: JsonObject,
  count: number,
): Promise<{ envelopes: string[]; state: Json } | undefined> {
  await using running = new Running(subject);
  await running.send(version2Line(config));
  const ready = await readyAs(running, 2);
  const { features } = ready.protocol as { features: string[] };
  if (!features.includes("state")) return undefined;
  const envelopes: string[] = [];
  let found: { envelopes: string[]; state: Json } | undefined;
  for (let line; (line = await running.line()) !== undefined;) {
    const record = recordOf(line);
    if (record === undefined) envelopes.push(line);
    else if (record.state !== undefined) {
      found = { envelopes: [...envelopes], state: record.state };
      if (envelopes.length >= count / 2 && envelopes.length < count) break;
    } else if (record.end === true) break;
  }
  running.kill("SIGKILL");
  assert.ok(found, "it has the feature `state` and wrote none");
  return found;
}

const VERSION_1_SIGNAL = ["SIGTERM", "version 1", version1Line, 0] as const;

function testEnds(
  { name, subject, needsVersion2 }: InputUnderTest,
  endless: WithFixture<Fixture>,
): void {
  const start = (cwd?: string) => new Running({ ...subject, cwd });

  Deno.test(`${name} ends cleanly on a stop record`, () =>
    endless(async ({ config, cwd }) => {
      await using running = start(cwd);
      await running.send(version2Line(config));
      await readyAs(running, 2);
      await running.line();
      await running.sendControl({ stop: true });
      await running.linesUntil(isEnd);
      await running.closeStdin();
      assert.deepEqual(await running.allLines(), []);
      await running.endsWith(0);
    }));

  Deno.test(`${name} hears a stop record while nobody reads`, () =>
    endless(async ({ config, cwd }) => {
      await using running = start(cwd);
      await running.send(version2Line(config));
      await readyAs(running, 2);
      await pause(300); // the pipe fills up
      await running.sendControl({ stop: true });
      await pause(100);
      await running.linesUntil((line) => recordOf(line)?.end === true);
      await running.closeStdin();
      await running.endsWith(0);
    }));

  Deno.test(`${name} ends when the CLI is gone`, () =>
    endless(async ({ config, cwd }) => {
      await using running = start(cwd);
      await running.send(version2Line(config));
      await readyAs(running, 2);
      await running.closeStdin();
      const lines = await running.allLines();
      assert.notDeepEqual(recordOf(lines.at(-1) ?? ""), { end: true });
      await running.endsWith(1);
      assertNoStackTrace(running.stderr);
    }));

  Deno.test(`${name} ends when nobody reads its stdout any more`, async (t) => {
    const starts = [
      ...(needsVersion2 ? [] : [["version 1", version1Line] as const]),
      ["by hand", rawLine] as const,
    ];
    for (const [what, line] of starts) {
      await t.step(what, () =>
        endless(async ({ config, cwd }) => {
          await using running = start(cwd);
          await running.send(line(config));
          await running.closeStdin();
          await running.line();
          await running.breakStdout();
          await running.endsWith(0);
          assertNoStackTrace(running.stderr);
        }));
    }
  });

  const signals = [
    ...(needsVersion2 ? [] : [VERSION_1_SIGNAL]),
    ["SIGTERM", "by hand", rawLine, 143],
    ["SIGINT", "by hand", rawLine, 130],
  ] as const;
  for (const [signal, what, line, status] of signals) {
    const isPossible = isSignalled;
    Deno.test({
      name: `${name} ends cleanly on ${signal}, ${what}`,
      ignore: !isPossible,
      fn: () =>
        endless(async ({ config, cwd }) => {
          await using running = start(cwd);
          await running.send(line(config));
          await running.linesUntil(isEnvelope);
          running.kill(signal);
          const lines = await running.allLines();
          for (const line of lines) assertEnvelope(line);
          await running.endsWith(status);
        }),
    });
  }
}

/** One that waits for its last acknowledgement can't close its stdout itself. */
function isEnd(line: string): boolean {
  return recordOf(line)?.end === true;
}

function isEnvelope(line: string): boolean {
  return line.startsWith("{") && JSON.parse(line).status === undefined;
}

function assertEnvelopes(lines: readonly string[], count: number): void {
  for (const line of lines) assertEnvelope(line);
  assert.equal(lines.length, count);
}

function assertEnvelope(line: string): void {
  assert.equal(line[0], "{", `not an envelope: ${line.slice(0, 200)}`);
  const envelope = JSON.parse(line);
  assert.ok("data" in envelope, `no data: ${line.slice(0, 200)}`);
  assert.equal(typeof envelope.metadata, "object");
}

function assertKnownRecords(lines: readonly string[]): void {
  for (const line of lines) {
    const record = recordOf(line);
    if (record === undefined) continue;
    const [key, ...others] = Object.keys(record);
    assert.ok(["state", "schema", "progress", "end"].includes(key), line);
    assert.deepEqual(others, []);
  }
}

function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}
