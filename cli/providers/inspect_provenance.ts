/**
 * `dstream provider inspect REF --provenance`: what is said of an artifact, and
 * whether somebody trusted says it.
 *
 * @module
 */

import { isJsonObject } from "../../core/base/json.ts";
import { formatReference } from "../../core/registry/mod.ts";
import {
  type Attestation,
  findAttestations,
  judgeAttestation,
  PREDICATE,
  readBundle,
  ruleFor,
  type Trust,
} from "../../core/signatures/mod.ts";
import type { Context } from "../context.ts";
import { nearbyReference, openShownRegistries } from "./registries.ts";

interface Shown extends Attestation {
  readonly signedBy: string;
}

/** Prints a paragraph for each; with `isJson` the whole predicates. */
export async function inspectProvenance(
  text: string,
  isJson: boolean,
  context: Context,
): Promise<void> {
  const { settings, reference } = await nearbyReference(text, context);
  using registries = await openShownRegistries(settings, context);
  const pinned = await registries.installer().pin(reference);
  const { digest } = pinned;
  const client = await registries.client();
  const trust = ruleFor(reference, settings.signatures ?? [])?.trust;
  const found = await findAttestations(client, pinned.reference, digest);
  const all = await Promise.all(
    found.map(async (one) => ({
      ...one,
      signedBy: await signerOf(one, digest, trust),
    })),
  );
  const name = formatReference(pinned.reference);
  if (isJson) {
    const attached = all.map(toJson);
    return await context.printJson({ reference: name, digest, attached });
  }
  if (all.length === 0) {
    return context.say(`nothing is attached to ${name}`);
  }
  const paragraphs = all.map(toText);
  await context.print([`${name}\n${digest}`, ...paragraphs].join("\n\n"));
}

async function signerOf(
  one: Attestation,
  digest: `sha256:${string}`,
  trust: Trust | undefined,
): Promise<string> {
  if (one.bundle === undefined) return "nobody";
  if (trust === undefined) return claimedBy(one.bundle);
  const verdict = await judgeAttestation(one, digest, trust);
  if (verdict.kind === "signed") return verdict.by;
  return verdict.kind === "invalid"
    ? `not trusted: ${verdict.reasons.join("; ")}`
    : "nobody";
}

/** No rule says whose signature counts: so nothing was checked. */
function claimedBy(text: string): string {
  const hint = readBundle(text)?.keyHint;
  if (hint === undefined) return "a certificate, not checked";
  const hex = Buffer.from(hint, "base64").toString("hex");
  return `key sha256:${hex}, not checked`;
}

function toJson({ predicateType, predicate, signedBy }: Shown) {
  return { predicate_type: predicateType, signed_by: signedBy, predicate };
}

function toText({ predicateType, predicate, signedBy }: Shown): string {
  const rows = rowsOf(predicateType, predicate);
  return [
    TITLES[predicateType] ?? predicateType,
    ...rows.map(([name, value]) => `  ${name.padEnd(10)}  ${value}`),
    `  ${"signed by".padEnd(10)}  ${signedBy}`,
  ].join("\n");
}

const TITLES: Readonly<Record<string, string>> = {
  [PREDICATE.provenance]: "How it was built (SLSA provenance)",
  [PREDICATE.cycloneDx]: "What it is made of (CycloneDX)",
};

type Row = readonly [name: string, value: string];

function rowsOf(type: string, predicate: Attestation["predicate"]): Row[] {
  if (type === PREDICATE.provenance) return provenanceRows(predicate);
  if (type !== PREDICATE.cycloneDx) return [];
  const { components } = predicate;
  const count = Array.isArray(components) ? components.length : 0;
  return [["components", String(count)]];
}

function provenanceRows(predicate: Attestation["predicate"]): Row[] {
  const build = asObject(predicate.buildDefinition);
  const run = asObject(predicate.runDetails);
  const sources = Array.isArray(build.resolvedDependencies)
    ? build.resolvedDependencies.filter(isJsonObject).map(({ uri, digest }) =>
      [uri, ...Object.values(asObject(digest))].map(String).join("@")
    )
    : [];
  const rows: (readonly [string, unknown])[] = [
    ["builder", asObject(run.builder).id],
    ["build", build.buildType],
    ...sources.map((source) => ["source", source] as const),
    ["run", asObject(run.metadata).invocationId],
    ["started", asObject(run.metadata).startedOn],
  ];
  return rows.flatMap(([name, value]): Row[] =>
    typeof value === "string" ? [[name, value]] : []
  );
}

function asObject(value: unknown): Record<string, unknown> {
  return isJsonObject(value) ? value : {};
}
