/**
 * The way to registries for commands that need no configuration, and take from one
 * what it says about them.
 *
 * @module
 */

import type { InstallEvent } from "../../core/install/events.ts";
import * as core from "../../core/project/mod.ts";
import type { Context } from "../context.ts";
import {
  hasCode,
  parseReference,
  type Reference,
} from "../../core/registry/mod.ts";
import { configPath, openProject } from "../project.ts";
import { interruptSignal } from "../terminal/signals.ts";
import { openInstallView } from "../views/install.ts";

/** Ended by a signal. */
export async function openRegistries(
  settings: core.RegistryRules,
  context: Context,
  onEvent?: (event: InstallEvent) => void,
): Promise<core.Registries> {
  const interrupt = interruptSignal(context);
  const wishes = { signal: interrupt.signal, onEvent };
  const registries = await core.openRegistries(settings, wishes, context.deps);
  registries.defer(() => interrupt[Symbol.dispose]());
  return registries;
}

/** The same, with its downloads shown until it is closed. */
export async function openShownRegistries(
  settings: core.RegistryRules,
  context: Context,
): Promise<core.Registries> {
  using ends = new DisposableStack();
  const view = ends.use(openInstallView(context));
  const registries = await openRegistries(
    settings,
    context,
    (event) => view.onEvent(event),
  );
  const viewEnds = ends.move();
  registries.defer(() => viewEnds.dispose());
  return registries;
}

/** What a command that needs no configuration takes from one that is there. */
export interface NearbySettings {
  readonly settings: core.RegistryRules;
  /** `plugin_registry` */
  readonly defaultRegistry?: string;
}

/** The same, and a reference as it was typed. */
export async function nearbyReference(
  text: string,
  context: Context,
): Promise<NearbySettings & { readonly reference: Reference }> {
  const nearby = await nearbySettings(context);
  const { defaultRegistry } = nearby;
  const reference = parseReference(text, {
    defaultRegistry,
    defaultTag: "latest",
  });
  return { ...nearby, reference };
}

/** A configuration that is missing, or wrong elsewhere, is none of its business. */
export async function nearbySettings(
  context: Context,
): Promise<NearbySettings> {
  try {
    const { configuration } = await openProject(context, {
      tasks: [],
      allowMissingEnv: true,
    });
    return {
      settings: await core.registrySettings(configuration),
      defaultRegistry: configuration.registry,
    };
  } catch (error) {
    // A file that was asked for has to be right.
    if (context.flags.config !== undefined) throw error;
    if (!hasCode(error, "config.file_not_found")) sayUnread(context);
    return { settings: {} };
  }
}

/** Whose signatures count may stand in it: that is not passed over in silence. */
function sayUnread(context: Context): void {
  const path = configPath(context);
  context.note(
    "registry.configuration_unread",
    `${path} has mistakes: what it says of registries and signatures doesn't count now`,
    "warn",
  );
}
