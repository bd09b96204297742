/**
 * What the tests use and one name installs.
 *
 * @module
 */

/** Whose cache and lock an installation uses. */
export type Installer = "debian" | "go" | "maven" | "python";

/** A server or tool, or several that are of use only together. */
export interface Group {
  /** What one types: `deno task setup NAME`. */
  readonly name: string;
  /** What brings it: one at a time does, and Debian comes before the others. */
  readonly by: Installer;
  /** One line for `--list`. */
  readonly brings: string;
  /**
   * What was installed for another version is installed anew. `undefined`: any
   * version will do.
   */
  readonly version?: string;
  /** Whether it runs, told within milliseconds. */
  isThere(): boolean;
  /** May run again and again. @throws SetupError When it can't be had here. */
  install(): Promise<void>;
}

/** Why a group can't be installed here, in words for whoever typed the command. */
export class SetupError extends Error {
  override readonly name = "SetupError";
}
