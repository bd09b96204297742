/**
 * What every provider does the same, whatever its role.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { JsonObject } from "../../protocol/envelope.ts";
import type { ProviderSpec } from "../provider.ts";
import { Running, type Subject } from "./subject.ts";
import {
  OFFER,
  rawLine,
  recordOf,
  version1Line,
  version2Line,
} from "./start_lines.ts";
import { documented, wrongConfigs } from "./wrong_configs.ts";

/** A stack trace, or words of a runtime that no user should see. */
const STACK_TRACE = /^\s+at .+[:(]|Uncaught|\.ts:\d+:\d+/m;

/** A config that works, and where the process runs. */
export interface Fixture {
  readonly config: JsonObject;
  readonly cwd?: string;
}

/** Makes what one test needs, and removes it. */
export type WithFixture<T extends Fixture> = (
  test: (fixture: T) => Promise<void>,
) => Promise<void>;

/** Nothing a user sees may look like a crash of ours. */
export function assertNoStackTrace(stderr: string): void {
  assert.doesNotMatch(stderr, STACK_TRACE);
}

/** Runs with arguments and nothing on stdin. */
export async function describe(
  subject: Subject,
  args: readonly string[],
): Promise<{ text: string; code: number; stderr: string }> {
  await using running = new Running(subject, args);
  await running.closeStdin();
  const text = (await running.allLines()).join("\n");
  const { code } = await running.end();
  return { text, code, stderr: running.stderr };
}

/** Reads up to `ready`, which must agree to `version`. */
export async function readyAs(
  running: Running,
  version: 1 | 2,
): Promise<JsonObject> {
  const lines = await running.linesUntil((line) => line.startsWith("{"));
  const ready = JSON.parse(lines.at(-1) ?? "");
  assert.equal(ready.status, "ready", lines.join("\n"));
  assert.equal(ready.protocol?.version ?? 1, version);
  for (const line of lines.slice(0, -1)) {
    assert.equal(version, 2, `before ready: ${line}`);
    assert.deepEqual(recordOf(line), { hello: { version: 2 } });
  }
  return ready;
}

/** Declares the tests that inputs and outputs share. */
export function testBothRoles<T extends Fixture>(
  name: string,
  subject: Subject,
  role: "input" | "output",
  withFixture: WithFixture<T>,
  { needsVersion2 = false }: { readonly needsVersion2?: boolean } = {},
): void {
  const start = (cwd?: string) => new Running({ ...subject, cwd });

  Deno.test(`${name} says what it is`, async (t) => {
    const spec = await describe(subject, ["spec"]);
    const { config, ...said }: ProviderSpec = JSON.parse(spec.text);
    await t.step("spec: name, version, role, description", () => {
      assert.equal(spec.code, 0);
      assert.equal(said.role, role);
      assert.equal(said.protocol.version, 2);
      assert.ok(said.name && said.version && said.description);
    });
    await t.step("spec: every key has a description and an example", () => {
      for (const [key, property] of Object.entries(documented(config))) {
        assert.ok(property.description, `${key} has no description`);
        assert.ok(property.examples, `${key} has no example`);
      }
    });
    await t.step("--version and --help", async () => {
      const version = await describe(subject, ["--version"]);
      assert.equal(version.text, `${said.name} ${said.version}`);
      const help = await describe(subject, ["--help"]);
      for (const key of Object.keys(documented(config))) {
        assert.ok(help.text.includes(key), `--help says nothing of ${key}`);
      }
    });
    await t.step("an argument it doesn't know ends with status 2", async () => {
      const wrong = await describe(subject, ["--no-such-thing"]);
      assert.equal(wrong.code, 2);
      assert.match(wrong.stderr, /--no-such-thing/);
    });
  });

  Deno.test(`${name} refuses a config that can't work`, async (t) => {
    const spec = JSON.parse((await describe(subject, ["spec"])).text);
    await withFixture(async ({ config: good, cwd }) => {
      for (const wrong of wrongConfigs(spec.config, good)) {
        await t.step(wrong.name, async () => {
          await using running = start(cwd);
          await running.send(version2Line(wrong.config));
          const lines = await running.allLines();
          const refusal = JSON.parse(lines.at(-1) ?? "{}");
          assert.equal(refusal.status, "error", lines.join("\n"));
          assert.equal(refusal.path, wrong.path, refusal.message);
          assert.ok(lines.slice(0, -1).every((line) => recordOf(line)?.hello));
          await running.endsWith(1);
          assertNoStackTrace(running.stderr);
        });
      }
      await t.step("in the oldest form on stderr alone", async () => {
        await using running = start(cwd);
        await running.send(rawLine({ ...good, no_such_key: 1 }));
        await running.closeStdin();
        assert.deepEqual(await running.allLines(), []);
        await running.endsWith(1);
        assert.match(running.stderr, /no_such_key/);
        assertNoStackTrace(running.stderr);
      });
    });
  });

  Deno.test(`${name} refuses a start line that makes no sense`, async (t) => {
    const cases = [
      ["nothing at all", "", 0],
      ["no JSON", "interval=10\n", 0],
      ["a list", "[]\n", 0],
      ["an unknown command", '{"command":"walk"}\n', 1],
      ["a config that is a list", '{"command":"run","config":[]}\n', 1],
      [
        "an offer without a version",
        '{"command":"run","config":{},"protocol":{}}\n',
        1,
      ],
    ] as const;
    for (const [what, line, answers] of cases) {
      await t.step(what, async () => {
        await using running = start();
        await running.send(line);
        await running.closeStdin();
        const lines = await running.allLines();
        assert.equal(lines.length, answers, lines.join("\n"));
        for (const answer of lines) {
          assert.equal(JSON.parse(answer).status, "error");
        }
        await running.endsWith(1);
        assertNoStackTrace(running.stderr);
      });
    }
  });

  Deno.test(`${name} agrees on the lower version`, async (t) => {
    for (const [offered, answered] of [[1, 1], [2, 2], [9, 2]] as const) {
      if (needsVersion2 && offered === 1) continue;
      await t.step(
        `${answered} when offered ${offered}`,
        () =>
          withFixture(async ({ config, cwd }) => {
            await using running = start(cwd);
            const protocol = { ...OFFER, version: offered };
            await running.send(version2Line(config, { protocol }));
            const ready = await readyAs(running, answered);
            const features = (ready.protocol as JsonObject)
              .features as string[];
            for (const feature of features) {
              assert.ok((OFFER.features as string[]).includes(feature));
            }
          }),
      );
    }
  });

  Deno.test(`${name} answers lifecycle commands with a report`, async (t) => {
    for (const command of ["plan", "status"]) {
      await t.step(command, () =>
        withFixture(async ({ config, cwd }) => {
          await using running = start(cwd);
          await running.send(version1Line(config, command));
          await running.closeStdin();
          await readyAs(running, 1);
          const report = JSON.parse(await running.line() ?? "");
          assert.ok(report.changes ?? report.resources ?? report.message);
          assert.equal(await running.line(), undefined);
          await running.endsWith(0);
        }));
    }
  });
}
