/**
 * Time and chance, handed in at the edge.
 *
 * @module
 */

import type { OpenContext } from "@dstream/sdk";

/** What a web client needs of its surroundings. */
export interface WebDeps
  extends
    Pick<OpenContext, "signal" | "sleep" | "now" | "monotonicMs" | "log"> {
  /** From 0 up to 1. */
  random?(): number;
}
