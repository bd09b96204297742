/**
 * Providers as modules, as users have them: pushed to the real registry of Docker,
 * run by dstream itself; other clients see the executables.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { bundleModule } from "../../scripts/compile/module.ts";
import { listProviders } from "../../scripts/compile/products.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { needs } from "../support/needs.ts";
import { canRunRegistry } from "../support/registry/real_registry.ts";
import { TempFolder } from "../support/temp_folder.ts";
import { runTool, toolPath } from "../support/tools.ts";
import { HERE, type Packaged } from "./support/packaged.ts";
import { programArgv } from "./support/program.ts";
import { messages, Site } from "./support/site.ts";

const isWindows = Deno.build.os === "windows";
const ignore = !canRunRegistry || isWindows;

const ENTRIES = {
  "in-counter": "providers/counter/input/main.ts",
  "out-console": "providers/console/output/main.ts",
} as const;

async function moduleOf(name: Packaged, site: Site): Promise<string> {
  const product = { name, entry: ENTRIES[name], assets: {} };
  return await bundleModule(product, site.folder.path);
}

/** The same provider as a program for this machine. */
async function programOf(name: Packaged, site: Site): Promise<string> {
  const argv = programArgv(["provider", "exec", name])
    .map((word) => `"${word}"`).join(" ");
  return await site.folder.writeExecutable(
    `${name}-program`,
    `#!/bin/sh\nexec ${argv} "$@"\n`,
  );
}

async function pushBoth(
  name: Packaged,
  repository: string,
  site: Site,
  ...more: string[]
): Promise<void> {
  await site.succeed([
    "provider",
    "push",
    site.reference(repository),
    "--platform",
    `${HERE}=${await programOf(name, site)}`,
    "--module",
    await moduleOf(name, site),
    ...more,
  ]);
}

/** Which layers are in the cache, by the form of the provider. */
async function cachedForms(site: Site): Promise<string[]> {
  const { stdout } = await site.succeed(["provider", "list", "--json"]);
  const rows: { kind: string; platforms?: string[] }[] = JSON.parse(stdout);
  return rows.filter(({ kind }) => kind === "pulled")
    .flatMap(({ platforms }) => platforms ?? []);
}

async function emptyCache(site: Site): Promise<void> {
  await Deno.remove(site.folder.join("cache"), { recursive: true });
}

