/**
 * The way to the registries: a client, an installer, and what the configuration
 * says about both.
 *
 * @module
 */

import type { Configuration } from "../core/config/task.ts";
import type { DstreamError } from "../core/base/errors.ts";
import { cacheFolder, homeFolder } from "../core/install/cache_folder.ts";
import type { InstallEvent } from "../core/install/events.ts";
import { Installer, type PullPolicy } from "../core/install/install.ts";
import type { Locked } from "../core/install/lock_file.ts";
import {
  platformOf,
  type RegistryClient,
  type RegistrySettings,
} from "../core/registry/mod.ts";
import { loadConfiguration } from "./configuration.ts";
import type { Context } from "./context.ts";
import { Interrupted } from "./terminal/interrupted.ts";

/** What a command has while it speaks with registries. */
export class Registries implements Disposable {
  readonly #ends = new DisposableStack();
  readonly #stop = new AbortController();
  #client: Promise<RegistryClient> | undefined;

  constructor(
    readonly context: Context,
    readonly settings: RegistrySettings,
    readonly onEvent: (event: InstallEvent) => void = () => {},
  ) {
    this.#ends.defer(
      context.deps.signals.subscribe((signal) =>
        this.#stop.abort(new Interrupted(signal))
      ),
    );
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Opened when first needed. */
  client(): Promise<RegistryClient> {
    this.#client ??= this.#open();
    return this.#client;
  }

  installer(wishes: {
    readonly pull?: PullPolicy;
    readonly locked?: Locked;
  } = {}): Installer {
    const { env, platform, clock } = this.context.deps;
    return new Installer({
      cacheFolder: cacheFolder(env),
      platform: platformOf(platform),
      clock,
      client: () => this.client(),
      pull: wishes.pull ?? "missing",
      locked: wishes.locked,
      signal: this.signal,
      onEvent: this.onEvent,
    });
  }

  [Symbol.dispose](): void {
    this.#ends.dispose();
  }

  async #open(): Promise<RegistryClient> {
    const { env, version, clock, random, spawner } = this.context.deps;
    const client = await this.context.deps.openClient({
      env,
      homeFolder: homeFolder(env),
      version,
      clock,
      random,
      spawner,
      settings: this.settings,
      signal: this.signal,
      onRetry: (retry) => this.onEvent({ kind: "retry", ...retry }),
    });
    this.#ends.use(client);
    return client;
  }
}

/** As the `dstream` block has them. */
export function registrySettings(
  { insecureRegistries, registryMirrors }: Configuration,
): RegistrySettings {
  return { insecureRegistries, mirrors: registryMirrors };
}

/** What a command that needs no configuration takes from one that is there. */
export interface NearbySettings {
  readonly settings: RegistrySettings;
  /** `plugin_registry` */
  readonly defaultRegistry?: string;
}

/** A configuration that is missing, or wrong elsewhere, is none of its business. */
export async function nearbySettings(
  context: Context,
): Promise<NearbySettings> {
  try {
    const configuration = await loadConfiguration(context, {
      tasks: [],
      allowMissingEnv: true,
    });
    return {
      settings: registrySettings(configuration),
      defaultRegistry: configuration.registry,
    };
  } catch (error) {
    // A file that was asked for has to be right.
    if (context.flags.config !== undefined) throw error as DstreamError;
    return { settings: {} };
  }
}
