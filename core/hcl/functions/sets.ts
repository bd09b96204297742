/**
 * What several sets have together, in common, or not.
 *
 * @module
 */

import { ConversionError, convert, toSet } from "../expressions/convert.ts";
import { isEqual } from "../expressions/equality.ts";
import { unify } from "../expressions/types.ts";
import type { Type, Value } from "../value.ts";
import { ANY, listOf } from "./arguments.ts";
import type { FunctionDefinition } from "./definition.ts";

const SET: Type = { kind: "set", element: ANY };

type Combine = (sets: readonly (readonly Value[])[]) => Value[];

function ofSets(
  parameters: FunctionDefinition["parameters"],
  rest: FunctionDefinition["rest"],
  combine: Combine,
): FunctionDefinition {
  return {
    parameters,
    rest,
    call: (...args) => {
      const element = commonElement(args);
      const sets = args.map((arg) =>
        listOf(convert(arg, { kind: "set", element }), "sets").items
      );
      return toSet(combine(sets), element);
    },
  };
}

export const SET_FUNCTIONS: Record<string, FunctionDefinition> = {
  setunion: ofSets(
    [{ name: "set", type: SET }],
    { name: "sets", type: SET },
    (sets) => sets.flat(),
  ),
  setintersection: ofSets(
    [{ name: "set", type: SET }],
    { name: "sets", type: SET },
    ([first, ...others]) =>
      first.filter((item) => others.every((set) => has(set, item))),
  ),
  setsubtract: ofSets(
    [{ name: "a", type: SET }, { name: "b", type: SET }],
    undefined,
    ([a, b]) => a.filter((item) => !has(b, item)),
  ),
};

function commonElement(sets: readonly Value[]): Type {
  const types = sets.map((set) => listOf(set, "sets").type!.element);
  const element = unify(types);
  if (element !== undefined) return element;
  throw new ConversionError("the sets must have elements of one type");
}

function has(set: readonly Value[], item: Value): boolean {
  return set.some((other) => isEqual(other, item));
}
