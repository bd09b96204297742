/**
 * What a step says about an envelope.
 *
 * @module
 */

import type { DstreamError } from "../base/errors.ts";

/** Why an envelope is refused: its content can't be worked with, or breaks a schema. */
export type RejectCode = "transform" | "schema";

/** What becomes of an envelope. */
export type Verdict =
  | { readonly kind: "pass" }
  | { readonly kind: "drop" }
  | {
    readonly kind: "reject";
    readonly reason: string;
    readonly code: RejectCode;
  }
  /** The whole task ends here. */
  | { readonly kind: "fail"; readonly error: DstreamError };

export const PASS: Verdict = { kind: "pass" };
export const DROP: Verdict = { kind: "drop" };

/** An envelope a step can't work with. Never reaches a user as such. */
export class LineProblem extends Error {
  override readonly name = "LineProblem";
}
