/**
 * `dstream provider push`: from files to an artifact, from an artifact to a registry.
 *
 * @module
 */

import { resolve } from "node:path";
import {
  buildArtifact,
  productName,
} from "../../core/install/build_artifact.ts";
import { Layout } from "../../core/install/layout.ts";
import {
  attestLayout,
  signLayout,
} from "../../core/install/layout_attachments.ts";
import { pushLayout } from "../../core/install/layout_copy.ts";
import {
  type Compression,
  nameOf,
  parseReference,
  type Reference,
} from "../../core/registry/mod.ts";
import type { PrivateKey } from "../../core/signatures/mod.ts";
import type { Context } from "../context.ts";
import { blobProgress } from "../views/blob_progress.ts";
import { annotationsOf } from "./push_annotations.ts";
import { readClaims } from "./push_claims.ts";
import { findExecutables } from "./push_executables.ts";
import { findModule } from "./push_module.ts";
import { readSpec, specFrom } from "./push_spec.ts";
import { keyMissing, type PushWishes, usageError } from "./push_wishes.ts";
import { nearbySettings, openRegistries } from "./registries.ts";

/** @throws {DstreamError} `usage.…`, `push.…` and what the registry says. */
export async function push(
  text: string,
  wishes: PushWishes,
  context: Context,
): Promise<void> {
  const { settings, defaultRegistry } = await nearbySettings(context);
  const reference = readTarget(text, defaultRegistry);
  const key = await signingKey(wishes, context);
  using registries = await openRegistries(settings, context, (event) => {
    if (event.kind === "retry") {
      context.note("push.retry", event.reason, "warn");
    }
  });
  await using temporary = await temporaryFolder();
  const layout = wishes.from === undefined
    ? await build(reference, wishes, temporary.path, context)
    : await openCarried(wishes, wishes.from, reference, context);
  const claims = await readClaims(wishes, context);
  if (claims.length > 0) {
    const top = await layout.top(reference.tag);
    const signedAt = { wallMs: context.deps.clock.wallMs() };
    await attestLayout(layout, top, claims, key, signedAt);
  }
  if (key !== undefined) {
    const { registry, repository, tag } = reference;
    const signedAt = { wallMs: context.deps.clock.wallMs() };
    const place = { registry, repository };
    await signLayout(layout, await layout.top(tag), place, key, signedAt);
  }
  const client = await registries.client();
  const before = await client.resolve(reference, reference.tag!, 1)
    .catch(() => undefined);
  using progress = blobProgress(context);
  const digest = await pushLayout(layout, {
    client,
    repository: reference,
    tag: reference.tag!,
    mountFrom: wishes.mountFrom,
  }, progress.onBlob);
  const name = nameOf(reference, reference.tag);
  if (before !== undefined && before !== digest) {
    context.note(
      "push.tag_moved",
      `${name} stood for ${before} before: who has locked that stays with it`,
      "warn",
    );
  }
  const signedBy = key && `key ${key.public.fingerprint}`;
  if (wishes.isJson) {
    return await context.printJson({
      reference: name,
      digest,
      ...signedBy && { signed_by: signedBy },
    });
  }
  if (signedBy) context.note("push.signed", `signed by ${signedBy}`);
  await context.print(`${name}@${digest}`);
}

/** Asked for its passphrase before anything is built. */
async function signingKey(
  { sign = false, key }: PushWishes,
  context: Context,
): Promise<PrivateKey | undefined> {
  if (sign && key === undefined) throw keyMissing();
  if (key === undefined) return undefined;
  const { openSigningKey } = await import("./signing_key.ts");
  return await openSigningKey(key, context);
}

/** What `provider pull --to` has made. */
async function openCarried(
  { folder, platform, module }: PushWishes,
  from: string,
  reference: Reference,
  context: Context,
): Promise<Layout> {
  if ([folder, platform, module].some((one) => one !== undefined)) {
    throw usageError(
      "usage.from_alone",
      "--from pushes what is in its folder, and nothing else",
      "leave out the executables and the module, or --from",
    );
  }
  const path = resolve(context.deps.cwd, from);
  const info = await Deno.stat(path).catch(() => undefined);
  if (!info?.isDirectory) {
    throw usageError("usage.folder_missing", `there is no folder "${from}"`);
  }
  const layout = new Layout(path);
  const carried = await layout.tagOf(await layout.top(reference.tag));
  if (carried !== undefined && carried !== reference.tag) {
    context.note(
      "push.other_tag",
      `"${from}" was copied as ${carried}, and is pushed as ${reference.tag}`,
      "warn",
    );
  }
  return layout;
}

/** A tag alone: a digest is the outcome, and a constraint means several. */
function readTarget(text: string, defaultRegistry?: string): Reference {
  const reference = parseReference(text, { defaultRegistry, defaultTag: "" });
  if (reference.tag && reference.digest === undefined) return reference;
  throw usageError(
    "usage.push_target",
    `cannot push to "${text}": no version`,
    'add a tag, for example ":1.4.0"',
  );
}

async function build(
  reference: Reference,
  wishes: PushWishes,
  folder: string,
  context: Context,
): Promise<Layout> {
  const executables = await findExecutables(wishes, context);
  const module = await findModule(wishes, context);
  const spec = wishes.spec === undefined
    ? await specFrom(executables, context) ?? module?.spec
    : await readSpec(wishes.spec, context);
  if (spec === undefined) {
    context.note(
      "push.no_spec",
      "the provider says nothing about itself: its configuration can't be checked",
      "warn",
    );
  }
  await buildArtifact(
    {
      name: productName((executables[0] ?? module).path),
      executables,
      ...module !== undefined && { module },
      ...spec !== undefined && { spec },
      annotations: annotationsOf(reference, wishes, spec, context),
      compression: readCompression(wishes.compression),
    },
    folder,
    reference.tag,
  );
  return new Layout(folder);
}

function readCompression(text = "zstd"): Compression {
  if (text === "zstd" || text === "gzip" || text === "none") return text;
  throw usageError(
    "usage.compression",
    `there is no compression "${text}"`,
    "choose from zstd, gzip, none",
  );
}

async function temporaryFolder() {
  const path = await Deno.makeTempDir({ prefix: "dstream-push-" });
  return {
    path,
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}
