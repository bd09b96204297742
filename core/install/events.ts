/**
 * What happens while providers are installed, as the views render it.
 *
 * @module
 */

import type { DstreamError } from "../base/errors.ts";

/** One piece of news. `name` is the reference as the user knows it. */
export type InstallEvent =
  | { readonly kind: "resolving"; readonly name: string }
  | { readonly kind: "waiting"; readonly name: string }
  | {
    readonly kind: "progress";
    readonly name: string;
    readonly doneBytes: number;
    readonly totalBytes: number;
  }
  | {
    readonly kind: "pulled";
    readonly name: string;
    readonly digest: string;
    readonly platform: string;
    /** Bytes of the layer. */
    readonly sizeBytes: number;
    readonly durationMs: number;
  }
  | { readonly kind: "damaged"; readonly name: string }
  | {
    readonly kind: "retry";
    readonly reason: string;
    readonly delayMs: number;
    readonly attempt: number;
  }
  /** The registry doesn't answer; what was pulled before is used. */
  | {
    readonly kind: "offline";
    readonly name: string;
    readonly digest: string;
    readonly reason: string;
  }
  /** Its signatures are not what the configuration asks for; it only warns. */
  | { readonly kind: "distrusted"; readonly error: DstreamError };
