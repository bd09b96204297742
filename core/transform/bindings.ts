/**
 * What the expressions of one step see of a line.
 *
 * @module
 */

import type { JsonObject } from "../protocol/mod.ts";
import type { CelContext } from "./cel.ts";
import type { Line } from "./line.ts";
import { Needs } from "./needs.ts";
import { ToCel } from "./to_cel.ts";

const NOTHING: CelContext = { data: null, metadata: null };

/** Shared by the expressions of one step. */
export class Bindings {
  /** Filled when the expressions are compiled. */
  readonly needs = new Needs();
  readonly #toCel = new ToCel();

  /** @throws {LineProblem} When the line is no envelope. */
  of(line: Line): CelContext {
    const { value } = line;
    if (this.needs.isEmpty) return NOTHING;
    this.#toCel.isInexact = false;
    const context = this.#pick(line, value);
    return this.#toCel.isInexact ? this.#pick(line, line.exact) : context;
  }

  #pick(line: Line, value: JsonObject): CelContext {
    const { needs } = this;
    const data = needs.field("data");
    const metadata = needs.field("metadata");
    return {
      data: data?.pick(value[line.dataKey], this.#toCel) ?? null,
      metadata: metadata?.pick(value[line.metadataKey] ?? {}, this.#toCel) ??
        null,
    };
  }
}
