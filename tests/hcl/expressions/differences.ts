/**
 * Where our evaluator differs from HashiCorp's on purpose, and why.
 *
 * @module
 */

/** What ours gives instead: `value` as JSON, or the code of an error. */
export interface Difference {
  readonly expression: string;
  readonly reason: string;
  readonly value?: string;
  readonly code?: string;
}

const DOUBLE = "arithmetic on fractions is double precision, not 512 bits";
const EXACT = "whole numbers are exact; HCL rounds this to double precision";
const NULL = "null is no boolean; HCL takes it for false";

export const DIFFERENCES: readonly Difference[] = [
  {
    expression: "5 % 0",
    reason: "the remainder of a division by zero means nothing; HCL gives 5",
    code: "config.division_by_zero",
  },
  { expression: "0.1 + 0.2", reason: DOUBLE, value: "0.30000000000000004" },
  { expression: "0.1 * 3", reason: DOUBLE, value: "0.30000000000000004" },
  { expression: "1.1 - 1", reason: DOUBLE, value: "0.10000000000000009" },
  { expression: "null && true", reason: NULL, code: "config.value_null" },
  { expression: "true && null", reason: NULL, code: "config.value_null" },
  { expression: "pow(2, 64)", reason: EXACT, value: "18446744073709551616" },
  { expression: "pow(10, 400)", reason: EXACT, value: `1${"0".repeat(400)}` },
  {
    expression: "contains([null], null)",
    reason: "HCL leaves the result unknown; nothing is unknown here",
    value: "true",
  },
  {
    expression: "coalescelist(null, [1])",
    reason: "HCL wants a type for the null",
    value: "[1]",
  },
  {
    expression: 'yamldecode("a: 1\\na: 2")',
    reason: "the same key twice is a mistake; Terraform takes the last",
    code: "config.function_failed",
  },
  {
    expression: 'yamldecode("a: 2024-05-01")',
    reason: "a date stays the text it is; Terraform adds T00:00:00Z",
    value: '{"a":"2024-05-01"}',
  },
  {
    expression: 'yamldecode("a: !!int \\"5\\"")',
    reason: "an explicit tag counts for quoted text too",
    value: '{"a":5}',
  },
];
