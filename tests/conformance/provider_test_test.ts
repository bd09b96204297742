/**
 * `dstream provider test`: built-ins pass, and each of the faults that a provider
 * can have is found by the check that is meant to find it.
 *
 * The faulty ones are the Python template with one line changed.
 *
 * @module
 */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { checks, runChecks } from "../../core/conformance/mod.ts";
import {
  systemClock,
  systemRandom,
  systemSpawner,
} from "../../core/ports/deno.ts";
import type { JsonObject } from "../../core/protocol/envelope.ts";
import { dstream } from "../e2e/support/program.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { assertGolden } from "../support/golden.ts";
import { needs } from "../support/needs.ts";
import { TempFolder } from "../support/temp_folder.ts";
import { inputMutants, type Mutant, outputMutants } from "./mutants/mutants.ts";

const TEMPLATES = fileURLToPath(
  new URL("../../templates/python/", import.meta.url),
);
const WORLD = {
  spawner: systemSpawner,
  clock: systemClock,
  random: systemRandom,
  os: Deno.build.os,
  patienceMs: 5000,
};
const hasPython = Deno.build.os !== "windows" && needs("python3");

/** The template as it is, or with a fault. */
async function writeProvider(
  folder: TempFolder,
  role: string,
  mutant?: Mutant,
): Promise<string> {
  for (const path of ["both/protocol.py", `${role}/provider.py`]) {
    const name = path.split("/")[1];
    let text = await Deno.readTextFile(join(TEMPLATES, path));
    for (const [from, to] of mutant?.changes ?? []) {
      text = text.replaceAll(from, to);
    }
    await folder.write(name, text);
  }
  const path = join(folder.path, "provider.py");
  await Deno.chmod(path, 0o755);
  return path;
}

for (
  const [name, config] of [
    ["counter", { interval: 0, max_count: 200 }],
    ["console", { outputFormat: "json" }],
  ] as const
) {
  Deno.test(`the built-in ${name} passes`, async () => {
    await using folder = await TempFolder.make();
    await folder.write("config.json", JSON.stringify(config));
    const { code, stdout, stderr } = await dstream(
      ["provider", "test", name, "--config", "config.json"],
      { cwd: folder.path, timeoutMs: 300_000 },
    );
    assert.equal(stderr, "");
    assert.ok(!/^FAILED /m.test(stdout), stdout);
    assert.equal(code, 0);
  });
}

for (
  const [role, mutants, config] of [
    ["input", inputMutants, { max_count: 100 }],
    ["output", outputMutants, { path: "out.jsonl" }],
  ] as const
) {
  Deno.test({
    name: `each fault of an ${role} is found by its check`,
    ignore: !hasPython,
    fn: async (t) => {
      for (const mutant of mutants) {
        await t.step(`${mutant.check}: ${mutant.fault}`, async () => {
          await using folder = await TempFolder.make();
          const path = await writeProvider(folder, role, mutant);
          const spec = await specOf(path);
          const subject = {
            argv: [path],
            cwd: folder.path,
            role,
            config: { ...config } as JsonObject,
            spec,
            hide: (text: string) => text,
          };
          const only = mutant.with === undefined
            ? [mutant.check]
            : [mutant.with, mutant.check];
          const results = runChecks(subject, WORLD, { only });
          const last = (await Array.fromAsync(results)).at(-1);
          assertEquals(last?.outcome, "failed", JSON.stringify(last));
        });
      }
    },
  });
}

async function specOf(path: string) {
  const { stdout } = await new Deno.Command(path, { args: ["spec"] }).output();
  return JSON.parse(new TextDecoder().decode(stdout));
}

Deno.test({
  name: "what fails is told with what was expected, the lines and the page",
  ignore: !hasPython,
  fn: async (t) => {
    await using folder = await TempFolder.make();
    const mutant = inputMutants.find(({ check }) => check === "config.refused");
    await writeProvider(folder, "input", mutant);
    const run = (...more: string[]) =>
      dstream([
        "provider",
        "test",
        "./provider.py",
        "--only",
        "config.refused",
        "--only",
        "words.version",
        ...more,
      ], { cwd: folder.path });
    await t.step("as text", async () => {
      const { stdout, code } = await run();
      assert.equal(code, 0);
      await assertGolden("conformance/failed.txt", stdout);
    });
    await t.step("as JSON and JUnit", async () => {
      const { stdout } = await run("--json", "--junit", "results.xml");
      const { passed, checks: [version, refused] } = JSON.parse(stdout);
      assertEquals([passed, version.outcome], [true, "passed"]);
      assertEquals(refused.outcome, "failed");
      const xml = (await folder.read("results.xml"))
        .replace(/time="[\d.]+"/g, 'time="…"');
      await assertGolden("conformance/failed.xml", xml);
    });
  },
});

Deno.test({
  name:
    "a program that echoes its start line fails for that, and shows no secret",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using folder = await TempFolder.make();
    const config = { password: "correct-horse-battery" };
    await folder.write("config.json", JSON.stringify(config));
    const { code, stdout } = await dstream([
      "provider",
      "test",
      "/bin/cat",
      "--role",
      "input",
      "--config",
      "config.json",
    ], { cwd: folder.path });
    assert.equal(code, 1);
    assert.match(stdout, /it wrote its start line back, as `cat` would/);
    assert.ok(!stdout.includes("correct-horse"), stdout);
  },
});

Deno.test("the page of every check is there", async () => {
  for (const { id, page } of checks) {
    const [path, anchor] = page.split("#");
    const text = await Deno.readTextFile(
      new URL(`../../${path}`, import.meta.url),
    );
    const anchors = text.split("\n").filter((line) => line.startsWith("#"))
      .map((line) =>
        line.replace(/^#+ /, "").toLowerCase().replace(/[^\w\- ]/g, "")
          .replaceAll(" ", "-")
      );
    assert.ok(anchors.includes(anchor), `${id}: there is no ${page}`);
  }
});
