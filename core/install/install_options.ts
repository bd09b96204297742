/**
 * What an installer works with, and so the files it is made of.
 *
 * @module
 */

import type { Clock } from "../ports/mod.ts";
import type { Platform, RegistryClient } from "../registry/mod.ts";
import type { SignatureRule } from "../signatures/trust.ts";
import type { InstallEvent } from "./events.ts";
import type { Form } from "./form.ts";
import type { Locked } from "./lock_file.ts";

/** When the registry is asked. */
export type PullPolicy = "missing" | "always" | "never";

/** What an installer works with. */
export interface InstallerOptions {
  readonly cacheFolder: string;
  readonly platform: Platform;
  /** Version of the runtime that dstream runs modules on; absent: it can't run any. */
  readonly runtime?: string;
  /** Fetched even where the other one is here; absent: a module, or what is here. */
  readonly prefer?: Form;
  readonly clock: Clock;
  /** Opened when first needed. */
  readonly client: () => Promise<RegistryClient>;
  readonly pull: PullPolicy;
  readonly locked?: Locked;
  /** Whose signatures count; none: nobody asks for one. */
  readonly signatures?: readonly SignatureRule[];
  readonly signal?: AbortSignal;
  readonly onEvent: (event: InstallEvent) => void;
}
