/**
 * A body with expressions, each of which becomes JSON.
 *
 * @module
 */

import type { Scope, Side } from "@dstream/sdk/service";
import { type Json, parseExactJson } from "@dstream/sdk";
import { valueAt } from "../../web/mod.ts";

const EXPRESSION = /\{\s*(data|metadata)((?:\.[^.{}\s"]+)*)\s*\}/g;

/** Everything that isn't an expression stays as it is, braces too. */
export class JsonTemplate {
  constructor(readonly text: string) {}

  /** `null` for what isn't there. */
  render(scope: Scope): string {
    const parsed = new Map<Side, Json>();
    return this.text.replace(EXPRESSION, (_whole, side: Side, path: string) => {
      const value = parsed.get(side) ?? parseExactJson(scope.text(side));
      parsed.set(side, value);
      return JSON.stringify(valueAt(value, path) ?? null);
    });
  }
}
