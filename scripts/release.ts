/**
 * `deno task release`: everything that is published, under dist/.
 *
 *   deno task release [--version V] [--target NAME]… [--no-compile]
 *                     [--push REGISTRY/OWNER] [--key FILE]
 *
 * Executables of the CLI (as dstreams too) and of every provider for all systems
 * whose runtime is at hand, each provider as one module for all of them
 * (dist/modules), dist/SHA256SUMS, dist/sbom.cdx.json, the SDK for npm under
 * dist/npm, and under dist/oci an OCI image layout of each. `--push ghcr.io/acme` then uploads them as ghcr.io/acme/dstream:V,
 * ghcr.io/acme/dstream-in-counter:V and so on; who we are is found where
 * `dstream provider login` keeps it. The same source makes the same digests:
 * dist/DIGESTS has them. Each artifact carries the bill of materials and how it was
 * built; with `--key` (opened by COSIGN_PASSWORD) both are signed, and it too.
 *
 * @module
 */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import {
  buildArtifact,
  type ModuleFile,
} from "../core/install/build_artifact.ts";
import { homeFolder } from "../core/install/cache_folder.ts";
import { Layout } from "../core/install/layout.ts";
import { pushLayout } from "../core/install/layout_copy.ts";
import {
  systemClock,
  systemRandom,
  systemSpawner,
} from "../core/ports/deno.ts";
import {
  OLDEST_RUNTIME,
  openClient,
  parseReference,
  PROTOCOL_VERSION,
} from "../core/registry/mod.ts";
import { PROTOCOL_VERSION as PROTOCOL } from "../core/protocol/command.ts";
import type { PrivateKey } from "../core/signatures/mod.ts";
import project from "../deno.json" with { type: "json" };
import { builtIns } from "../providers/mod.ts";
import { fullName } from "../core/install/built_in_names.ts";
import { findBase } from "./compile/base.ts";
import { bundle, type Product } from "./compile/bundle.ts";
import { writeChecksums } from "./compile/checksums.ts";
import { compileExecutable, fileName } from "./compile/executable.ts";
import { bundleModule } from "./compile/module.ts";
import { CLI, listProviders } from "./compile/products.ts";
import { type Target, TARGETS } from "./compile/targets.ts";
import { attachToRelease, openReleaseKey } from "./release/attach.ts";
import { writeSdk } from "./release/npm/package.ts";
import { writeSbom } from "./release/sbom.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const DIST = join(ROOT, "dist");

/** The program itself is no provider. */
const CLI_ARTIFACT = "application/vnd.dstream.cli.v1";

interface Wishes {
  readonly version: string;
  readonly targets: readonly Target[];
  readonly compiles: boolean;
  readonly push: string | undefined;
  readonly key: PrivateKey | undefined;
}

/** One product for the systems that there are executables for. */
interface Release {
  readonly product: Product;
  readonly executables: readonly { target: Target; path: string }[];
}

async function main(args: string[]): Promise<void> {
  const wishes = await readArgs(args);
  const products = [CLI, ...await listProviders()];
  await Deno.mkdir(DIST, { recursive: true });
  const releases: Release[] = [];
  for (const product of products) {
    const release = await compile(product, wishes);
    releases.push(release, ...otherNamesOf(release));
  }
  await writeChecksums(DIST);
  await writeSdk(join(DIST, "npm"), wishes.version);
  await writeSbom(join(ROOT, "deno.lock"), DIST, wishes.version);
  await Deno.remove(join(DIST, "oci"), { recursive: true }).catch(() => {});
  const digests: string[] = [];
  for (const release of releases) {
    const digest = await pack(release, wishes);
    digests.push(`${digest}  ${release.product.name}\n`);
    console.log(`${digest}  dist/oci/${release.product.name}`);
  }
  await Deno.writeTextFile(join(DIST, "DIGESTS"), digests.join(""));
  if (wishes.push !== undefined) await push(releases, wishes.push, wishes);
}

async function readArgs(args: string[]): Promise<Wishes> {
  const { values } = parseArgs({
    args,
    options: {
      version: { type: "string", default: project.version },
      target: { type: "string", multiple: true, default: [] },
      "no-compile": { type: "boolean", default: false },
      push: { type: "string" },
      key: { type: "string" },
    },
  });
  const named = values.target.map((name) => {
    const target = TARGETS.find((one) => one.name === name);
    if (target === undefined) throw new Error(`there is no target "${name}"`);
    return target;
  });
  return {
    version: values.version,
    targets: named.length > 0 ? named : TARGETS,
    compiles: !values["no-compile"],
    push: values.push,
    key: await openReleaseKey(values.key),
  };
}

