/**
 * What there is to compile: the CLI, and each provider by itself.
 *
 * @module
 */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { wasmFiles } from "../../core/hcl/hashicorp.ts";
import type { Product } from "./bundle.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const PROVIDERS = join(ROOT, "providers");

/** A provider's role, and how its executable's name begins. */
const ROLES = [["input", "in"], ["output", "out"]] as const;

/** The program itself. */
export const CLI: Product = {
  name: "dstream",
  otherNames: ["dstreams"],
  entry: "main.ts",
  assets: wasmFiles(),
};

/**
 * @param names "in-counter"; none: the CLI.
 * @throws {Error} For a name that isn't known.
 */
export async function chooseProducts(
  names: readonly string[],
  isAll: boolean,
): Promise<readonly Product[]> {
  const providers = await listProviders();
  if (isAll) return [CLI, ...providers];
  if (names.length === 0) return [CLI];
  return names.map((name) => {
    const wanted = `dstream-${name.replaceAll("_", "-")}`;
    const product = providers.find((one) => one.name === wanted);
    if (product !== undefined) return product;
    const known = providers.map((one) => one.name.slice("dstream-".length));
    throw new Error(`no provider "${name}"; there are ${known.join(", ")}`);
  });
}

/** Each `providers/<system>/{input,output}` with a main.ts. */
export async function listProviders(): Promise<Product[]> {
  const products: Product[] = [];
  for await (const { name, isDirectory } of Deno.readDir(PROVIDERS)) {
    if (!isDirectory || name.startsWith("_")) continue;
    for (const [role, prefix] of ROLES) {
      const entry = `providers/${name}/${role}/main.ts`;
      if (!await exists(join(ROOT, entry))) continue;
      products.push({ name: `dstream-${prefix}-${name}`, entry, assets: {} });
    }
  }
  return products.sort((a, b) => a.name < b.name ? -1 : 1);
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
