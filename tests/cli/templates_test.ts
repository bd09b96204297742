/**
 * `dstream provider new`: what it writes is templates/, and passes
 * `dstream provider test` with the real toolchain of its language.
 *
 * `UPDATE=1` writes cli/templates/files.ts anew.
 *
 * @module
 */

import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import project from "../../deno.json" with { type: "json" };
import { hostTarget } from "../../scripts/compile/targets.ts";
import { writeSdk } from "../../scripts/release/npm/package.ts";
import { dstream, programArgv } from "../e2e/support/program.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { needs } from "../support/needs.ts";
import { TempFolder } from "../support/temp_folder.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const FILES = join(ROOT, "cli/templates/files.ts");
const HEAD = `/**
 * The files of templates/, for \`dstream provider new\`: made of them by
 * tests/cli/templates_test.ts, so that an executable has them too.
 *
 * @module
 */

// deno-fmt-ignore-file

/** Language, role and name; the text as it is there. */
export const files: Readonly<Record<string, string>> = `;

async function templates(): Promise<Record<string, string>> {
  const folder = join(ROOT, "templates");
  const files: Record<string, string> = {};
  const walk = async (path: string): Promise<void> => {
    for await (const { name, isDirectory } of Deno.readDir(path)) {
      const inner = join(path, name);
      if (isDirectory) await walk(inner);
      else {
        const key = relative(folder, inner).replaceAll("\\", "/");
        files[key] = await Deno.readTextFile(inner);
      }
    }
  };
  await walk(folder);
  return Object.fromEntries(Object.entries(files).sort());
}

Deno.test("the executable has the templates as they are", async () => {
  const text = `${HEAD}${JSON.stringify(await templates(), null, 2)};\n`;
  if (Deno.env.has("UPDATE")) await Deno.writeTextFile(FILES, text);
  assertEquals(await Deno.readTextFile(FILES), text);
});

const LANGUAGES = [["python", "python3"], ["node", "node"], ["go", "go"]];

for (const [lang, tool] of LANGUAGES) {
  for (const role of ["input", "output"]) {
    Deno.test({
      name: `an ${role} in ${lang} is tested, run and built`,
      ignore: Deno.build.os === "windows" || !needs(tool),
      fn: () => tryTemplate(lang, role),
    });
  }
}

async function tryTemplate(lang: string, role: string): Promise<void> {
  await using folder = await TempFolder.make();
  const name = `${role}-try`;
  const made = await dstream(
    ["provider", "new", name, "--role", role, "--lang", lang],
    { cwd: folder.path },
  );
  assert.equal(made.code, 0, made.stderr);
  const cwd = join(folder.path, name);
  const tested = await inShell("./test.sh", cwd);
  assert.ok(tested.isOk, tested.text);
  assert.ok(!/^FAILED /m.test(tested.text), tested.text);
  const run = await dstream(["run", "try"], { cwd, timeoutMs: 60_000 });
  assert.equal(run.code, 0, run.stderr);
  const seen = role === "input"
    ? run.stdout
    : await Deno.readTextFile(join(cwd, "out.jsonl"));
  assert.equal(seen.trimEnd().split("\n").length, 5, seen);
  const built = await inShell(
    `./build.sh && dist/${name}_linux_amd64 --version`,
    cwd,
  );
  assert.ok(built.isOk && built.text.includes(`${name} 0.1.0`), built.text);
}

/** What executables are compiled with, where it was prepared. */
const BASE = join(ROOT, ".cache/base");
const DENO = join(BASE, "deno");
const canCompile = await Deno.stat(DENO).then(() => true, () => false);

Deno.test({
  name: "both roles in TypeScript run under Deno and Node, and are built",
  ignore: Deno.build.os === "windows" || !needs("npm"),
  fn: async (t) => {
    await using folder = await TempFolder.make();
    const sdk = await writeSdk(folder.path, project.version);
    for (const [role, tested] of [["input", "Node"], ["output", "Deno"]]) {
      const name = `${role}-try`;
      const cwd = join(folder.path, name);
      const sh = async (script: string, env?: Record<string, string>) => {
        const { isOk, text } = await inShell(script, cwd, env);
        assert.ok(isOk, text);
        return text;
      };
      await t.step(
        `${role}: npm installs the SDK`,
        async () => {
          const words = ["--role", role, "--lang", "typescript"];
          const made = await dstream(["provider", "new", name, ...words], {
            cwd: folder.path,
          });
          assert.equal(made.code, 0, made.stderr);
          // They are for bundling without Deno, and would have to be fetched.
          await sh("npm pkg delete devDependencies");
          await sh(`npm install --offline --no-audit --no-fund "${sdk}"`);
          await sh("./bundle.sh build/provider.mjs");
        },
      );
      for (const [runtime, RUN_WITH_NODE] of [["Deno", ""], ["Node", "1"]]) {
        await t.step(`${role} under ${runtime}`, async () => {
          if (runtime === tested) {
            await sh(`./test.sh --only ${role}.resume`, { RUN_WITH_NODE });
          }
          const ran = await sh(
            "rm -rf out.jsonl .dstream; dstream run try; cat out.jsonl || true",
            { RUN_WITH_NODE },
          );
          const seen = ran.match(/"?(square|value|timestamp)"?: ?\S/g) ?? [];
          assert.ok(seen.length >= 5, ran);
        });
      }
      await t.step(`${role} as a module, and compiled`, async () => {
        const env: Record<string, string> = canCompile
          ? { DENO, DENORT_BIN: join(BASE, `denort-${hostTarget().name}`) }
          : { PLATFORMS: " " };
        const module = `provider exec --module dist/${name}.mjs`;
        const said = `${name} 0.1.0\n`;
        await sh("./build.sh", env);
        assertEquals(await sh(`dstream ${module} --version`), said);
        if (!canCompile) return;
        assertEquals(await sh(`dist/${name}_linux_amd64 --version`), said);
      });
    }
  },
});

/** With `dstream` on its path, as its users have it. */
async function inShell(
  script: string,
  cwd: string,
  env: Record<string, string> = {},
) {
  await using bin = await TempFolder.make();
  const words = programArgv([]).map((word) => `'${word}'`).join(" ");
  const program = join(bin.path, "dstream");
  await Deno.writeTextFile(program, `#!/bin/sh\nexec ${words} "$@"\n`);
  await Deno.chmod(program, 0o755);
  const { stdout, stderr, success } = await new Deno.Command("sh", {
    args: ["-euc", script],
    cwd,
    // Compiling Go's library for five platforms takes minutes.
    env: {
      PLATFORMS: "linux/amd64",
      ...env,
      PATH: `${bin.path}:${env.PATH ?? Deno.env.get("PATH")}`,
    },
  }).output();
  const decoder = new TextDecoder();
  const text = decoder.decode(stdout) + decoder.decode(stderr);
  return { isOk: success, text };
}

Deno.test("a name that is taken, or none, is refused", async () => {
  await using folder = await TempFolder.make();
  const words = ["--role", "input", "--lang", "python"];
  const run = (name: string) =>
    dstream(["provider", "new", name, ...words], { cwd: folder.path });
  assert.equal((await run("twice")).code, 0);
  for (
    const [name, code] of [
      ["twice", "usage.folder_exists"],
      ["No Name", "usage.provider_name"],
    ]
  ) {
    const { code: status, stderr } = await run(name);
    assert.equal(status, 2);
    assert.match(stderr, new RegExp(code));
  }
});