/** A system whose runtime can't be had is left out, and said. */
async function compile(product: Product, wishes: Wishes): Promise<Release> {
  const executables: { target: Target; path: string }[] = [];
  const folder = join(ROOT, ".cache", "bundle", product.name);
  const bundled = wishes.compiles ? await bundle(product, folder) : undefined;
  for (const target of wishes.targets) {
    const path = join(DIST, fileName(product.name, target));
    try {
      if (bundled !== undefined) {
        const base = await findBase(target, Deno.env.get("DENORT_BIN"));
        await compileExecutable(bundled, target, base, DIST);
      }
      await Deno.stat(path);
      executables.push({ target, path });
    } catch (error) {
      const reason = (error as Error).message.split("\n")[0];
      console.error(`${product.name} for ${target.name} left out: ${reason}`);
    }
  }
  if (executables.length > 0) return { product, executables };
  throw new Error(`there is no executable of ${product.name} for any system`);
}

/** The same executables under another name, by which they are another command. */
function otherNamesOf({ product, executables }: Release): Release[] {
  return (product.otherNames ?? []).map((name) => ({
    product: { ...product, name },
    executables: executables.map(({ target }) => ({
      target,
      path: join(DIST, fileName(name, target)),
    })),
  }));
}

/** In the words of OCI: "macos-x64" is darwin/amd64. */
function platformOf({ name }: Target) {
  const [os, arch] = name.split("-");
  return {
    os: os === "macos" ? "darwin" : os,
    architecture: arch === "x64" ? "amd64" : arch,
  };
}

async function pack(
  { product, executables }: Release,
  wishes: Wishes,
): Promise<string> {
  const { version } = wishes;
  const spec = await specOf(product);
  const module = await moduleOf(product);
  const image = (key: string) => `org.opencontainers.image.${key}`;
  const commit = await revision();
  const folder = join(DIST, "oci", product.name);
  const { top } = await buildArtifact(
    {
      name: product.name,
      executables: executables.map(({ target, path }) => ({
        platform: platformOf(target),
        path,
      })),
      ...module !== undefined && { module },
      ...spec !== undefined && { spec },
      ...product.entry === CLI.entry && { artifactType: CLI_ARTIFACT },
      annotations: {
        [image("title")]: product.name,
        [image("version")]: version,
        [image("licenses")]: "MIT",
        [PROTOCOL_VERSION]: String(PROTOCOL),
        ...commit !== undefined && { [image("revision")]: commit },
      },
      compression: "zstd",
    },
    folder,
    version,
  );
  const { name } = product;
  const place = wishes.push ?? "localhost";
  await attachToRelease({
    folder,
    top,
    repository: parseReference(`${place}/${name}:${version}`),
    sbom: JSON.parse(await Deno.readTextFile(join(DIST, "sbom.cdx.json"))),
    facts: {
      product: name,
      version,
      commit,
      deno: Deno.version.deno,
      env: Deno.env.toObject(),
    },
    key: wishes.key,
    wallMs: Date.now(),
  });
  return top.digest;
}

/** The CLI is the runtime itself; who reads files beside itself needs them there. */
async function moduleOf(product: Product): Promise<ModuleFile | undefined> {
  const isPossible = product.entry !== CLI.entry &&
    Object.keys(product.assets).length === 0;
  if (!isPossible) return undefined;
  const path = await bundleModule(product, join(DIST, "modules"));
  return { path, runtime: OLDEST_RUNTIME };
}

/** What a provider says about itself; the CLI is none. */
async function specOf({ name }: Product): Promise<string | undefined> {
  const builtIn = builtIns.find((one) => `dstream-${fullName(one)}` === name);
  const provider = await builtIn?.load();
  return provider && JSON.stringify(provider.spec());
}

/** Only of a clean checkout: else nobody could build it again. */
async function revision(): Promise<string | undefined> {
  const git = async (...args: string[]) => {
    const { success, stdout } = await new Deno.Command("git", {
      args,
      cwd: ROOT,
      stderr: "null",
    }).output();
    return success ? new TextDecoder().decode(stdout).trim() : undefined;
  };
  const isClean = await git("status", "--porcelain") === "";
  return isClean ? await git("rev-parse", "HEAD") : undefined;
}

async function push(
  releases: readonly Release[],
  place: string,
  { version }: Wishes,
): Promise<void> {
  const env = Deno.env.toObject();
  using client = await openClient({
    env,
    homeFolder: homeFolder(env),
    version: project.version,
    clock: systemClock,
    random: systemRandom,
    spawner: systemSpawner,
  });
  for (const { product: { name } } of releases) {
    const repository = parseReference(`${place}/${name}:${version}`);
    const layout = new Layout(join(DIST, "oci", name));
    const target = { client, repository, tag: version };
    const digest = await pushLayout(layout, target, () => {});
    console.log(`${place}/${name}:${version}@${digest}`);
  }
}

if (import.meta.main) {
  await main(Deno.args).catch((error) => {
    console.error(`release: ${error.message}`);
    Deno.exit(1);
  });
}
