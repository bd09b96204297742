/**
 * A task as declared: what load.ts makes of the text and pipeline/ runs.
 *
 * Durations are milliseconds, sizes bytes, paths absolute. Everything here is
 * already evaluated; defaults are filled in.
 *
 * @module
 */

import type { Location } from "../base/errors.ts";
import type { SignatureSettings } from "./load/signature_settings.ts";

export type { SignatureSettings };

/** Input providers produce envelopes, output providers consume them. */
export type Side = "input" | "output";

/** One loaded configuration. */
export interface Configuration {
  /** Absolute; everything relative in the files is relative to this. */
  readonly folder: string;
  /** The files read, as the user would name them. */
  readonly files: readonly string[];
  /** The `dstream { plugin_registry }` of the file. */
  readonly registry?: string;
  /** `insecure_registries`: they speak HTTP. */
  readonly insecureRegistries?: readonly string[];
  /** `registry_mirrors`: registry → mirrors that are asked before it. */
  readonly registryMirrors?: Readonly<Record<string, readonly string[]>>;
  /** `registries`: whose signatures count where. */
  readonly signatures?: readonly SignatureSettings[];
  /** Those that were evaluated. */
  readonly tasks: ReadonlyMap<string, Task>;
  /** Every task there is, in the order declared. */
  readonly taskNames?: readonly string[];
  /** Root block of `dstream ingester`; read when all tasks are. */
  readonly ingester?: ConfigTree;
  /** Root block of `dstream router`; read when all tasks are. */
  readonly publisher?: ConfigTree;
  /** Texts that must never be printed: what secrets evaluated to. */
  readonly secrets: ReadonlySet<string>;
}

/** One `task` block. */
export interface Task {
  readonly name: string;
  readonly description?: string;
  readonly type: "providers" | "plugin";
  readonly at: Location;
  readonly inputs: readonly ProviderBlock[];
  readonly outputs: readonly ProviderBlock[];
  readonly deadLetter?: ProviderBlock;
  /** What happens to each envelope on its way, in this order. */
  readonly transforms: readonly TransformStep[];
  readonly delivery: Delivery;
  readonly restart: RestartOverride;
  readonly shutdownGraceMs: number;
  readonly maxLineBytes: number;
  /** Kills an output that makes no progress this long; off when absent. */
  readonly ackTimeoutMs?: number;
  /** State file, from `state { path }`; default `.dstream/state/<task>.json`. */
  readonly statePath?: string;
  /** The legacy gRPC mode's own settings; only when `type` is "plugin". */
  readonly plugin?: LegacyPlugin;
}

/** How much may be handed to an output and not yet acknowledged. */
export interface Delivery {
  readonly windowBytes: number;
  readonly windowEnvelopes: number;
  /** What each output may have in files besides; see docs/delivery.md. */
  readonly spoolBytes?: number;
  /** Where; default `.dstream/spool/<task>` beside the configuration. */
  readonly spoolPath?: string;
}

/** `restart { … }`; what is left out follows the provider's version. */
export interface RestartOverride {
  readonly policy?: "on-failure" | "never" | "always";
  readonly maxRestarts?: number;
  readonly initialDelayMs?: number;
  readonly maxDelayMs?: number;
}

/** Where a provider's executable comes from. */
export type ProviderSource =
  | { readonly kind: "builtin"; readonly name: string }
  | { readonly kind: "path"; readonly path: string }
  | { readonly kind: "reference"; readonly reference: string };

/** An `input`, `output` or `dead_letter` block. */
export interface ProviderBlock {
  readonly side: Side;
  /** Block label, for several inputs or outputs in one task. */
  readonly label?: string;
  readonly at: Location;
  readonly source: ProviderSource;
  /** Where the `provider…` attribute's value stands. */
  readonly sourceAt: Location;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** 0 raw config, 1 without acknowledgements; absent: offer version 2. */
  readonly protocol?: 0 | 1 | 2;
  readonly readyTimeoutMs: number;
  readonly stdinGraceMs: number;
  readonly silentOutputWaitMs: number;
  readonly strayLines: "drop" | "forward" | "fail";
  readonly restart: RestartOverride;
  /** Of an output: what happens to each envelope before this output alone. */
  readonly transforms?: readonly TransformStep[];
  readonly config: ConfigTree;
}

/** An evaluated `config` block that still knows where each key was written. */
export interface ConfigTree {
  /**
   * One JSON object on one line, numbers with all their digits.
   * Holds secrets: only ever for a provider's stdin.
   */
  json(): string;
  /** The same as JSON text with every secret replaced by "(sensitive)". */
  redactedJson(): string;
  /**
   * Where a key's value was written.
   * @param path `config.tables[0]`, `tables[0]` or `lock.type`; the deepest
   * part that is known answers, so a path too deep still finds its parent.
   */
  locate(path: string): Location | undefined;
  /** Top-level keys with the place of each key's name. */
  keys(): ReadonlyMap<string, Location>;
}

/** One block inside a `transform` block. Expressions are CEL, not HCL. */
export type TransformStep = FilterStep | MapStep | ValidateStep;

/** Lets an envelope pass only if `where` is true. */
export interface FilterStep {
  readonly kind: "filter";
  readonly at: Location;
  readonly where: PlacedText;
}

/** Changes fields; paths are `data.a.b` or `metadata.a`. */
export interface MapStep {
  readonly kind: "map";
  readonly at: Location;
  /** Path → expression. */
  readonly set: readonly {
    readonly path: PlacedText;
    readonly value: PlacedText;
  }[];
  readonly remove: readonly PlacedText[];
  readonly rename: readonly {
    readonly from: PlacedText;
    readonly to: PlacedText;
  }[];
}

/** Holds `data` against a JSON Schema. */
export interface ValidateStep {
  readonly kind: "validate";
  readonly at: Location;
  /** JSON text. */
  readonly schema: PlacedText;
  readonly onInvalid: "dead_letter" | "drop" | "fail";
}

/** A text that knows where it was written. */
export interface PlacedText {
  readonly text: string;
  readonly at: Location;
  /**
   * Where a part of the text was written; the whole where that can't be told.
   * @param start UTF-16 offsets into `text`, `end` exclusive.
   */
  locate(start: number, end: number): Location;
}

/** Settings of the legacy gRPC mode. */
export interface LegacyPlugin {
  /** The plugin as a block: found, pulled, locked and masked like a provider. */
  readonly block: ProviderBlock;
  readonly source: ProviderSource;
  readonly config: ConfigTree;
  readonly input?: { readonly provider: string; readonly config: ConfigTree };
  readonly output?: { readonly provider: string; readonly config: ConfigTree };
}
