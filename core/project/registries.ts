/**
 * The way to the registries: a client and an installer.
 *
 * @module
 */

import { cacheFolder, homeFolder } from "../install/cache_folder.ts";
import { type Form, preferredForm } from "../install/form.ts";
import type { InstallEvent } from "../install/events.ts";
import { Installer } from "../install/install.ts";
import type { PullPolicy } from "../install/install_options.ts";
import type { Locked } from "../install/lock_file.ts";
import { platformOf, type RegistryClient } from "../registry/mod.ts";
import type { RegistryRules } from "./registry_settings.ts";
import type { World } from "./site.ts";

/** Who ends it, and who hears of it. */
export interface RegistriesWishes {
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: InstallEvent) => void) | undefined;
}

/** Whoever speaks with registries has one, until the scope is left. */
export class Registries implements Disposable {
  readonly #ends = new DisposableStack();
  readonly signal: AbortSignal;
  readonly #onEvent: (event: InstallEvent) => void;
  #client: Promise<RegistryClient> | undefined;

  constructor(
    readonly world: World,
    readonly settings: RegistryRules,
    wishes: RegistriesWishes = {},
  ) {
    this.signal = wishes.signal ?? new AbortController().signal;
    this.#onEvent = wishes.onEvent ?? (() => {});
  }

  /** Opened when first needed. */
  client(): Promise<RegistryClient> {
    this.#client ??= this.#open();
    return this.#client;
  }

  installer(wishes: {
    readonly pull?: PullPolicy;
    readonly locked?: Locked;
    readonly prefer?: Form;
  } = {}): Installer {
    const { env, platform, clock } = this.world;
    const { moduleRuntime: runtime } = platform;
    const prefer = wishes.prefer ?? preferredForm(env.DSTREAM_PREFER);
    return new Installer({
      cacheFolder: cacheFolder(env),
      platform: platformOf(platform),
      ...runtime !== undefined && { runtime },
      ...prefer !== undefined && { prefer },
      clock,
      client: () => this.client(),
      pull: wishes.pull ?? "missing",
      locked: wishes.locked,
      signatures: this.settings.signatures,
      signal: this.signal,
      onEvent: this.#onEvent,
    });
  }

  /** To be done when the scope is left. */
  defer(end: () => void): void {
    this.#ends.defer(end);
  }

  [Symbol.dispose](): void {
    this.#ends.dispose();
  }

  async #open(): Promise<RegistryClient> {
    const { env, version, clock, random, spawner } = this.world;
    const client = await this.world.openClient({
      env,
      homeFolder: homeFolder(env),
      version,
      clock,
      random,
      spawner,
      settings: this.settings,
      signal: this.signal,
      onRetry: (retry) => this.#onEvent({ kind: "retry", ...retry }),
    });
    this.#ends.use(client);
    return client;
  }
}
