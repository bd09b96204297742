/**
 * The `dstream` block: what holds for the whole configuration.
 *
 * @module
 */

import type { BlockReader } from "./reader.ts";
import {
  readRegistries,
  type SignatureSettings,
} from "./signature_settings.ts";
import { parseConstraints, satisfies } from "../../base/version.ts";

/** What the block says. */
export interface Settings {
  readonly registry?: string;
  /** Registries that speak HTTP, besides those of this machine. */
  readonly insecureRegistries?: readonly string[];
  /** Registry → mirrors that are asked before it. */
  readonly registryMirrors?: Readonly<Record<string, readonly string[]>>;
  /** Whose signatures count, by registry. */
  readonly signatures?: readonly SignatureSettings[];
}

/** @param version The one that runs; absent: any will do. */
export function readSettings(
  reader: BlockReader,
  version: string | undefined,
): Settings {
  checkVersion(reader, version);
  const registry = reader.text("plugin_registry");
  const insecure = reader.strings("insecure_registries");
  const mirrors = reader.stringMap("registry_mirrors");
  const signatures = readRegistries(reader);
  // Upstream parses these and does nothing with them; so do we.
  for (const block of reader.blocks("required_plugins")) {
    const plugin = reader.inside(block);
    plugin.string("name");
    plugin.string("version");
    plugin.finish();
  }
  reader.finish();
  return {
    ...registry !== undefined && { registry },
    ...insecure.length > 0 &&
      { insecureRegistries: insecure.map(({ text }) => text.toLowerCase()) },
    ...Object.keys(mirrors).length > 0 &&
      { registryMirrors: readMirrors(mirrors) },
    ...signatures.length > 0 && { signatures },
  };
}

/** Several mirrors of one registry stand in one text, joined by commas. */
function readMirrors(
  mirrors: Readonly<Record<string, string>>,
): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    Object.entries(mirrors).map(([registry, text]) => [
      registry.toLowerCase(),
      text.split(",").map((one) => one.trim()).filter(Boolean),
    ]),
  );
}

function checkVersion(reader: BlockReader, version: string | undefined): void {
  const text = reader.text("required_version");
  const span = reader.attribute("required_version")?.value.span;
  if (text === undefined || span === undefined) return;
  const constraints = parseConstraints(text);
  if (constraints === undefined) {
    const message = `"${text}" is no version constraint`;
    const hint = 'write ">= 0.1" or "~> 0.1, != 0.1.3"';
    return reader.report(span, "config.value_invalid", message, hint);
  }
  if (version === undefined || satisfies(version, constraints)) return;
  reader.report(
    span,
    "config.version_mismatch",
    `this configuration needs dstream ${text}, and ${version} is running`,
    "install a version that fits, or change required_version",
  );
}
