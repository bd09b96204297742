/**
 * A body with expressions, each of which becomes JSON.
 *
 * @module
 */

import type { Scope, Side } from "@dstream/sdk/service";
import { type Json, parseExactJson } from "@dstream/sdk";

const EXPRESSION = /\{\s*(data|metadata)((?:\.[^.{}\s"]+)*)\s*\}/g;

/** Everything that isn't an expression stays as it is, braces too. */
export class JsonTemplate {
  constructor(readonly text: string) {}

  /** `null` for what isn't there. */
  render(scope: Scope): string {
    return this.text.replace(EXPRESSION, (_whole, side: Side, path: string) => {
      let at: Json | undefined = parseExactJson(scope.text(side));
      for (const key of path.split(".").slice(1)) {
        at = typeof at === "object" && at !== null && Object.hasOwn(at, key)
          ? (at as Record<string, Json>)[key]
          : undefined;
      }
      return JSON.stringify(at ?? null);
    });
  }
}
