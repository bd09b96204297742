/**
 * `dstream provider push`: from files to an artifact, from an artifact to a registry.
 *
 * @module
 */

import { join, resolve } from "node:path";
import { DstreamError } from "../../core/base/errors.ts";
import { didYouMean } from "../../core/base/nearest.ts";
import {
  buildArtifact,
  type PlatformExecutable,
  productName,
} from "../../core/install/build_artifact.ts";
import { Layout, pushLayout } from "../../core/install/layout.ts";
import {
  type Compression,
  formatPlatform,
  isSamePlatform,
  nameOf,
  parsePlatform,
  parseReference,
  platformInTitle,
  platformOf,
  PLATFORMS,
  PROTOCOL_VERSION,
  type Reference,
} from "../../core/registry/mod.ts";
import type { Context } from "../context.ts";
import { askForSpec } from "./ask_for_spec.ts";
import { parseSpec } from "../../core/project/mod.ts";
import { nearbySettings, openRegistries } from "./registries.ts";
import { blobProgress } from "../views/blob_progress.ts";

/** What the user said. */
export interface PushWishes {
  readonly folder?: string | undefined;
  readonly platform?: readonly string[] | undefined;
  readonly from?: string | undefined;
  readonly spec?: string | undefined;
  readonly source?: string | undefined;
  readonly licence?: string | undefined;
  readonly revision?: string | undefined;
  readonly created?: string | undefined;
  readonly annotation?: readonly string[] | undefined;
  readonly compression?: string | undefined;
  readonly mountFrom?: string | undefined;
  readonly isJson: boolean;
}

/** @throws {DstreamError} `usage.…`, `push.…` and what the registry says. */
export async function push(
  text: string,
  wishes: PushWishes,
  context: Context,
): Promise<void> {
  const { settings, defaultRegistry } = await nearbySettings(context);
  const reference = readTarget(text, defaultRegistry);
  using registries = await openRegistries(settings, context, (event) => {
    if (event.kind === "retry") {
      context.note("push.retry", event.reason, "warn");
    }
  });
  await using temporary = await temporaryFolder();
  const layout = wishes.from === undefined
    ? await build(reference, wishes, temporary.path, context)
    : await openCarried(wishes, wishes.from, reference, context);
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
  if (wishes.isJson) {
    return await context.printJson({ reference: name, digest });
  }
  await context.print(`${name}@${digest}`);
}

/** What `provider pull --to` has made. */
async function openCarried(
  { folder, platform }: PushWishes,
  from: string,
  reference: Reference,
  context: Context,
): Promise<Layout> {
  if (folder !== undefined || platform !== undefined) {
    throw usage(
      "usage.from_alone",
      "--from pushes what is in its folder, and nothing else",
      "leave out the executables, or --from",
    );
  }
  const path = resolve(context.deps.cwd, from);
  const info = await Deno.stat(path).catch(() => undefined);
  if (!info?.isDirectory) {
    throw usage("usage.folder_missing", `there is no folder "${from}"`);
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
  throw usage(
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
  const spec = wishes.spec === undefined
    ? await specFrom(executables, context)
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
      name: productName(executables[0].path),
      executables,
      ...spec !== undefined && { spec },
      annotations: annotationsOf(reference, wishes, spec, context),
      compression: readCompression(wishes.compression),
    },
    folder,
    reference.tag,
  );
  return new Layout(folder);
}

async function findExecutables(
  { platform: named, folder }: PushWishes,
  context: Context,
): Promise<readonly PlatformExecutable[]> {
  const { cwd } = context.deps;
  const executables = [
    ...(named ?? []).map((text) => readPlatform(text, cwd)),
    ...folder === undefined ? [] : await listFolder(resolve(cwd, folder)),
  ];
  if (executables.length === 0) {
    throw usage(
      "usage.nothing_to_push",
      folder === undefined
        ? "there is nothing to push"
        : `"${folder}" holds no executable whose name ends in a platform`,
      "name files with --platform linux/amd64=FILE, or a folder with names such as in-pg_linux_amd64",
    );
  }
  refuseTwice(executables);
  refuseStrangers(executables);
  const platforms = executables.map((one) => formatPlatform(one.platform));
  context.note("push.platforms", `pushing ${platforms.join(", ")}`);
  for (const { path } of executables) await requireFile(path);
  return executables;
}

function readPlatform(text: string, cwd: string): PlatformExecutable {
  const equals = text.indexOf("=");
  const words = text.slice(0, Math.max(0, equals));
  const platform = parsePlatform(words);
  const isKnown = platform !== undefined &&
    (PLATFORMS as readonly string[]).includes(formatPlatform(platform));
  if (isKnown) return { platform, path: resolve(cwd, text.slice(equals + 1)) };
  if (platform !== undefined) {
    throw usage(
      "usage.platform",
      `there is no platform "${words}"`,
      didYouMean(words, PLATFORMS, `there are ${PLATFORMS.join(", ")}`),
    );
  }
  throw usage(
    "usage.platform",
    `--platform needs OS/ARCHITECTURE=FILE, got "${text}"`,
    "for example --platform linux/amd64=bin/in-pg",
  );
}

