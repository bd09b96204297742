/**
 * A provider as the kit and the CLI see it.
 *
 * @module
 */

import type { JsonObject } from "../protocol/envelope.ts";
import type { ConfigProblem } from "./config/mod.ts";
import type { Host } from "./serve/host.ts";

/** Writes to stderr, one line each; fields become `key=value`. */
export interface Logger {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** What `PROVIDER spec` prints. */
export interface ProviderSpec {
  readonly name: string;
  readonly version: string;
  readonly role: "input" | "output";
  readonly description: string;
  readonly protocol: { readonly version: number };
  readonly features: readonly string[];
  readonly commands: readonly string[];
  /** JSON Schema 2020-12 of the config block. */
  readonly config: JsonObject;
  readonly examples: readonly JsonObject[];
}

/** Made by `defineInput` or `defineOutput`. */
export interface Provider {
  readonly role: "input" | "output";
  /** Technology: "counter", "file". */
  readonly name: string;
  readonly version: string;
  spec(): ProviderSpec;
  /** Every problem of a config block, without touching anything outside. */
  checkConfig(config: JsonObject): readonly ConfigProblem[];
  /** The Markdown table of its config keys. */
  configTable(): string;
  /**
   * Speaks the protocol over the process's own stdin, stdout and stderr.
   * @param args What follows the provider's name: `spec`, `--help`, `--version`.
   * @param host Instead of this process, in tests.
   * @returns The exit status. Nothing must be done afterwards but exit with it.
   */
  serve(args: readonly string[], host?: Host): Promise<number>;
}

/** An entry of providers/mod.ts: loaded only when used. */
export interface BuiltIn {
  readonly role: "input" | "output";
  /** Technology: "counter" is `providers/counter/input`. */
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<Provider>;
}
