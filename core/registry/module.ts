/**
 * Finds the module in an artifact: a provider as one JavaScript file, the same for
 * every platform, which dstream runs on its own runtime.
 *
 * It has a manifest of its own in the index, without a platform, or is one more
 * layer where there is a single manifest. Clients that look for a platform don't
 * see it.
 *
 * @module
 */

import { parseConstraints, satisfies } from "../base/version.ts";
import { type ExecutableLayer, toExecutable } from "./artifact.ts";
import type { Annotations, Descriptor, Index, Manifest } from "./manifest.ts";
import { MODULE } from "./media_type.ts";

/** Ours: the versions of the runtime (Deno) that a module works with. */
export const MODULE_RUNTIME = "dev.dstream.module.runtime";
/** What our own are made for: the oldest runtime that is supported. */
export const OLDEST_RUNTIME = ">=2.6";

/** Where a module is. */
export interface ModuleLayer extends ExecutableLayer {
  /** `>=2.6`; absent: any. */
  readonly runtime?: string;
}

/** The manifest of an index that may hold the module. */
export function moduleManifest(index: Index): Descriptor | undefined {
  return index.manifests.find(({ platform }) => platform === undefined);
}

/**
 * @param name For messages: `ghcr.io/acme/in-pg:1.4.0`.
 * @throws {DstreamError} `registry.executable_invalid`
 */
export function chooseModule(
  { layers, annotations }: Manifest,
  name: string,
): ModuleLayer | undefined {
  const layer = layers.find(({ mediaType }) => mediaType.startsWith(MODULE));
  if (layer === undefined) return undefined;
  const runtime = runtimeOf(layer.annotations) ?? runtimeOf(annotations);
  const found = toExecutable(layer, name);
  return runtime === undefined ? found : { ...found, runtime };
}

function runtimeOf(annotations: Annotations | undefined): string | undefined {
  return annotations?.[MODULE_RUNTIME];
}

/**
 * Whether a runtime can run a module.
 * @param version Of Deno: `2.6.10`.
 *
 * @example
 * ```ts
 * import { fitsRuntime } from "./module.ts";
 *
 * if (!fitsRuntime(">=2.6", "2.9.6")) throw new Error();
 * if (fitsRuntime(">=3", "2.9.6")) throw new Error();
 * ```
 */
export function fitsRuntime(
  wanted: string | undefined,
  version: string,
): boolean {
  if (wanted === undefined) return true;
  const constraints = parseConstraints(wanted);
  // What can't be read was written for a program that can.
  return constraints !== undefined && satisfies(version, constraints);
}