async function listFolder(folder: string): Promise<PlatformExecutable[]> {
  const found: PlatformExecutable[] = [];
  try {
    for await (const { name, isFile } of Deno.readDir(folder)) {
      const platform = isFile ? platformInTitle(name) : undefined;
      if (platform === undefined) continue;
      found.push({ platform, path: join(folder, name) });
    }
  } catch (cause) {
    throw new DstreamError(
      "usage.folder_unreadable",
      `cannot read the folder "${folder}"`,
      {
        cause,
        isUsage: true,
        hint: "one executable is named with --platform OS/ARCHITECTURE=FILE",
      },
    );
  }
  // The same files make the same artifact, in whatever order a disk lists them.
  return found.sort((a, b) => a.path < b.path ? -1 : 1);
}

function refuseTwice(executables: readonly PlatformExecutable[]): void {
  for (const [i, { platform, path }] of executables.entries()) {
    const twin = executables.slice(0, i).find((one) =>
      isSamePlatform(one.platform, platform)
    );
    if (twin === undefined) continue;
    throw usage(
      "usage.platform_twice",
      `there are two executables for ${formatPlatform(platform)}`,
      `${twin.path} and ${path}`,
    );
  }
}

/** Two programs in one artifact would be one program on some machines only. */
function refuseStrangers(executables: readonly PlatformExecutable[]): void {
  const [first, ...others] = executables.filter(({ path }) =>
    platformInTitle(path) !== undefined
  );
  const stranger = others.find(({ path }) =>
    productName(path) !== productName(first.path)
  );
  if (stranger === undefined) return;
  throw usage(
    "usage.several_products",
    `there is more than one provider: "${productName(first.path)}" and "${
      productName(stranger.path)
    }"`,
    "put each into a folder of its own, or name files with --platform",
  );
}

async function requireFile(path: string): Promise<void> {
  const info = await Deno.stat(path).catch(() => undefined);
  if (info?.isFile) return;
  throw usage("usage.file_missing", `there is no file "${path}"`);
}

/** A file that was named has to be what it is named as. */
async function readSpec(path: string, context: Context): Promise<string> {
  const full = resolve(context.deps.cwd, path);
  const text = await Deno.readTextFile(full).catch(() => undefined);
  if (text === undefined) {
    throw usage("usage.file_missing", `cannot read "${path}"`);
  }
  if (parseSpec(text) !== undefined) return text;
  throw usage(
    "usage.spec",
    `"${path}" is not what a provider says about itself`,
    "it is the JSON that `PROVIDER spec` prints, with name, role and config",
  );
}

/** Only an executable for this machine can be asked. */
async function specFrom(
  executables: readonly PlatformExecutable[],
  context: Context,
): Promise<string | undefined> {
  const here = platformOf(context.deps.platform);
  const own = executables.find((one) => isSamePlatform(one.platform, here));
  return own && await askForSpec(own.path, context);
}

const IMAGE = "org.opencontainers.image.";

function annotationsOf(
  reference: Reference,
  wishes: PushWishes,
  specText: string | undefined,
  context: Context,
): Record<string, string> {
  const spec = specText === undefined ? undefined : parseSpec(specText);
  const created = wishes.created === undefined
    ? fromEpoch(context.deps.env)
    : readTime(wishes.created);
  const known: Record<string, string | undefined> = {
    [`${IMAGE}version`]: reference.tag,
    [`${IMAGE}title`]: spec?.name,
    [`${IMAGE}description`]: spec?.description,
    [`${IMAGE}source`]: wishes.source,
    [`${IMAGE}licenses`]: wishes.licence,
    [`${IMAGE}revision`]: wishes.revision,
    [`${IMAGE}created`]: created,
    [PROTOCOL_VERSION]: spec && String(spec.protocol.version),
  };
  const more = (wishes.annotation ?? []).map(readAnnotation);
  return Object.fromEntries(
    [...Object.entries(known), ...more].filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    ),
  );
}

/** RFC 3339, section 5.6. */
function readTime(text: string): string {
  const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i
    .test(text) && !Number.isNaN(Date.parse(text));
  if (isTime) return text;
  throw usage(
    "usage.created",
    `"${text}" is no time`,
    'write "2026-01-31T12:00:00Z"',
  );
}

/**
 * The time of the source, for builds that can be repeated.
 * @see https://reproducible-builds.org/docs/source-date-epoch/
 */
function fromEpoch(
  env: Readonly<Record<string, string>>,
): string | undefined {
  const seconds = Number(env.SOURCE_DATE_EPOCH);
  if (!env.SOURCE_DATE_EPOCH || !Number.isSafeInteger(seconds)) {
    return undefined;
  }
  return new Date(seconds * 1000).toISOString();
}

function readAnnotation(text: string): [string, string] {
  const equals = text.indexOf("=");
  if (equals > 0) return [text.slice(0, equals), text.slice(equals + 1)];
  throw usage(
    "usage.annotation",
    `--annotation needs KEY=VALUE, got "${text}"`,
  );
}

function readCompression(text = "zstd"): Compression {
  if (text === "zstd" || text === "gzip" || text === "none") return text;
  throw usage(
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

function usage(code: `usage.${string}`, message: string, hint?: string) {
  return new DstreamError(code, message, { isUsage: true, hint });
}
