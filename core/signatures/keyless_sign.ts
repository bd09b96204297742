/**
 * Signs without a key of one's own: a token says who one is, Fulcio certifies a key
 * that lives for this one signature, Rekor notes when.
 *
 * @module
 */

import { DstreamError } from "../base/errors.ts";
import { STATEMENT } from "./statement.ts";

/** Who is asked. */
export interface KeylessOptions {
  /** An OIDC token; it is shown to Fulcio alone. */
  readonly token: string;
  readonly fulcioUrl?: string | undefined;
  readonly rekorUrl?: string | undefined;
}

const TIMEOUT_MS = 30_000;
const RETRIES = 2;

/**
 * @returns The bundle's JSON.
 * @throws {DstreamError} `sign.keyless_failed`
 */
export async function makeKeylessBundle(
  statement: string,
  { token, fulcioUrl, rekorUrl }: KeylessOptions,
): Promise<string> {
  const { DSSEBundleBuilder, FulcioSigner, RekorWitness } = await import(
    "@sigstore/sign"
  );
  const { bundleToJSON } = await import("@sigstore/bundle");
  const bounds = { timeout: TIMEOUT_MS, retry: RETRIES };
  const builder = new DSSEBundleBuilder({
    signer: new FulcioSigner({
      ...bounds,
      fulcioBaseURL: fulcioUrl,
      identityProvider: { getToken: () => Promise.resolve(token) },
    }),
    witnesses: [new RekorWitness({ ...bounds, rekorBaseURL: rekorUrl })],
    certificateChain: false,
  });
  try {
    const bundle = await builder.create({
      data: Buffer.from(statement),
      type: STATEMENT,
    });
    return JSON.stringify(bundleToJSON(bundle));
  } catch (error) {
    throw failed(error, token);
  }
}

/** The library's words may hold the token. */
function failed(error: unknown, token: string): DstreamError {
  const { code = "", message = "", cause } = error as {
    code?: string;
    message?: string;
    cause?: { message?: string };
  };
  const isToken = code.startsWith("IDENTITY_TOKEN");
  const said = [message, cause?.message].filter(Boolean).join(": ");
  const reason = isToken
    ? "the identity token can't be read"
    : said.replaceAll(token, "(the token)");
  return new DstreamError(
    "sign.keyless_failed",
    `cannot sign without a key: ${reason}`,
    {
      hint: 'the token has to be fresh, for the audience "sigstore"; ' +
        "--fulcio-url and --rekor-url name other servers",
    },
  );
}
