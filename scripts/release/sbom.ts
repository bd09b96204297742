/**
 * dist/sbom.cdx.json: what the executables are made of, from the lock file.
 *
 * CycloneDX 1.5, without a time or a number of its own, so that the same lock file
 * makes the same bytes.
 *
 * @see https://cyclonedx.org/docs/1.5/json/
 * @module
 */

import { join } from "node:path";

/** As much of a lock file as is needed. */
export interface LockFile {
  readonly npm?: Readonly<
    Record<string, { readonly integrity?: string }>
  >;
}

/** Writes it into a folder. */
export async function writeSbom(
  lockPath: string,
  folder: string,
  version: string,
): Promise<void> {
  const lock = JSON.parse(await Deno.readTextFile(lockPath)) as LockFile;
  const text = JSON.stringify(sbomOf(lock, version), null, 2) + "\n";
  await Deno.writeTextFile(join(folder, "sbom.cdx.json"), text);
}

/** The document as a value. */
export function sbomOf({ npm = {} }: LockFile, version: string) {
  const seen = new Map<string, unknown>();
  for (const [key, { integrity }] of Object.entries(npm)) {
    const { name, version } = readKey(key);
    const purl = `pkg:npm/${name.replace("@", "%40")}@${version}`;
    seen.set(purl, {
      type: "library",
      "bom-ref": purl,
      ...splitName(name),
      version,
      purl,
      ...integrity !== undefined && { hashes: [readIntegrity(integrity)] },
    });
  }
  return {
    bomFormat: "CycloneDX",
    specVersion: "1.5",
    version: 1,
    metadata: {
      component: {
        type: "application",
        "bom-ref": "dstream",
        name: "dstream",
        version,
        licenses: [{ license: { id: "MIT" } }],
      },
    },
    components: [...seen.keys()].sort().map((purl) => seen.get(purl)),
  };
}

/** `@scope/name@1.2.3_peer@4.5.6` → the package and its version. */
function readKey(key: string): { name: string; version: string } {
  const at = key.indexOf("@", 1);
  const [version] = key.slice(at + 1).split("_");
  return { name: key.slice(0, at), version };
}

function splitName(name: string): { group?: string; name: string } {
  const slash = name.indexOf("/");
  return slash < 0
    ? { name }
    : { group: name.slice(0, slash), name: name.slice(slash + 1) };
}

/** `sha512-BASE64` → as CycloneDX has it. */
function readIntegrity(text: string): { alg: string; content: string } {
  const [algorithm, base64] = text.split("-");
  return {
    alg: algorithm.toUpperCase().replace("SHA", "SHA-"),
    content: Uint8Array.fromBase64(base64).toHex(),
  };
}
