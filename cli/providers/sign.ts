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
import { attach } from "../../core/registry/attachment.ts";
import { signArtifact, signatureLayers } from "../../core/signatures/mod.ts";
import type { Context } from "../context.ts";
import { keyMissing, usageError } from "./push_wishes.ts";
import { nearbySettings, openRegistries } from "./registries.ts";
import { openSigningKey } from "./signing_key.ts";

/** What the user said. */
export interface SignWishes {
  readonly key?: string | undefined;
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
  if (wishes.key === undefined) throw keyMissing();
  const key = await openSigningKey(wishes.key, context);
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
  const older = await signatureLayers(client, place, digest);
  const signedAt = { wallMs: context.deps.clock.wallMs() };
  const attachments = signArtifact(subject, place, older, key, signedAt);
  for (const one of attachments) await attach(client, place, one);
  const name = formatReference({ ...place, digest });
  const by = `key ${key.public.fingerprint}`;
  if (wishes.isJson) return await context.printJson({ reference: name, by });
  context.say(`✅ ${name} signed by ${by}`);
}
