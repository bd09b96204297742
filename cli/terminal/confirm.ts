/**
 * Asks before something is gone for good.
 *
 * @module
 */

import { DstreamError } from "../../core/base/errors.ts";
import type { Context } from "../context.ts";

/**
 * Goes on only when the task's name is typed.
 *
 * @param what A sentence that says what would happen.
 * @throws {DstreamError} `usage.confirmation_missing`, `usage.not_confirmed`
 */
export async function confirmByName(
  task: string,
  what: string,
  { verb, done }: { readonly verb: string; readonly done: string },
  { deps: { stdin, stderr } }: Context,
): Promise<void> {
  if (!stdin.isTerminal) {
    throw new DstreamError(
      "usage.confirmation_missing",
      `${verb} of "${task}" needs a yes`,
      { isUsage: true, hint: "add --yes where nobody can be asked" },
    );
  }
  const question = `${what} Type its name to go on: `;
  await stderr.write(new TextEncoder().encode(question));
  if ((await stdin.readLine())?.trim() === task) return;
  throw new DstreamError("usage.not_confirmed", `nothing was ${done}`, {
    isUsage: true,
  });
}
