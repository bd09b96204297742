/**
 * The optional commands besides `run`.
 *
 * @module
 */

import type { JsonObject } from "../protocol/envelope.ts";
import type { Logger } from "./provider.ts";

/** What a lifecycle command gets. */
export interface LifecycleContext {
  /** Aborted on Ctrl+C and the like. */
  readonly signal: AbortSignal;
  readonly log: Logger;
  /** As for a run. */
  readonly taskName: string | undefined;
}

/** One resource the provider would create, change or remove. */
export interface PlannedChange {
  readonly action: "create" | "update" | "delete" | "none";
  readonly type: string;
  readonly name: string;
  readonly [key: string]: unknown;
}

/** What a command reports; drawn by the CLI. */
export interface Report {
  readonly changes?: readonly PlannedChange[];
  readonly resources?: readonly JsonObject[];
  readonly message?: string;
}

/** Each is optional; what is missing reports that there is nothing to do. */
export interface Lifecycle<Config> {
  init?(config: Config, context: LifecycleContext): Promise<Report>;
  plan?(config: Config, context: LifecycleContext): Promise<Report>;
  status?(config: Config, context: LifecycleContext): Promise<Report>;
  destroy?(config: Config, context: LifecycleContext): Promise<Report>;
}
