/**
 * The assertions tests share, on top of node:assert.
 *
 * @module
 */

import assert from "node:assert/strict";
import { DstreamError } from "../../core/base/errors.ts";

export { assert };

/** `actual` and `expected` have the same structure and values. */
export function assertEquals<T>(actual: T, expected: T, why?: string): void {
  assert.deepStrictEqual(actual, expected, why);
}

/** Runs `action`, which must fail with a DstreamError of that code. */
export function assertFails(action: () => unknown, code: string): DstreamError {
  try {
    action();
  } catch (error) {
    return assertCode(error, code);
  }
  throw new assert.AssertionError({
    message: `expected ${code}, got no error`,
  });
}

/** The same for a promise. */
export async function assertRejects(
  action: () => Promise<unknown>,
  code: string,
): Promise<DstreamError> {
  try {
    await action();
  } catch (error) {
    return assertCode(error, code);
  }
  throw new assert.AssertionError({
    message: `expected ${code}, got no error`,
  });
}

function assertCode(error: unknown, code: string): DstreamError {
  if (!(error instanceof DstreamError)) throw error;
  assert.equal(error.code, code, error.message);
  return error;
}
