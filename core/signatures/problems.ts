/**
 * What goes wrong with keys and signatures, in words for people.
 *
 * @module
 */

import { DstreamError } from "../base/errors.ts";

/** A key file, or a key in a configuration, that can't be used. */
export function keyInvalid(
  where: string,
  reason: string,
  cause?: unknown,
): DstreamError {
  return new DstreamError(
    "sign.key_invalid",
    `cannot use the key ${where}: ${reason}`,
    {
      cause,
      isUsage: true,
      hint: "`dstream provider keygen` and `cosign generate-key-pair` make " +
        "a pair: cosign.key signs, cosign.pub verifies",
    },
  );
}

/** The key file is encrypted, and this doesn't open it. */
export function passphraseWrong(where: string): DstreamError {
  return new DstreamError(
    "sign.passphrase_wrong",
    `cannot open the key ${where}: the passphrase is another`,
    {
      isUsage: true,
      hint: "COSIGN_PASSWORD holds it, or it is asked for on a terminal",
    },
  );
}
