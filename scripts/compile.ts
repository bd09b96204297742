/**
 * `deno task compile`: executables under dist/ that need nothing else.
 *
 *   deno task compile [--target NAME|all]… [--provider NAME]… [--all] [--base PATH]
 *
 * Without options: the CLI for this system. `--provider in-counter` makes that
 * provider's own executable, `--all` the CLI and every provider. dist/SHA256SUMS
 * covers everything that lies there. compile/base.ts says what is compiled with.
 *
 * @module
 */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { findBase } from "./compile/base.ts";
import { bundle } from "./compile/bundle.ts";
import { writeChecksums } from "./compile/checksums.ts";
import { compileExecutable } from "./compile/executable.ts";
import { chooseProducts } from "./compile/products.ts";
import { chooseTargets } from "./compile/targets.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const DIST = join(ROOT, "dist");

async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      target: { type: "string", multiple: true, default: [] },
      provider: { type: "string", multiple: true, default: [] },
      all: { type: "boolean", default: false },
      base: { type: "string" },
    },
  });
  const targets = chooseTargets(values.target);
  const products = await chooseProducts(values.provider, values.all);
  const given = values.base ?? Deno.env.get("DENORT_BIN");
  await Deno.mkdir(DIST, { recursive: true });
  for (const product of products) {
    const folder = join(ROOT, ".cache", "bundle", product.name);
    const bundled = await bundle(product, folder);
    for (const target of targets) {
      const base = await findBase(target, given);
      const output = await compileExecutable(bundled, target, base, DIST);
      const sizeMb = (await Deno.stat(output)).size / 1e6;
      console.log(`${output.slice(ROOT.length)}  ${sizeMb.toFixed(1)} MB`);
    }
  }
  await writeChecksums(DIST);
}

if (import.meta.main) {
  await main(Deno.args).catch((error) => {
    console.error(`compile: ${error.message}`);
    Deno.exit(1);
  });
}
