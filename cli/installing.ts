/**
 * Gets every `provider_ref` of some tasks before anything is started: all at once,
 * with their progress, as the lock file says.
 *
 * @module
 */

import type {
  Configuration,
  ProviderBlock,
  Task,
} from "../core/config/task.ts";
import {
  type Diagnostic,
  DiagnosticsError,
  DstreamError,
} from "../core/base/errors.ts";
import type {
  Installed,
  Installer,
  PullPolicy,
} from "../core/install/install.ts";
import {
  type Locked,
  lockFilePath,
  readLockFile,
} from "../core/install/lock_file.ts";
import { shownPath } from "../core/install/shown_path.ts";
import {
  formatReference,
  parseReference,
  type Reference,
} from "../core/registry/mod.ts";
import type { Context } from "./context.ts";
import { sortByPlace, toDiagnostic } from "./problems.ts";
import { blocksOf } from "./pulled.ts";
import { type KnownProvider, parseSpec } from "./providers.ts";
import { Registries, registrySettings } from "./registries.ts";
import { openInstallView } from "./views/install.ts";

/** A reference and the block that first names it. */
export interface NamedReference {
  readonly text: string;
  readonly reference: Reference;
  readonly block: ProviderBlock;
}

/**
 * Fills `context.installed`.
 * @throws {DiagnosticsError} For references that can't be read.
 * @throws {DstreamError} For what can't be had.
 */
export async function installProviders(
  tasks: Iterable<Task>,
  configuration: Configuration,
  context: Context,
  pull: PullPolicy = "missing",
): Promise<void> {
  const problems: Diagnostic[] = [];
  const named = readReferences(tasks, configuration, problems);
  if (problems.length > 0) throw new DiagnosticsError(sortByPlace(problems));
  if (named.length === 0) return;
  const locked = await readLocked(configuration, context);
  using view = openInstallView(context);
  using registries = new Registries(
    context,
    registrySettings(configuration),
    (event) => view.onEvent(event),
  );
  const installer = registries.installer({ pull, locked });
  const results = await Promise.allSettled(named.map(async (one) => {
    const installed = await installer.install(one.reference);
    context.installed.set(one.text, toKnown(installed));
  }));
  registries.signal.throwIfAborted();
  throwFailures(named, results);
  warnOfUnlocked(named, locked, context);
}

/**
 * Fills `context.installed` with what is known of pulled providers, without asking
 * a registry or looking at an executable.
 * @returns What is wrong with the references.
 */
export async function describeProviders(
  tasks: Iterable<Task>,
  configuration: Configuration,
  context: Context,
): Promise<Diagnostic[]> {
  const problems: Diagnostic[] = [];
  const named = readReferences(tasks, configuration, problems);
  if (named.length === 0) return problems;
  const installer = await cachedInstaller(configuration, context);
  if (installer === undefined) return problems;
  for (const { text, reference } of named) {
    const spec = await installer.cachedSpec(reference);
    const known = spec === undefined ? undefined : parseSpec(spec);
    if (known !== undefined) context.installed.set(text, { spec: known });
  }
  return problems;
}

/** `undefined` where there is no cache: then nothing is known, and that's no fault. */
async function cachedInstaller(
  configuration: Configuration,
  context: Context,
): Promise<Installer | undefined> {
  try {
    using registries = new Registries(context, {});
    const locked = await readLocked(configuration, context);
    return registries.installer({ pull: "never", locked });
  } catch (error) {
    if (error instanceof DstreamError) return undefined;
    throw error;
  }
}

/** Each reference once, in the order of the blocks. */
export function readReferences(
  tasks: Iterable<Task>,
  { registry }: Configuration,
  problems: Diagnostic[],
): NamedReference[] {
  const named = new Map<string, NamedReference>();
  for (const block of [...tasks].flatMap(blocksOf)) {
    if (block.source.kind !== "reference") continue;
    const { reference: text } = block.source;
    if (named.has(text)) continue;
    try {
      const reference = parseReference(text, {
        at: block.sourceAt,
        defaultRegistry: registry,
      });
      named.set(text, { text, reference, block });
    } catch (error) {
      problems.push(toDiagnostic(error));
    }
  }
  return [...named.values()];
}

/** The lock file beside the configuration. */
export async function readLocked(
  { folder }: Configuration,
  context: Context,
): Promise<Locked | undefined> {
  const path = lockFilePath(folder);
  return await readLockFile(path, shownPath(path, context.deps.cwd));
}

/** `in-pg` for `ghcr.io/acme/in-pg:1.4.0`: how logs name it. */
export function providerName({ repository }: Reference): string {
  return repository.slice(repository.lastIndexOf("/") + 1);
}

function toKnown({ reference, path, spec }: Installed): KnownProvider {
  const name = providerName(reference);
  const known = spec === undefined ? undefined : parseSpec(spec);
  return {
    name,
    path,
    ...known && {
      spec: known,
      knownVersion: known.protocol.version >= 2 ? 2 : 1,
    },
  };
}

/** One failure as it is, several as a list; each where its reference stands. */
function throwFailures(
  named: readonly NamedReference[],
  results: readonly PromiseSettledResult<void>[],
): void {
  const failures = results.flatMap((result, i) =>
    result.status === "rejected"
      ? [withPlace(result.reason, named[i].block)]
      : []
  );
  const [first, second] = failures;
  if (first === undefined) return;
  if (second === undefined) throw first;
  const isUsage = failures.every((error) => error.isUsage);
  const diagnostics = failures.map(toDiagnostic);
  throw new DiagnosticsError(sortByPlace(diagnostics), { isUsage });
}

function withPlace(error: unknown, { sourceAt }: ProviderBlock): DstreamError {
  if (!(error instanceof DstreamError)) throw error;
  if (error.at !== undefined) return error;
  const { code, message, hint, details, isUsage, cause } = error;
  return new DstreamError(code, message, {
    at: sourceAt,
    hint,
    details,
    isUsage,
    cause,
  });
}

/** A tag may move: once for a run, how to keep it from that. */
function warnOfUnlocked(
  named: readonly NamedReference[],
  locked: Locked | undefined,
  context: Context,
): void {
  const loose = named.filter(({ reference }) =>
    reference.digest === undefined && !locked?.has(formatReference(reference))
  );
  if (loose.length === 0) return;
  const names = loose.map(({ text }) => `"${text}"`).join(", ");
  context.note(
    "install.not_locked",
    `${names} ${loose.length === 1 ? "is" : "are"} not locked: ` +
      "`dstream init` fixes the versions in .dstream.lock.hcl",
  );
}
