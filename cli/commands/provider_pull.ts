/**
 * `dstream provider pull`
 *
 * @module
 */

import { resolve } from "node:path";
import { Command, Option } from "@commander-js/extra-typings";
import { type Form, preferredForm } from "../../core/install/form.ts";
import { Layout } from "../../core/install/layout.ts";
import { pullToLayout } from "../../core/install/layout_copy.ts";
import {
  formatReference,
  parseReference,
  type Reference,
} from "../../core/registry/mod.ts";
import { DstreamError } from "../../core/base/errors.ts";
import type { Context } from "../context.ts";
import { jsonFlag } from "../flags.ts";
import type { Registries } from "../../core/project/mod.ts";
import {
  nearbySettings,
  openShownRegistries,
} from "../providers/registries.ts";
import { blobProgress } from "../views/blob_progress.ts";

const HELP = `
Prints the path of each executable, or of the module that is for every platform: that
is taken where there is a choice, unless --prefer or DSTREAM_PREFER says otherwise. What is in the cache already is checked, and only the
rest is fetched. Without a version, "latest" is meant. With --to all platforms are
copied into a folder (an OCI image layout), which can be carried to a machine
without a network: \`dstream provider push REF --from FOLDER\`.

Examples:
  dstream provider pull ghcr.io/acme/in-pg:1.4.0
  dstream provider pull "ghcr.io/acme/in-pg:~> 1.2" ghcr.io/acme/out-s3:2.0.1
  dstream provider pull ghcr.io/acme/in-pg:1.4.0 --to in-pg-1.4.0/`;

/** Prints the path of each executable. */
export function definePull(context: Context) {
  return new Command("pull")
    .description("Get providers from their registry into the cache.")
    .argument("<reference...>", "REGISTRY/REPOSITORY[:VERSION][@DIGEST]")
    .option("--to <folder>", "copy all platforms into a folder instead")
    .addOption(
      new Option("--prefer <form>", "where there are both")
        .choices(["module", "executable"] as const),
    )
    .addOption(jsonFlag)
    .addHelpText("after", HELP)
    .action(async (texts, { to, prefer, json: isJson = false }) => {
      const { settings, defaultRegistry } = await nearbySettings(context);
      const references = texts.map((text) =>
        parseReference(text, { defaultRegistry, defaultTag: "latest" })
      );
      using registries = await openShownRegistries(settings, context);
      if (to === undefined) {
        const wishes = { prefer, isJson };
        return await install(references, wishes, registries, context);
      }
      await copy(onlyOne(references), to, isJson, registries, context);
    });
}

async function install(
  references: readonly Reference[],
  { prefer, isJson }: { prefer?: Form | undefined; isJson: boolean },
  registries: Registries,
  context: Context,
): Promise<void> {
  const asked = prefer ?? preferredForm(context.deps.env.DSTREAM_PREFER);
  const installer = registries.installer({ prefer: asked ?? "module" });
  const results = await Promise.allSettled(
    references.map((reference) => installer.install(reference)),
  );
  registries.signal.throwIfAborted();
  const rows: Record<string, unknown>[] = [];
  let failure: unknown;
  for (const result of results) {
    if (result.status === "rejected") failure ??= result.reason;
    else {
      const { reference, digest, form, executable, path } = result.value;
      const name = formatReference(reference);
      rows.push({
        reference: name,
        digest,
        form,
        [form]: executable.digest,
        size_bytes: executable.sizeBytes,
        path,
      });
      if (!isJson) await context.print(path);
    }
  }
  if (isJson) await context.printJson(rows);
  if (failure !== undefined) throw failure;
}

async function copy(
  reference: Reference,
  to: string,
  isJson: boolean,
  registries: Registries,
  context: Context,
): Promise<void> {
  const folder = resolve(context.deps.cwd, to);
  const { digest, reference: pinned } = await registries.installer()
    .pin(reference);
  using progress = blobProgress(context);
  const layout = await Layout.create(folder);
  const version = pinned.tag ?? digest;
  await pullToLayout(
    await registries.client(),
    pinned,
    version,
    layout,
    progress.onBlob,
  );
  const name = formatReference(pinned);
  if (isJson) {
    return await context.printJson({ reference: name, digest, folder });
  }
  context.say(`✅ ${name} copied to ${to}`);
}

function onlyOne(references: readonly Reference[]): Reference {
  const [first, second] = references;
  if (second === undefined) return first;
  throw new DstreamError(
    "usage.several_references",
    "--to takes one reference: a folder holds one artifact",
    { isUsage: true },
  );
}
