/**
 * What `dstream provider push` attaches besides: a bill of materials and provenance,
 * from files.
 *
 * @module
 */

import { resolve } from "node:path";
import { DstreamError } from "../../core/base/errors.ts";
import { fileTrouble } from "../../core/base/file_trouble.ts";
import { isJsonObject, tryParseObject } from "../../core/base/json.ts";
import { type Claim, PREDICATE } from "../../core/signatures/mod.ts";
import type { Context } from "../context.ts";
import type { PushWishes } from "./push_wishes.ts";

type JsonObject = Readonly<Record<string, unknown>>;

/** @throws {DstreamError} `push.claim_invalid` */
export async function readClaims(
  { sbom, provenance }: PushWishes,
  context: Context,
): Promise<Claim[]> {
  const claims: Claim[] = [];
  if (sbom !== undefined) {
    const predicate = await readObject(sbom, context);
    if (predicate.bomFormat !== "CycloneDX") {
      throw invalid(sbom, 'it has no "bomFormat": "CycloneDX"');
    }
    claims.push({ predicateType: PREDICATE.cycloneDx, predicate });
  }
  if (provenance !== undefined) {
    claims.push(
      toProvenance(provenance, await readObject(provenance, context)),
    );
  }
  return claims;
}

/** A predicate, or a whole statement with one in it. */
function toProvenance(path: string, value: JsonObject): Claim {
  const isStatement = typeof value._type === "string";
  const predicate = isStatement ? value.predicate : value;
  const isSlsa = isJsonObject(predicate) &&
    isJsonObject(predicate.buildDefinition) &&
    isJsonObject(predicate.runDetails);
  if (isSlsa) return { predicateType: PREDICATE.provenance, predicate };
  throw invalid(path, "it has no buildDefinition and runDetails of SLSA 1.0");
}

async function readObject(path: string, context: Context): Promise<JsonObject> {
  let text: string;
  try {
    text = await Deno.readTextFile(resolve(context.deps.cwd, path));
  } catch (cause) {
    const { what } = fileTrouble(cause, path, "another file");
    throw new DstreamError("push.claim_invalid", `cannot read ${what}`, {
      cause,
      isUsage: true,
    });
  }
  const value = tryParseObject(text);
  if (value === undefined) throw invalid(path, "it holds no JSON object");
  return value;
}

function invalid(path: string, reason: string): DstreamError {
  return new DstreamError(
    "push.claim_invalid",
    `cannot attach "${path}": ${reason}`,
    { isUsage: true },
  );
}
