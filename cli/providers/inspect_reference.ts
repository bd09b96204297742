/**
 * What an artifact in a registry is: its platforms, its digests, and what the
 * provider in it says about itself. Nothing is executed.
 *
 * @module
 */

import {
  chooseLayer,
  chooseManifest,
  type ExecutableLayer,
  formatPlatform,
  formatReference,
  type Index,
  type Manifest,
  type ModuleLayer,
  type Platform,
  platformsOf,
} from "../../core/registry/mod.ts";
import type { Installer } from "../../core/install/install.ts";
import type { Pinned } from "../../core/install/pin.ts";
import type { Context } from "../context.ts";
import { parseSpec } from "../../core/project/mod.ts";
import { nearbyReference, openShownRegistries } from "./registries.ts";
import { formatSpec } from "../views/spec.ts";
import { formatTable } from "../views/table.ts";
import { formatBytes } from "../views/units.ts";

/** How to show it. */
export interface InspectWishes {
  readonly isJson: boolean;
  readonly columns: number;
}

interface PlatformFacts {
  readonly platform: string;
  readonly executable?: string;
  readonly sizeBytes?: number;
  readonly layer: string;
  readonly layerBytes: number;
}

/** `dstream provider inspect REF` */
export async function inspectReference(
  text: string,
  { isJson, columns }: InspectWishes,
  context: Context,
): Promise<void> {
  const { settings, reference } = await nearbyReference(text, context);
  using registries = await openShownRegistries(settings, context);
  const installer = registries.installer();
  const pinned = await installer.pin(reference);
  const top = await installer.readManifest(pinned);
  const platforms = await factsOf(top, pinned, installer);
  const module = await installer.moduleOf(pinned);
  const specText = await installer.specOf(pinned);
  const facts = {
    reference: formatReference(pinned.reference),
    digest: pinned.digest,
    annotations: top.annotations,
    platforms,
    module,
    spec: specText === undefined ? undefined : parseSpec(specText),
  };
  if (isJson) return await context.printJson(toJson(facts));
  await context.print([
    heading(facts),
    formatTable(
      ["PLATFORM", "EXECUTABLE", "SIZE", "DOWNLOAD"],
      [...platforms, ...module ? [factsOfModule(module)] : []].map(toRow),
    ),
    facts.spec === undefined
      ? "It was packaged without a description of its configuration."
      : formatSpec(facts.spec, columns),
  ].join("\n\n"));
}

async function factsOf(
  top: Index | Manifest,
  pinned: Pinned,
  installer: Installer,
): Promise<PlatformFacts[]> {
  const facts: PlatformFacts[] = [];
  const name = formatReference(pinned.reference);
  for (const platform of platformsOf(top)) {
    const manifest = top.kind === "manifest" ? top : await installer
      .readManifest({ ...pinned, ...chooseManifest(top, platform, name) });
    facts.push(factsOfPlatform(platform, manifest as Manifest, name));
  }
  return facts;
}

function factsOfPlatform(
  platform: Platform,
  manifest: Manifest,
  name: string,
): PlatformFacts {
  const layer = chooseLayer(manifest, platform, name);
  return { platform: formatPlatform(platform), ...factsOfLayer(layer) };
}

function factsOfModule(module: ModuleLayer): PlatformFacts {
  const { runtime = "any" } = module;
  return { platform: `module (${runtime})`, ...factsOfLayer(module) };
}

function factsOfLayer({ layer, digest, maxSizeBytes }: ExecutableLayer) {
  return {
    ...digest !== undefined && { executable: digest, sizeBytes: maxSizeBytes },
    layer: layer.digest,
    layerBytes: layer.size,
  };
}

function toRow(facts: PlatformFacts): string[] {
  const { platform, executable, sizeBytes, layerBytes } = facts;
  return [
    platform,
    executable ?? "(known when unpacked)",
    sizeBytes === undefined ? "" : formatBytes(sizeBytes),
    formatBytes(layerBytes),
  ];
}

interface Facts {
  readonly reference: string;
  readonly digest: string;
  readonly annotations: Readonly<Record<string, string>>;
}

const SHOWN = ["version", "source", "licenses", "revision", "created"];

function heading({ reference, digest, annotations }: Facts): string {
  const rows = SHOWN.flatMap((key) => {
    const value = annotations[`org.opencontainers.image.${key}`];
    return value === undefined ? [] : [`${key}  ${value}`];
  });
  return [reference, digest, ...rows].join("\n");
}

function toJson<
  T extends {
    platforms: readonly PlatformFacts[];
    module: ModuleLayer | undefined;
  },
>({ module, ...facts }: T) {
  return {
    ...facts,
    platforms: facts.platforms.map((one) => ({
      platform: one.platform,
      executable: one.executable,
      size_bytes: one.sizeBytes,
      layer: one.layer,
      layer_bytes: one.layerBytes,
    })),
    ...module !== undefined && {
      module: {
        runtime: module.runtime,
        digest: module.digest,
        size_bytes: module.maxSizeBytes,
        layer: module.layer.digest,
        layer_bytes: module.layer.size,
      },
    },
  };
}