Deno.test({
  name: "a module is what is pulled, locked, checked and run",
  ignore,
  fn: async (t) => {
    await using site = await Site.open();
    await pushBoth("in-counter", "counter", site);
    await site.succeed([
      "provider",
      "push",
      site.reference("console"),
      "--module",
      await moduleOf("out-console", site),
    ]);
    await site.configure(site.reference("counter"), site.reference("console"));
    const run = async (env?: Record<string, string>) => {
      const finished = await site.succeed(["run", "pulled"], env);
      assertEquals(messages(finished.stdout), ["1", "2", "3"]);
      return finished;
    };

    await t.step("run takes the modules", async () => {
      const { stderr } = await run();
      assert.match(stderr, /pulled .*acme\/counter:1\.0\.0 for every platform/);
      assertEquals(await cachedForms(site), ["module", "module"]);
    });
    await t.step("init locks both; then no request is made", async () => {
      await site.succeed(["init"]);
      const lock = await site.folder.read(".dstream.lock.hcl");
      assertEquals(lock.match(/ {2}module {2}= "sha256:/g)?.length, 2);
      assert.ok(lock.includes(`"${HERE}" = "sha256:`), lock);
      await site.requests();
      await run();
      assertEquals(await site.requests(), []);
    });
    await t.step("a changed byte is noticed before it runs", async () => {
      const reference = site.reference("counter");
      const { stdout } = await site.succeed(["provider", "pull", reference]);
      assert.match(stdout, /counter\.mjs\n$/);
      await Deno.writeTextFile(stdout.trim(), "\n//", { append: true });
      const { stderr } = await run();
      assert.match(stderr, /counter.* is damaged in the cache/);
    });
    await t.step("other bytes than the locked ones are refused", async () => {
      const lock = await site.folder.read(".dstream.lock.hcl");
      const other = lock.replaceAll(
        /module {2}= "sha256:\w{4}/g,
        'module  = "sha256:0000',
      );
      await site.folder.write(".dstream.lock.hcl", other);
      const { code, stderr } = await site.run(["run", "pulled"]);
      assertEquals(code, 1);
      assert.match(stderr, /error\[lock\.mismatch\]/);
      await site.folder.write(".dstream.lock.hcl", lock);
    });
    await t.step("who prefers the executable gets it", async () => {
      const pull = ["provider", "pull", site.reference("counter")];
      const pulled = await site.succeed([...pull, "--prefer", "executable"]);
      assert.match(pulled.stdout, /linux_amd64\/counter\n$|_arm64\/counter\n$/);
      await emptyCache(site);
      const { stderr } = await run({ DSTREAM_PREFER: "executable" });
      assert.match(stderr, /pulled .*acme\/counter:1\.0\.0.* for \w+\/\w+ /);
      assertEquals((await cachedForms(site)).sort(), [HERE, "module"]);
      await site.requests();
      await run();
      assertEquals(await site.requests(), [], "what is here will do");
      const wrong = await site.run(pull, { DSTREAM_PREFER: "container" });
      assertEquals(wrong.code, 2);
      assert.match(wrong.stderr, /there is no form "container"/);
    });
    await t.step("inspect shows both", async () => {
      const inspect = ["provider", "inspect", site.reference("counter")];
      const { stdout } = await site.succeed(inspect);
      assert.match(stdout, /linux\/\w+ +sha256:/);
      assert.match(stdout, /module \(>=2\.6\) +sha256:/);
      const json = await site.succeed([...inspect, "--json"]);
      const { module, platforms } = JSON.parse(json.stdout);
      assertEquals([module.runtime, platforms.length], [">=2.6", 1]);
    });
    await t.step("carried in a folder, it is there too", async () => {
      const target = site.reference("counter", ":2.0.0");
      const pull = ["provider", "pull", site.reference("counter")];
      await site.succeed([...pull, "--to", "carried"]);
      await site.succeed(["provider", "push", target, "--from", "carried"]);
      const { stdout } = await site.succeed(["provider", "pull", target]);
      assert.match(stdout, /counter\.mjs\n$/);
    });
  },
});

Deno.test({
  name: "other clients find the executables, and copy the modules along",
  ignore: ignore || !needs("oras"),
  fn: async (t) => {
    await using site = await Site.open();
    await pushBoth("in-counter", "counter", site);
    const program = await site.folder.read("in-counter-program");
    await t.step("oras pulls the executable for a platform", async () => {
      const pulled = site.folder.join("oras");
      await runTool(toolPath("oras"), [
        "pull",
        "--plain-http",
        "--platform",
        HERE,
        "--output",
        pulled,
        site.reference("counter"),
      ]);
      const names = [...Deno.readDirSync(pulled)].map(({ name }) => name);
      assertEquals(names.length, 1);
      const zstd = await Deno.readFile(`${pulled}/${names[0]}`);
      const { zstdDecompressSync } = await import("node:zlib");
      const text = new TextDecoder().decode(zstdDecompressSync(zstd));
      assertEquals(text, program);
    });
    const copy = (...how: string[]) =>
      runTool(toolPath("skopeo"), [
        "copy",
        ...how,
        "--src-tls-verify=false",
        "--dest-tls-verify=false",
        `docker://${site.reference("counter")}`,
        `docker://${site.reference("counter", ":1.0.0", "skopeo")}`,
      ]);
    const pull = async () => {
      const reference = site.reference("counter", ":1.0.0", "skopeo");
      return (await site.succeed(["provider", "pull", reference])).stdout;
    };
    await t.step("skopeo copies all: the module is what we take", async () => {
      await copy("--all");
      assert.match(await pull(), /counter\.mjs\n$/);
    });
    await t.step("skopeo copies one platform: its executable", async () => {
      await emptyCache(site);
      await copy();
      const path = (await pull()).trim();
      assertEquals(await Deno.readTextFile(path), program);
    });
  },
});

Deno.test({
  name: "a module for another runtime, and one that is no module",
  ignore,
  fn: async (t) => {
    await using site = await Site.open();
    const later = ["--module-runtime", ">=99"];
    await pushBoth("in-counter", "counter", site, ...later);
    await t.step("the executable runs where the module can't", async () => {
      const pull = ["provider", "pull", site.reference("counter")];
      assert.match((await site.succeed(pull)).stdout, /_\w+\/counter\n$/);
    });
    const push = async (text: string, ...more: string[]) => {
      await site.folder.write("other.mjs", text);
      const target = site.reference("other");
      const words = ["provider", "push", target, "--module", "other.mjs"];
      return await site.run([...words, ...more]);
    };
    await t.step("alone, it says what it needs", async () => {
      const module = await moduleOf("in-counter", site);
      const pushed = await push(await Deno.readTextFile(module), ...later);
      assertEquals(pushed.code, 0, pushed.stderr);
      const pull = ["provider", "pull", site.reference("other")];
      const { code, stderr } = await site.run(pull);
      assertEquals(code, 1);
      assert.match(stderr, /its module needs the runtime >=99/);
      assert.match(stderr, /hint: this dstream has \d+\.\d+/);
    });
    for (
      const [what, text] of [
        ["runs only as the main file", "if (import.meta.main) print();"],
        ["imports a file beside it", 'import "./in-counter.mjs";'],
        ["can't be parsed", "import {"],
      ]
    ) {
      await t.step(`one that ${what} is not pushed`, async () => {
        const { code, stderr } = await push(text);
        assertEquals(code, 2, stderr);
        assert.match(stderr, /error\[push\.module_silent\]/);
      });
    }
    await t.step("a file that is missing, versions that are none", async () => {
      const missing = await push("", "--module", "no.mjs");
      assert.match(missing.stderr, /there is no file "no\.mjs"/);
      const wrong = await push("", "--module-runtime", "new");
      assert.match(wrong.stderr, /"new" says nothing about versions/);
    });
    await t.step("by hand, an error is one line and no trace", async () => {
      const exec = (...args: string[]) =>
        site.run(["provider", "exec", "--module", ...args]);
      const missing = await exec("no.mjs", "spec");
      assertEquals(missing.code, 2);
      assert.match(missing.stderr, /there is no file "no\.mjs"/);
      const broken = await exec("other.mjs");
      assertEquals([broken.code, broken.stdout], [0, ""]);
      await site.folder.write("throws.mjs", 'throw new Error("no disk");');
      const thrown = await exec("throws.mjs");
      assertEquals(thrown.code, 1);
      assert.match(thrown.stderr, /cannot run "throws\.mjs": Error: no disk/);
    });
  },
});

/** The largest, and the one with WebAssembly; all of them with DSTREAM_MODULES=all. */
const SOME = ["dstream-in-mssql", "dstream-in-kafka"];

Deno.test("the module of a large provider says what it is", {
  ignore: isWindows,
}, async () => {
  await using folder = await TempFolder.make();
  const root = fileURLToPath(new URL("../../", import.meta.url));
  const isAll = Deno.env.get("DSTREAM_MODULES") === "all";
  for (const product of await listProviders()) {
    if (!isAll && !SOME.includes(product.name)) continue;
    const path = await bundleModule(product, folder.path);
    const argv = programArgv(["provider", "exec", "--module", path, "spec"]);
    const text = await runTool(argv[0], argv.slice(1), { cwd: folder.path });
    const { role, name } = JSON.parse(text);
    const side = role === "input" ? "in" : "out";
    assertEquals(`dstream-${side}-${name}`, product.name);
    const code = await Deno.readTextFile(path);
    assert.ok(!code.includes(root), `${product.name} names a folder of ours`);
  }
});
