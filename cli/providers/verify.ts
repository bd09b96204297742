/**
 * `dstream provider verify`: are pulled providers whole, and who signed them?
 *
 * @module
 */

import { resolve } from "node:path";
import {
  type FoundRecord,
  listRecords,
} from "../../core/install/artifact_record.ts";
import { Cache } from "../../core/install/cache.ts";
import { cacheFolder } from "../../core/install/cache_folder.ts";
import type { Installer } from "../../core/install/install.ts";
import { DstreamError } from "../../core/base/errors.ts";
import { fileTrouble } from "../../core/base/file_trouble.ts";
import { didYouMean } from "../../core/base/nearest.ts";
import type { RegistryRules } from "../../core/project/mod.ts";
import {
  formatReference,
  nameOf,
  parseReference,
  type Reference,
} from "../../core/registry/mod.ts";
import { readPublicKeys, type Trust } from "../../core/signatures/mod.ts";
import type { Context } from "../context.ts";
import { ExitCode } from "../exit_code.ts";
import { formatTable } from "../views/table.ts";
import { nearbySettings, openShownRegistries } from "./registries.ts";
import { usageError } from "./push_wishes.ts";

/** What the user said. */
export interface VerifyWishes {
  readonly reference?: string | undefined;
  readonly key?: string | undefined;
  readonly isJson: boolean;
}

/** What is known of one artifact's signatures. */
interface Signatures {
  readonly state: "signed" | "unsigned" | "invalid" | "not asked";
  readonly by?: string;
  readonly reasons?: readonly string[];
}

interface Row {
  readonly reference: string;
  readonly platform?: string;
  readonly digest: string;
  readonly state: "whole" | "missing" | "damaged" | "not pulled";
  readonly signatures: Signatures;
}

/** @returns The exit status. */
export async function verify(
  wishes: VerifyWishes,
  context: Context,
): Promise<number> {
  const { settings, defaultRegistry } = await nearbySettings(context);
  const wanted = wishes.reference === undefined
    ? undefined
    : parseReference(wishes.reference, {
      defaultRegistry,
      defaultTag: "latest",
    });
  const rules = await withOwnRule(settings, wanted, wishes, context);
  using registries = await openShownRegistries(rules, context);
  const isAsked = wanted !== undefined;
  const installer = registries.installer({
    pull: isAsked ? "always" : "never",
  });
  const rows = await judgeAll(wanted, wishes.key !== undefined, {
    installer,
    context,
  });
  await show(rows, wishes.isJson, context);
  return rows.every(isGood) ? ExitCode.ok : ExitCode.failed;
}

function isGood({ state, signatures }: Row): boolean {
  const isSigned = signatures.state === "signed" ||
    signatures.state === "not asked";
  return isSigned && (state === "whole" || state === "not pulled");
}

/** `--key` is a rule of its own, for this one reference. */
async function withOwnRule(
  settings: RegistryRules,
  wanted: Reference | undefined,
  { key }: VerifyWishes,
  context: Context,
): Promise<RegistryRules> {
  if (key === undefined) return settings;
  if (wanted === undefined) {
    throw usageError("usage.reference", "--key needs a reference");
  }
  const trust: Trust = { keys: await readKeys(key, context) };
  const pattern = nameOf(wanted);
  return { ...settings, signatures: [{ pattern, policy: "require", trust }] };
}

async function readKeys(path: string, context: Context) {
  let text: string;
  try {
    text = await Deno.readTextFile(resolve(context.deps.cwd, path));
  } catch (cause) {
    const { what } = fileTrouble(cause, path, "another key");
    throw new DstreamError("sign.key_missing", `cannot read the key ${what}`, {
      cause,
      isUsage: true,
    });
  }
  return readPublicKeys(text, `"${path}"`);
}

interface Judge {
  readonly installer: Installer;
  readonly context: Context;
}

async function judgeAll(
  wanted: Reference | undefined,
  mayBeElsewhere: boolean,
  judge: Judge,
): Promise<Row[]> {
  const { env } = judge.context.deps;
  const records = await listRecords(cacheFolder(env));
  const found = wanted === undefined
    ? records
    : records.filter((record) => isOf(record, wanted));
  if (found.length === 0 && wanted !== undefined) {
    if (mayBeElsewhere) return [await judgeElsewhere(wanted, judge)];
    throw notPulled(wanted, records);
  }
  const rows: Row[] = [];
  for (const record of found) rows.push(...await judgeRecord(record, judge));
  return rows;
}

function isOf({ reference, digest }: FoundRecord, wanted: Reference): boolean {
  const name = formatReference(wanted);
  return reference === name || name.endsWith(`@${digest}`);
}

async function judgeRecord(
  record: FoundRecord,
  { installer, context }: Judge,
): Promise<Row[]> {
  const { reference, digest } = record;
  const cache = new Cache(cacheFolder(context.deps.env), context.deps.clock);
  const signatures = await signaturesOf(
    parseReference(reference, { defaultTag: "latest" }),
    digest,
    installer,
  );
  const rows: Row[] = [];
  for (const [platform, one] of Object.entries(record.executables)) {
    const { digest } = one;
    const state = await cache.check(digest);
    rows.push({ reference, platform, digest, state, signatures });
  }
  return rows;
}

/** It was not pulled, and may be looked at all the same. */
async function judgeElsewhere(
  wanted: Reference,
  { installer }: Judge,
): Promise<Row> {
  const pinned = await installer.pin(wanted);
  await installer.readManifest(pinned);
  return {
    reference: formatReference(wanted),
    digest: pinned.digest,
    state: "not pulled",
    signatures: await signaturesOf(wanted, pinned.digest, installer),
  };
}

async function signaturesOf(
  reference: Reference,
  digest: Row["digest"],
  installer: Installer,
): Promise<Signatures> {
  const found = await installer.signatureState({
    reference,
    digest: digest as `sha256:${string}`,
  });
  if (found === undefined) return { state: "not asked" };
  const { verdict } = found;
  switch (verdict.kind) {
    case "signed":
      return { state: "signed", by: verdict.by };
    case "unsigned":
      return { state: "unsigned" };
    case "invalid":
      return { state: "invalid", reasons: verdict.reasons };
  }
}

function notPulled(
  wanted: Reference,
  records: readonly FoundRecord[],
): DstreamError {
  const name = formatReference(wanted);
  const names = records.map(({ reference }) => reference);
  return new DstreamError("install.not_cached", `"${name}" was not pulled`, {
    hint: didYouMean(name, names, "`dstream provider list` shows all"),
  });
}

async function show(
  rows: readonly Row[],
  isJson: boolean,
  context: Context,
): Promise<void> {
  if (isJson) return await context.printJson(rows);
  if (rows.length === 0) return context.say("nothing was pulled yet");
  const isAsked = rows.some(({ signatures }) =>
    signatures.state !== "not asked"
  );
  await context.print(formatTable(
    [
      "REFERENCE",
      "PLATFORM",
      "EXECUTABLE",
      "",
      ...isAsked ? ["SIGNED BY"] : [],
    ],
    rows.map((row) => [
      row.reference,
      row.platform ?? "",
      row.digest,
      row.state,
      ...isAsked ? [shown(row.signatures)] : [],
    ]),
  ));
}

function shown({ state, by, reasons = [] }: Signatures): string {
  switch (state) {
    case "signed":
      return by ?? "";
    case "unsigned":
      return "nobody";
    case "invalid":
      return `not trusted: ${reasons.join("; ")}`;
    case "not asked":
      return "";
  }
}
