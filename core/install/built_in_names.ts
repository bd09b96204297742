/**
 * How users name a built-in: `counter`, or `in-file` where both roles have one.
 *
 * @module
 */

import { DstreamError } from "../base/errors.ts";
import { didYouMean } from "../base/nearest.ts";

/** What is enough to name one. */
export interface BuiltInName {
  readonly role: "input" | "output";
  /** Technology: "counter", "file". */
  readonly name: string;
}

/** The full name, which is never ambiguous: `in-counter`, `out-file`. */
export function fullName({ role, name }: BuiltInName): string {
  return `${role === "input" ? "in" : "out"}-${name.replaceAll("_", "-")}`;
}

/** The shortest name that means this one and no other. */
export function shortName(
  builtIn: BuiltInName,
  all: readonly BuiltInName[],
): string {
  const isOnly = all.filter((b) => b.name === builtIn.name).length === 1;
  return isOnly ? builtIn.name : fullName(builtIn);
}

/**
 * @param text `counter`, `in-counter` or `in_counter`.
 * @throws {DstreamError} `usage.provider_unknown` or `usage.provider_ambiguous`.
 */
export function findBuiltIn<T extends BuiltInName>(
  text: string,
  all: readonly T[],
): T {
  const name = text.replaceAll("_", "-").toLowerCase();
  const byFullName = all.find((b) => fullName(b) === name);
  if (byFullName !== undefined) return byFullName;
  const byName = all.filter((b) => b.name.replaceAll("_", "-") === name);
  if (byName.length === 1) return byName[0];
  throw byName.length > 1 ? ambiguous(text, byName) : unknown(text, all);
}

function ambiguous(text: string, found: readonly BuiltInName[]): DstreamError {
  const names = found.map((b) => `"${fullName(b)}"`).join(" or ");
  return new DstreamError(
    "usage.provider_ambiguous",
    `"${text}" is an input and an output`,
    { isUsage: true, hint: `say ${names}` },
  );
}

function unknown(text: string, all: readonly BuiltInName[]): DstreamError {
  const names = all.flatMap((b) => [shortName(b, all), fullName(b)]);
  return new DstreamError(
    "usage.provider_unknown",
    `there is no built-in provider "${text}"`,
    {
      isUsage: true,
      hint: didYouMean(text, names, "`dstream provider list` shows all"),
    },
  );
}
