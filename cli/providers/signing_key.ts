/**
 * The key that signs: read from a file or a variable, opened with a passphrase from
 * COSIGN_PASSWORD or from whoever sits there.
 *
 * @module
 */

import { resolve } from "node:path";
import { DstreamError } from "../../core/base/errors.ts";
import { fileTrouble } from "../../core/base/file_trouble.ts";
import { type PrivateKey, readPrivateKey } from "../../core/signatures/mod.ts";
import type { Context } from "../context.ts";
import { askHidden } from "../terminal/ask_hidden.ts";
import { usageError } from "./push_wishes.ts";

/** Where cosign looks for it too. */
const PASSPHRASE = "COSIGN_PASSWORD";
const VARIABLE = "env://";

/**
 * @param place A path, or `env://NAME`.
 * @throws {DstreamError} `sign.key_missing`, `sign.key_invalid`,
 * `sign.passphrase_…`
 */
export async function openSigningKey(
  place: string,
  context: Context,
): Promise<PrivateKey> {
  const text = await readSecretFile(place, context);
  return await readPrivateKey(
    text,
    `"${place}"`,
    () => passphraseOf(`Passphrase of ${place}: `, context),
  );
}

/** A file that is nobody else's business, or `env://NAME`. */
export async function readSecretFile(
  place: string,
  context: Context,
): Promise<string> {
  const { env, cwd } = context.deps;
  if (place.startsWith(VARIABLE)) {
    const name = place.slice(VARIABLE.length);
    const text = env[name];
    if (text) return text;
    throw usageError("usage.key", `the variable ${name} is empty or not set`);
  }
  try {
    return await Deno.readTextFile(resolve(cwd, place));
  } catch (cause) {
    const { what } = fileTrouble(cause, place, "");
    throw new DstreamError("sign.key_missing", `cannot read ${what}`, {
      cause,
      isUsage: true,
      hint: "`dstream provider keygen` makes a pair",
    });
  }
}

/** @throws {DstreamError} `sign.passphrase_missing` where nobody can be asked. */
export async function passphraseOf(
  question: string,
  context: Context,
): Promise<string> {
  const given = context.deps.env[PASSPHRASE];
  if (given !== undefined) return given;
  if (context.deps.stdin.isTerminal) return await askHidden(question, context);
  throw new DstreamError(
    "sign.passphrase_missing",
    "the key's passphrase isn't known, and nobody can be asked here",
    { isUsage: true, hint: `set ${PASSPHRASE}; it may be empty` },
  );
}
