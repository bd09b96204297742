/**
 * What users get wrong with `provider push`, `pull --to` and a lock file, and what
 * they are told. First seen with somebody who knew the documents alone.
 *
 * @module
 */

import { assert, assertEquals } from "../support/assert.ts";
import { dstream } from "../e2e/support/program.ts";
import { FaultyRegistry } from "../support/registry/faulty_registry.ts";
import { TempFolder } from "../support/temp_folder.ts";

const LONGER_MS = 60_000;

async function run(folder: TempFolder, args: readonly string[]) {
  return await dstream(args, {
    cwd: folder.path,
    env: { DSTREAM_CACHE_DIR: folder.join("cache") },
    timeoutMs: LONGER_MS,
  });
}

Deno.test("a push that can't be meant is refused", async (t) => {
  await using registry = new FaultyRegistry();
  await using folder = await TempFolder.make({
    "x_linux_amd64": "x",
    "two/x_linux_amd64": "x",
    "two/y_linux_arm64": "y",
    "spec.yml": "name: x\n",
    "empty/README.md": "nothing",
  });
  const target = `${registry.host}/a/x:1`;
  const one = ["--platform", "linux/amd64=x_linux_amd64"];
  const cases: readonly [string, string[], RegExp][] = [
    ["no version", [`${registry.host}/a/x`, ...one], /no version/],
    ["nothing", [target], /nothing to push/],
    ["an empty folder", [target, "empty"], /no executable whose name/],
    ["a file for a folder", [target, "spec.yml"], /--platform OS/],
    ["a platform that is none", [
      target,
      "--platform",
      "linx/amd64=x_linux_amd64",
    ], /did you mean "linux\/amd64"/],
    ["one platform twice", [target, ...one, ...one], /two executables/],
    ["two providers", [target, "two"], /more than one provider/],
    ["a description that is none", [
      target,
      ...one,
      "--spec",
      "spec.yml",
    ], /not what a provider says/],
    [
      "a time that is none",
      [target, ...one, "--created", "yesterday"],
      /no time/,
    ],
    ["a copy that isn't there", [target, "--from", "nowhere"], /no folder/],
    ["a copy and more", [target, "two", "--from", "two"], /nothing else/],
  ];
  for (const [name, args, expected] of cases) {
    await t.step(name, async () => {
      const { code, stderr } = await run(folder, ["provider", "push", ...args]);
      assertEquals(code, 2, stderr);
      assert.match(stderr, expected);
    });
  }
  assertEquals(registry.manifests.size, 0);
});

Deno.test("a tag that moves is said, a folder that is full refused", async () => {
  await using registry = new FaultyRegistry();
  await using folder = await TempFolder.make({ a: "one", b: "two" });
  const target = `${registry.host}/a/x:1`;
  const push = (file: string) =>
    run(folder, [
      "provider",
      "push",
      target,
      "--platform",
      `linux/amd64=${file}`,
    ]);
  const first = await push("a");
  assertEquals(first.code, 0, first.stderr);
  assert.doesNotMatch(first.stderr, /stood for/);
  const second = await push("b");
  assert.match(second.stderr, /stood for sha256:/);
  const copy = ["provider", "pull", target, "--to", "carried"];
  assertEquals((await run(folder, copy)).code, 0);
  const again = await run(folder, copy);
  assertEquals(again.code, 2);
  assert.match(again.stderr, /holds an artifact already/);
  const other = await run(folder, [
    "provider",
    "push",
    `${registry.host}/a/x:2`,
    "--from",
    "carried",
  ]);
  assertEquals(other.code, 0, other.stderr);
  assert.match(other.stderr, /was copied as 1, and is pushed as 2/);
});

Deno.test("a lock file that can't be read is written anew by init --upgrade", async () => {
  await using folder = await TempFolder.make({
    ".dstream.lock.hcl": "<<<<<<< HEAD\n",
    "dstream.hcl": `task "t" {
  input {
    provider_ref = "127.0.0.1:1/a/x:1"
  }
  output {
    provider = "console"
  }
}
`,
  });
  const { code, stderr } = await run(folder, ["init"]);
  assertEquals(code, 2);
  assert.match(stderr, /lock\.invalid/);
  // The registry is not there, but the file no longer is what hinders.
  const upgrade = await run(folder, ["init", "--upgrade"]);
  assertEquals(upgrade.code, 1);
  assert.match(upgrade.stderr, /registry\.unreachable.*127\.0\.0\.1:1/);
});

Deno.test("a tag that isn't there is answered with those that are", async () => {
  await using registry = new FaultyRegistry();
  for (const tag of ["1.0.0", "1.1.0"]) {
    registry.addManifest("a/x", tag, { mediaType: "x" });
  }
  await using folder = await TempFolder.make();
  const { code, stderr } = await run(folder, [
    "provider",
    "pull",
    `${registry.host}/a/x:1.0.1`,
  ]);
  assertEquals(code, 1);
  assert.match(stderr, /has no tag "1\.0\.1"/);
  assert.match(stderr, /did you mean "1\.0\.0"/);
});
