/**
 * Runs every command block of README.md and docs/: what users are told works.
 *
 * Each page gets a copy of examples/ of its own, in which its blocks run in order.
 *
 * @module
 */

import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { programArgv } from "../e2e/support/program.ts";
import { assert } from "../support/assert.ts";
import {
  canRunRegistry,
  RealRegistry,
} from "../support/registry/real_registry.ts";
import { TempFolder } from "../support/temp_folder.ts";
import { matches, readSteps, type Step } from "./markdown.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** A page that skips its blocks isn't tested: this may only be lowered. */
const MAX_SKIPPED = 12;
const TIMEOUT_MS = 60_000;

async function listPages(): Promise<string[]> {
  const pages: string[] = [];
  for (const folder of [ROOT, join(ROOT, "docs")]) {
    for await (const { name } of Deno.readDir(folder)) {
      const isPage = folder === ROOT
        ? name === "README.md"
        : /\.md$/.test(name);
      if (isPage) pages.push(join(folder, name));
    }
  }
  return pages.sort();
}

/** A folder with the examples, and `dstream` for the shell. */
async function makeWorkshop(): Promise<TempFolder> {
  const folder = await TempFolder.make();
  await copyFolder(join(ROOT, "examples"), folder.path);
  const words = programArgv([]).map((word) => `'${word}'`).join(" ");
  const shim = `#!/bin/sh\nexec ${words} "$@"\n`;
  await folder.writeExecutable(".bin/dstream", shim);
  return folder;
}

async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copyFolder(join(from, name), join(to, name));
    else await Deno.copyFile(join(from, name), join(to, name));
  }
}

/** Stands in pages for a registry: a real one takes its place. */
const SHOWN_REGISTRY = "localhost:5000";

/** Does a step in the folder; throws when it isn't as the page says. */
async function perform(
  step: Step,
  folder: TempFolder,
  registry: string,
): Promise<void> {
  switch (step.kind) {
    case "skip":
      return;
    case "write": {
      const text = step.block.text.replaceAll(SHOWN_REGISTRY, registry);
      const isScript = text.startsWith("#!");
      await (isScript
        ? folder.writeExecutable(step.path, text)
        : folder.write(step.path, text));
      return;
    }
    case "run": {
      const script = step.block.text.replaceAll(SHOWN_REGISTRY, registry);
      const ran = await runShell(script, folder);
      const { code } = ran;
      const printed = ran.printed.replaceAll(registry, SHOWN_REGISTRY);
      assert.equal(code, step.exitCode, `exit status ${code}\n${printed}`);
      const isAsShown = step.expected === undefined ||
        matches(printed, step.expected);
      assert.ok(
        isAsShown,
        `printed\n${printed}\nwhere the page shows\n${step.expected}`,
      );
    }
  }
}

async function runShell(
  script: string,
  folder: TempFolder,
): Promise<{ code: number; printed: string }> {
  const path = `${folder.join(".bin")}:${Deno.env.get("PATH")}`;
  const { code, stdout } = await new Deno.Command("sh", {
    // One pipe for both streams, so that lines are in the order they came.
    args: ["-c", `exec 2>&1\nset -eu\n${script}`],
    cwd: folder.path,
    env: {
      PATH: path,
      NO_COLOR: "1",
      DSTREAM_CACHE_DIR: folder.join(".cache"),
      DOCKER_CONFIG: folder.join(".docker"),
    },
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).output();
  return { code, printed: new TextDecoder().decode(stdout) };
}

function needsRegistry(ofPage: readonly Step[]): boolean {
  return ofPage.some((step) =>
    step.kind !== "skip" && step.block.text.includes(SHOWN_REGISTRY)
  );
}

const pages = await listPages();
const steps = new Map(
  await Promise.all(
    pages.map(async (page) =>
      [page, readSteps(await Deno.readTextFile(page))] as const
    ),
  ),
);

for (const [page, ofPage] of steps) {
  Deno.test({
    name: `${relative(ROOT, page)} tells what works`,
    // The blocks are for a POSIX shell.
    ignore: Deno.build.os === "windows" || ofPage.length === 0 ||
      (needsRegistry(ofPage) && !canRunRegistry),
    async fn(t) {
      await using folder = await makeWorkshop();
      await using registry = needsRegistry(ofPage)
        ? await RealRegistry.start({ isNamedShort: true })
        : undefined;
      const host = registry?.host ?? SHOWN_REGISTRY;
      for (const step of ofPage) {
        const { line, text } = step.block;
        const [first] = text.split("\n");
        await t.step({
          name: `line ${line}: ${first}`,
          ignore: step.kind === "skip",
          fn: () => perform(step, folder, host),
        });
      }
    },
  });
}

Deno.test("few blocks are skipped, each for a reason", () => {
  const skipped = [...steps].flatMap(([page, ofPage]) =>
    ofPage.filter((step) => step.kind === "skip")
      .map((step) =>
        `${relative(ROOT, page)}:${step.block.line} ${
          step.reason || "(no reason)"
        }`
      )
  );
  const list = skipped.join("\n");
  assert.ok(!list.includes("(no reason)"), list);
  assert.ok(
    skipped.length <= MAX_SKIPPED,
    `${skipped.length} skipped\n${list}`,
  );
});
