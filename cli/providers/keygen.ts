/**
 * `dstream provider keygen`: a new pair of keys in two files.
 *
 * @module
 */

import { resolve } from "node:path";
import { DstreamError } from "../../core/base/errors.ts";
import { fileTrouble } from "../../core/base/file_trouble.ts";
import { makeKeyPair } from "../../core/signatures/mod.ts";
import type { Context } from "../context.ts";
import { passphraseOf } from "./signing_key.ts";
import { usageError } from "./push_wishes.ts";

const OWNER_ONLY = 0o600;
const EVERYBODY = 0o644;
const ANOTHER = "name another pair: dstream provider keygen NAME";

/** @throws {DstreamError} `usage.…`, `sign.key_not_written` */
export async function makeKeys(name: string, context: Context): Promise<void> {
  const names = [`${name}.key`, `${name}.pub`];
  for (const one of names) await refuseExisting(one, context);
  const passphrase = await newPassphrase(name, context);
  const { privateKey, publicKey } = await makeKeyPair(passphrase);
  await writeNew(`${name}.key`, privateKey, OWNER_ONLY, context);
  await writeNew(`${name}.pub`, publicKey, EVERYBODY, context);
  context.say(
    `✅ ${name}.key signs: keep it secret. ${name}.pub verifies: give it to everybody`,
  );
}

/** A mistyped one would lock the key for ever. */
async function newPassphrase(name: string, context: Context) {
  const first = await passphraseOf(`Passphrase for ${name}.key: `, context);
  if (context.deps.env.COSIGN_PASSWORD !== undefined) return first;
  if (await passphraseOf("The same again: ", context) === first) return first;
  throw usageError("usage.passphrase", "the two passphrases differ");
}

async function refuseExisting(name: string, context: Context): Promise<void> {
  const path = resolve(context.deps.cwd, name);
  const info = await Deno.lstat(path).catch(() => undefined);
  if (info === undefined) return;
  throw usageError("usage.key_exists", `"${name}" is there already`, ANOTHER);
}

async function writeNew(
  name: string,
  text: string,
  mode: number,
  context: Context,
): Promise<void> {
  try {
    const path = resolve(context.deps.cwd, name);
    await Deno.writeTextFile(path, text, { createNew: true, mode });
  } catch (cause) {
    const { what } = fileTrouble(cause, name, "another name");
    throw new DstreamError("sign.key_not_written", `cannot write ${what}`, {
      cause,
      isUsage: true,
      hint: ANOTHER,
    });
  }
}
