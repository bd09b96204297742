/**
 * What one check is, and how it can end.
 *
 * @module
 */

import type { Bench } from "./bench.ts";

/** `must`: without it data is lost or hangs. `should`: users will miss it. */
export type Level = "must" | "should";

/** One thing that is expected of a provider. */
export interface Check {
  /** `input.resume`; stable, so that a build can name it. */
  readonly id: string;
  readonly level: Level;
  /** Absent: of both. */
  readonly role?: "input" | "output";
  /** One sentence: what is expected, and why. */
  readonly expects: string;
  /** The place in the documentation that says it. */
  readonly page: string;
  /** @throws {Unmet | NotApplicable} */
  readonly run: (bench: Bench) => Promise<void>;
}

/** The same level, and role where it is of one, for all of a list. */
export function checksFor(
  level: Level,
  role: Check["role"],
  checks: readonly (Omit<Check, "level">)[],
): readonly Check[] {
  return checks.map((check) => ({ ...check, level, ...role && { role } }));
}

/** The expectation is not met; the message says what was seen instead. */
export class Unmet extends Error {
  override readonly name = "Unmet";
}

/** This provider, config or machine gives nothing to try; the message says why. */
export class NotApplicable extends Error {
  override readonly name = "NotApplicable";
}

/** What became of one check. */
export interface CheckResult {
  readonly id: string;
  readonly level: Level;
  readonly expects: string;
  readonly page: string;
  readonly outcome: "passed" | "failed" | "skipped";
  readonly durationMs: number;
  /** What was seen, or why it was skipped. */
  readonly message?: string;
  /** The lines exchanged, oldest first; of failed checks. */
  readonly exchanged?: readonly string[];
}

/** @throws {Unmet} Unless it holds. */
export function expect(isMet: boolean, seen: string): asserts isMet {
  if (!isMet) throw new Unmet(seen);
}

/** A value in a message, never longer than a line. */
export function quote(value: unknown): string {
  const text = typeof value === "string"
    ? value
    : JSON.stringify(value) ?? "nothing";
  return text.length > 160 ? `${text.slice(0, 160)}…` : text;
}
