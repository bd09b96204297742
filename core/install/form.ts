/**
 * In which form a provider comes: as one module for every platform, which dstream
 * runs on its own runtime, or as an executable for this one.
 *
 * A module is a hundredth of an executable's size, so it is what is fetched where
 * there is a choice. What is in the cache already will do, unless the user wants one
 * of the two.
 *
 * @module
 */

import { DstreamError } from "../base/errors.ts";
import {
  fitsRuntime,
  formatPlatform,
  formatReference,
  hasCode,
  type ModuleLayer,
} from "../registry/mod.ts";
import type { ArtifactReader, ResolvedArtifact } from "./artifact_reader.ts";
import { readRecord } from "./artifact_record.ts";
import type { InstallerOptions } from "./install_options.ts";
import type { Pinned } from "./pin.ts";

/** How a provider is packaged. */
export type Form = "module" | "executable";

/**
 * What `--prefer` and DSTREAM_PREFER say.
 * @throws {DstreamError} `usage.prefer`
 */
export function preferredForm(text: string | undefined): Form | undefined {
  if (!text) return undefined;
  if (text === "module" || text === "executable") return text;
  throw new DstreamError("usage.prefer", `there is no form "${text}"`, {
    isUsage: true,
    hint: "--prefer and DSTREAM_PREFER know module and executable",
  });
}

/** In lists of executables by platform: the one that is for all of them. */
export const MODULE_KEY = "module";

/** Chooses one form of an artifact, and takes that apart. */
export class FormChooser {
  readonly #options: InstallerOptions;
  readonly #reader: ArtifactReader;

  constructor(options: InstallerOptions, reader: ArtifactReader) {
    this.#options = options;
    this.#reader = reader;
  }

  /** @throws {DstreamError} `registry.platform_missing`, `registry.no_executable` */
  async choose(pinned: Pinned): Promise<ResolvedArtifact> {
    const { platform } = this.#options;
    const name = formatReference(pinned.reference);
    if (await this.#first(pinned) === "module") {
      const module = await this.#reader.takeModule(pinned, name);
      if (module !== undefined && this.#fits(module.layer)) return module;
    }
    try {
      return await this.#reader.takeApart(pinned, platform, name);
    } catch (error) {
      if (!hasCode(error, ...NOT_FOR_HERE)) throw error;
      const module = await this.#reader.takeModule(pinned, name);
      if (module === undefined) throw error;
      if (this.#fits(module.layer)) return module;
      throw this.#notForRuntime(name, module.layer);
    }
  }

  #fits({ runtime }: ModuleLayer): boolean {
    const { runtime: version } = this.#options;
    return version !== undefined && fitsRuntime(runtime, version);
  }

  async #first({ reference, digest }: Pinned): Promise<Form> {
    const { runtime, prefer, platform, cacheFolder } = this.#options;
    if (runtime === undefined) return "executable";
    if (prefer !== undefined) return prefer;
    const record = await readRecord(cacheFolder, reference);
    if (record?.digest !== digest) return "module";
    const { executables } = record;
    const hasModule = executables[MODULE_KEY] !== undefined;
    const hasOther = executables[formatPlatform(platform)] !== undefined;
    return hasOther && !hasModule ? "executable" : "module";
  }

  #notForRuntime(name: string, { runtime = "any" }: ModuleLayer): DstreamError {
    const { runtime: version, platform } = this.#options;
    return new DstreamError(
      "registry.platform_missing",
      `"${name}" has no executable for ${formatPlatform(platform)}, and its ` +
        `module needs the runtime ${runtime}`,
      {
        hint: version === undefined
          ? "modules run where the dstream program itself is used"
          : `this dstream has ${version}; a newer one may run it`,
      },
    );
  }
}

const NOT_FOR_HERE = [
  "registry.platform_missing",
  "registry.no_executable",
] as const;
