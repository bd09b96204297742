/**
 * Gets every `provider_ref` of some tasks before anything is started: all at once,
 * as the lock file says.
 *
 * @module
 */

import type { Configuration, ProviderBlock, Task } from "../config/task.ts";
import {
  type Diagnostic,
  DiagnosticsError,
  DstreamError,
} from "../base/errors.ts";
import type { InstallEvent } from "../install/events.ts";
import type { Installed } from "../install/install.ts";
import type { PullPolicy } from "../install/install_options.ts";
import type { Locked } from "../install/lock_file.ts";
import { formatReference } from "../registry/mod.ts";
import type { KnownProvider } from "./describe.ts";
import { sortByPlace, toDiagnostic } from "./problems.ts";
import {
  type NamedReference,
  providerName,
  readLocked,
  readReferences,
} from "./references.ts";
import { Registries } from "./registries.ts";
import { registrySettings } from "./registry_settings.ts";
import type { Site } from "./site.ts";
import { parseSpec } from "./spec.ts";

/** How providers are got, and who hears of it. */
export interface InstallWishes {
  /** Default "missing". */
  readonly pull?: PullPolicy | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onInstall?: ((event: InstallEvent) => void) | undefined;
}

/**
 * Fills the site's list of pulled providers.
 * @throws {DiagnosticsError} For references that can't be read.
 * @throws {DstreamError} For what can't be had.
 */
export async function installProviders(
  tasks: Iterable<Task>,
  configuration: Configuration,
  site: Site,
  { pull = "missing", signal, onInstall }: InstallWishes,
): Promise<void> {
  const problems: Diagnostic[] = [];
  const named = readReferences(tasks, configuration, problems);
  if (problems.length > 0) throw new DiagnosticsError(sortByPlace(problems));
  if (named.length === 0) return;
  const locked = await readLocked(configuration, site);
  using registries = new Registries(
    site.world,
    await registrySettings(configuration),
    { signal, onEvent: onInstall },
  );
  const installer = registries.installer({ pull, locked });
  const results = await Promise.allSettled(named.map(async (one) => {
    const installed = await installer.install(one.reference);
    site.installed.set(one.text, toKnown(installed));
  }));
  signal?.throwIfAborted();
  throwFailures(named, results);
  warnOfUnlocked(named, locked, site);
}

function toKnown({ reference, form, path, spec }: Installed): KnownProvider {
  const name = providerName(reference);
  const known = spec === undefined ? undefined : parseSpec(spec);
  return {
    name,
    form,
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
  { options }: Site,
): void {
  const loose = named.filter(({ reference }) =>
    reference.digest === undefined && !locked?.has(formatReference(reference))
  );
  if (loose.length === 0) return;
  const names = loose.map(({ text }) => `"${text}"`).join(", ");
  options.onRemark?.({
    level: "info",
    code: "install.not_locked",
    message: `${names} ${loose.length === 1 ? "is" : "are"} not locked: ` +
      "`dstream init` fixes the versions in .dstream.lock.hcl",
  });
}
