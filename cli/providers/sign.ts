/**
 * `dstream provider sign`: a signature beside an artifact that is in a registry.
 *
 * @module
 */

import {
  type Descriptor,
  formatReference,
  parseReference,
} from "../../core/registry/mod.ts";
import {
  attach,
  type Attachment,
  type RegistryClient,
  type Repository,
} from "../../core/registry/mod.ts";
import {
  bundleReferrer,
  PREDICATE,
  signArtifact,
  signatureLayers,
  statementText,
} from "../../core/signatures/mod.ts";
import type { Context } from "../context.ts";
import { keyMissing, usageError } from "./push_wishes.ts";
import { nearbySettings, openRegistries } from "./registries.ts";
import { openSigningKey, readSecretFile } from "./signing_key.ts";

/** What the user said. */
export interface SignWishes {
  readonly key?: string | undefined;
  /** A file with an OIDC token, or `env://NAME`. */
  readonly identityToken?: string | undefined;
  readonly fulcioUrl?: string | undefined;
  readonly rekorUrl?: string | undefined;
  readonly isJson: boolean;
}

/** Signs the bytes that a reference stands for now. */
export async function sign(
  text: string,
  wishes: SignWishes,
  context: Context,
): Promise<void> {
  const { settings, defaultRegistry } = await nearbySettings(context);
  const reference = parseReference(text, { defaultRegistry, defaultTag: "" });
  if (!reference.tag && !reference.digest && !reference.constraint) {
    throw usageError("usage.version", `cannot sign "${text}": no version`);
  }
  const signer = await openSigner(wishes, context);
  using registries = await openRegistries(settings, context);
  const pinned = await registries.installer({ pull: "always" }).pin(reference);
  const client = await registries.client();
  const { registry, repository } = pinned.reference;
  const place = { registry, repository };
  const { digest, mediaType, bytes } = await client.manifest(
    place,
    pinned.digest,
  );
  const subject: Descriptor = { mediaType, digest, size: bytes.length };
  for (const one of await signer.sign(subject, place, client)) {
    await attach(client, place, one);
  }
  const name = formatReference({ ...place, digest });
  const { by } = signer;
  if (wishes.isJson) return await context.printJson({ reference: name, by });
  context.say(`✅ ${name} signed by ${by}`);
}

/** Signs one artifact. */
interface Signer {
  readonly by: string;
  sign(
    subject: Descriptor,
    place: Repository,
    client: RegistryClient,
  ): Promise<readonly Attachment[]>;
}

async function openSigner(
  wishes: SignWishes,
  context: Context,
): Promise<Signer> {
  const { key, identityToken } = wishes;
  const signedAt = { wallMs: context.deps.clock.wallMs() };
  if (key !== undefined && identityToken === undefined) {
    const opened = await openSigningKey(key, context);
    return {
      by: `key ${opened.public.fingerprint}`,
      async sign(subject, place, client) {
        const older = await signatureLayers(client, place, subject.digest);
        return signArtifact(subject, place, older, opened, signedAt);
      },
    };
  }
  if (identityToken === undefined) throw keyMissing();
  if (key !== undefined) {
    throw usageError("usage.key", "--key or --identity-token, not both");
  }
  const token = (await readSecretFile(identityToken, context)).trim();
  return {
    by: "the identity of the token",
    async sign(subject) {
      const { makeKeylessBundle } = await import(
        "../../core/signatures/keyless_sign.ts"
      );
      const type = PREDICATE.signature;
      const statement = statementText(subject.digest, type, {});
      const bundle = await makeKeylessBundle(statement, { ...wishes, token });
      return [bundleReferrer(subject, type, bundle, signedAt)];
    },
  };
}
