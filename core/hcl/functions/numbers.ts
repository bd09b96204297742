/**
 * Functions over numbers. Whole numbers stay exact however long they are.
 *
 * @module
 */

import {
  calculate,
  compareDigits,
  fromNumber,
  negate,
  power,
  roundTowards,
  signOfDigits,
} from "../expressions/number.ts";
import { convert } from "../expressions/convert.ts";
import { describeValue } from "../expressions/types.ts";
import { numberValue, type Value } from "../value.ts";
import { ANY, digitsOf, integerOf, listOf, NUMBER } from "./arguments.ts";
import { type FunctionDefinition, FunctionError } from "./definition.ts";

const MAX_RANGE = 1024;

/** A function of numbers that gives a number. */
function numbers(
  names: readonly string[],
  call: (...digits: string[]) => string,
): FunctionDefinition {
  return {
    parameters: names.map((name) => ({ name, type: NUMBER })),
    call: (...args) => numberValue(call(...args.map(digitsOf))),
  };
}

/** The one of all its arguments that is the least or the greatest. */
function extreme(sign: 1 | -1): FunctionDefinition {
  return {
    parameters: [{ name: "number", type: NUMBER }],
    rest: { name: "numbers", type: NUMBER },
    call: (...args) =>
      args.reduce((best, value) =>
        compareDigits(digitsOf(value), digitsOf(best)) * sign > 0 ? value : best
      ),
  };
}

export const NUMBER_FUNCTIONS: Record<string, FunctionDefinition> = {
  abs: numbers(["num"], (n) => signOfDigits(n) < 0 ? negate(n) : n),
  ceil: numbers(["num"], (n) => roundTowards("ceil", n)),
  floor: numbers(["num"], (n) => roundTowards("floor", n)),
  signum: numbers(["num"], (n) => String(signOfDigits(n))),
  pow: numbers(["num", "power"], power),
  log: numbers(
    ["num", "base"],
    (n, base) => fromNumber(Math.log(Number(n)) / Math.log(Number(base))),
  ),
  min: extreme(-1),
  max: extreme(1),
  sum: {
    parameters: [{ name: "list", type: ANY }],
    call: (list) => numberValue(sum(listOf(list, "list").items)),
  },
  parseint: {
    parameters: [{ name: "number", type: ANY }, { name: "base", type: NUMBER }],
    call: (text, base) => numberValue(parseInteger(text, base)),
  },
  range: {
    parameters: [{ name: "number", type: NUMBER }],
    rest: { name: "numbers", type: NUMBER },
    call: (...args) => ({
      kind: "list",
      items: range(args.map(digitsOf)).map(numberValue),
      type: { kind: "list", element: NUMBER },
    }),
  },
};

function sum(items: readonly Value[]): string {
  if (items.length === 0) {
    throw new FunctionError("the list is empty", {
      argument: 0,
      hint: "sum(concat([0], …)) of an empty list is 0",
    });
  }
  return items.map((item, i) => {
    const number = convert(item, NUMBER);
    if (number.kind === "number") return number.digits;
    throw new FunctionError(`item ${i} must be a number, got null`);
  }).reduce((total, digits) => calculate("+", total, digits));
}

/** Digits up to base 36 in either case; beyond it capitals count on from 36. */
function parseInteger(value: Value, baseValue: Value): string {
  if (value.kind !== "string") {
    throw new FunctionError(
      `"number" must be a string, got ${describeValue(value)}`,
      { argument: 0 },
    );
  }
  const base = integerOf(baseValue, "base");
  if (base < 2 || base > 62) {
    throw new FunctionError(`"base" must be between 2 and 62, got ${base}`, {
      argument: 1,
    });
  }
  const [, sign, text] = /^([+-]?)(.*)$/s.exec(value.value)!;
  if (text === "" || text.length > 10_000) throw notInBase(value.value, base);
  let total = 0n;
  for (const character of text) {
    const digit = digitValue(character, base);
    if (digit === undefined) throw notInBase(value.value, base);
    total = total * BigInt(base) + BigInt(digit);
  }
  return String(sign === "-" ? -total : total);
}

function digitValue(character: string, base: number): number | undefined {
  const digits =
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  const digit = digits.indexOf(
    base <= 36 ? character.toLowerCase() : character,
  );
  return digit >= 0 && digit < base ? digit : undefined;
}

function notInBase(text: string, base: number): FunctionError {
  return new FunctionError(
    `${JSON.stringify(text)} is no whole number in base ${base}`,
    { argument: 0 },
  );
}

function range(args: readonly string[]): string[] {
  const [start, end, step] = rangeBounds(args);
  const direction = signOfDigits(step);
  if (direction === 0) {
    throw new FunctionError("the step must not be zero", { argument: 2 });
  }
  const values: string[] = [];
  const remaining = (value: string) => compareDigits(end, value) * direction;
  if (remaining(start) < 0) {
    throw new FunctionError(
      `the end ${end} is not reached from ${start} in steps of ${step}`,
      { argument: 1 },
    );
  }
  for (let value = start; remaining(value) > 0;) {
    if (values.length >= MAX_RANGE) {
      throw new FunctionError(`more than ${MAX_RANGE} values`);
    }
    values.push(value);
    value = calculate("+", value, step);
  }
  return values;
}

function rangeBounds(args: readonly string[]): [string, string, string] {
  switch (args.length) {
    case 1:
      return ["0", args[0], signOfDigits(args[0]) < 0 ? "-1" : "1"];
    case 2: {
      const isDown = compareDigits(args[1], args[0]) < 0;
      return [args[0], args[1], isDown ? "-1" : "1"];
    }
    case 3:
      return [args[0], args[1], args[2]];
    default:
      throw new FunctionError("takes one, two or three numbers", {
        code: "config.function_arguments",
      });
  }
}
