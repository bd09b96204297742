/**
 * What a release's artifacts carry besides their bytes: a bill of materials and
 * provenance, and with a key a signature of all three.
 *
 * @module
 */

import { Layout } from "../../core/install/layout.ts";
import {
  attestLayout,
  signLayout,
} from "../../core/install/layout_attachments.ts";
import type { Descriptor, Repository } from "../../core/registry/mod.ts";
import {
  PREDICATE,
  type PrivateKey,
  readPrivateKey,
} from "../../core/signatures/mod.ts";
import { type BuildFacts, provenanceOf } from "./provenance.ts";

/** One artifact in its folder, and what is said of it. */
export interface Attached {
  readonly folder: string;
  readonly top: Descriptor;
  /** Where it will be pushed. */
  readonly repository: Repository;
  readonly sbom: Readonly<Record<string, unknown>>;
  readonly facts: BuildFacts;
  readonly key: PrivateKey | undefined;
  readonly wallMs: number;
}

/** Puts it all into the folder, so that a push carries it along. */
export async function attachToRelease(
  { folder, top, repository, sbom, facts, key, wallMs }: Attached,
): Promise<void> {
  const layout = new Layout(folder);
  const claims = [
    { predicateType: PREDICATE.cycloneDx, predicate: sbom },
    { predicateType: PREDICATE.provenance, predicate: provenanceOf(facts) },
  ];
  await attestLayout(layout, top, claims, key, { wallMs });
  if (key === undefined) return;
  await signLayout(layout, top, repository, key, { wallMs });
}

/** The passphrase is in COSIGN_PASSWORD. @throws {DstreamError} `sign.…` */
export async function openReleaseKey(
  path: string | undefined,
): Promise<PrivateKey | undefined> {
  if (path === undefined) return undefined;
  const passphrase = Deno.env.get("COSIGN_PASSWORD");
  const ask = () => {
    if (passphrase !== undefined) return Promise.resolve(passphrase);
    throw new Error(`COSIGN_PASSWORD opens ${path}, and it is not set`);
  };
  return await readPrivateKey(await Deno.readTextFile(path), path, ask);
}
