/**
 * `.dstream.lock.hcl`: which bytes each reference stands for, on every platform.
 *
 * `dstream init` writes it, `dstream run` follows it, and it belongs in version
 * control: so every machine runs the same providers, whatever becomes of a tag.
 *
 * @module
 */

import { join } from "node:path";
import {
  type Block,
  type Body,
  type Expression,
  parse,
  SourceText,
} from "../hcl/mod.ts";
import { DstreamError, type Location } from "../base/errors.ts";
import { type Digest, isDigest } from "../registry/digest.ts";
import { fileTrouble } from "../base/file_trouble.ts";
import { writeWholeFile } from "../base/whole_file.ts";

/** Beside the configuration. */
export const LOCK_FILE = ".dstream.lock.hcl";

/** One reference as fixed. */
export interface LockedProvider {
  /** As written in the configuration, with its registry. */
  readonly reference: string;
  /** The tag it was resolved to; absent for a bare digest. */
  readonly version?: string;
  /** Of the index, or of the manifest where there is no index. */
  readonly digest: Digest;
  /** Who had signed it, where the configuration asked. */
  readonly signedBy?: string;
  /** `linux/amd64` → the executable. */
  readonly executables: Readonly<Record<string, Digest>>;
  /** The module for every platform, where there is one. */
  readonly module?: Digest;
}

/** By reference. */
export type Locked = ReadonlyMap<string, LockedProvider>;

const HEADING =
  `# Which bytes each provider_ref stands for. Written by \`dstream init\`, moved by
# \`dstream init --upgrade\`; commit it, so that every machine runs the same.
`;
const MAX_BYTES = 4 * 1024 * 1024;

/** The lock file of a configuration's folder. */
export function lockFilePath(folder: string): string {
  return join(folder, LOCK_FILE);
}

/**
 * @param shown The path as the user would name it.
 * @returns `undefined` where there is none.
 * @throws {DstreamError} `lock.invalid` with the place.
 */
export async function readLockFile(
  path: string,
  shown: string,
): Promise<Locked | undefined> {
  let text: string;
  try {
    if ((await Deno.stat(path)).size > MAX_BYTES) {
      throw invalid(`"${shown}" is longer than ${MAX_BYTES} bytes`);
    }
    text = await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  return parseLockFile(text, shown);
}

/** @throws {DstreamError} `lock.invalid` */
export function parseLockFile(text: string, shown: string): Locked {
  const source = new SourceText(shown, text);
  const { body, diagnostics } = parse(source);
  const [first] = diagnostics;
  if (first !== undefined) throw invalid(first.message, first.at);
  const locked = new Map<string, LockedProvider>();
  for (const item of body.items) {
    const at = source.locate(item.span);
    if (item.kind !== "block" || item.type !== "provider") {
      throw invalid("only provider blocks have a place here", at);
    }
    const provider = readProvider(item, (reason) => invalid(reason, at));
    if (locked.has(provider.reference)) {
      throw invalid(`"${provider.reference}" stands here twice`, at);
    }
    locked.set(provider.reference, provider);
  }
  return locked;
}

type Fail = (reason: string) => DstreamError;

function readProvider(block: Block, fail: Fail): LockedProvider {
  const [label, second] = block.labels;
  if (label === undefined || second !== undefined) {
    throw fail("a provider block has one label: its reference");
  }
  const version = textOf(block.body, "version");
  const digest = textOf(block.body, "digest");
  const signedBy = textOf(block.body, "signed_by");
  const module = textOf(block.body, "module");
  if (!isDigest(digest) || module !== undefined && !isDigest(module)) {
    throw fail(`"${label.value}" has no digest of sha256: and 64 hex digits`);
  }
  return {
    reference: label.value,
    ...version !== undefined && { version },
    digest,
    ...signedBy !== undefined && { signedBy },
    executables: readExecutables(block.body, fail),
    ...module !== undefined && { module },
  };
}

function readExecutables(body: Body, fail: Fail): Record<string, Digest> {
  const value = valueOf(body, "executables");
  if (value?.kind !== "object") throw fail("there is no list of executables");
  const executables: Record<string, Digest> = {};
  for (const item of value.items) {
    const platform = plainText(item.key);
    const digest = plainText(item.value);
    if (platform === undefined || !isDigest(digest)) {
      throw fail("an executable has no digest of sha256: and 64 hex digits");
    }
    executables[platform] = digest;
  }
  return executables;
}

function textOf(body: Body, name: string): string | undefined {
  const value = valueOf(body, name);
  return value && plainText(value);
}

function valueOf(body: Body, name: string): Expression | undefined {
  for (const item of body.items) {
    if (item.kind === "attribute" && item.name === name) return item.value;
  }
  return undefined;
}

/** Nothing is evaluated here: a lock file is written by a program. */
function plainText(value: Expression): string | undefined {
  if (value.kind !== "template") return undefined;
  let text = "";
  for (const part of value.parts) {
    if (part.kind !== "text") return undefined;
    text += part.value;
  }
  return text;
}

/** The same providers make the same text, whatever their order. */
export function formatLockFile(locked: Iterable<LockedProvider>): string {
  const sorted = [...locked].sort((a, b) => compare(a.reference, b.reference));
  return [HEADING, ...sorted.map(formatProvider)].join("\n");
}

function formatProvider(provider: LockedProvider): string {
  const { reference, version, digest, signedBy, executables, module } =
    provider;
  const platforms = Object.entries(executables)
    .sort(([a], [b]) => compare(a, b));
  const width = Math.max(0, ...platforms.map(([name]) => name.length));
  const lines = platforms.map(([name, value]) =>
    `    ${JSON.stringify(name).padEnd(width + 2)} = "${value}"\n`
  );
  const facts = Object.entries({
    version,
    digest,
    signed_by: signedBy,
    module,
  })
    .filter((fact): fact is [string, string] => fact[1] !== undefined);
  const nameWidth = Math.max("version".length, ...facts.map(([n]) => n.length));
  const attributes = facts.map(([name, value]) =>
    `  ${name.padEnd(nameWidth)} = ${JSON.stringify(value)}\n`
  );
  return `provider ${JSON.stringify(reference)} {\n${attributes.join("")}` +
    `  executables = {\n${lines.join("")}  }\n}\n`;
}

/** By code units: the same on every machine, whatever its language. */
function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** @throws {DstreamError} `lock.not_written` */
export async function writeLockFile(
  path: string,
  locked: Iterable<LockedProvider>,
): Promise<void> {
  try {
    await writeWholeFile(path, formatLockFile(locked));
  } catch (cause) {
    const place = "a configuration in another folder with -c";
    const { what, hint } = fileTrouble(cause, path, place);
    throw new DstreamError(
      "lock.not_written",
      `cannot write the lock file ${what}`,
      { cause, hint },
    );
  }
}

function invalid(reason: string, at?: Location): DstreamError {
  return new DstreamError(
    "lock.invalid",
    `cannot use the lock file: ${reason}`,
    {
      at,
      isUsage: true,
      hint:
        "take it from version control again, or write a new one with `dstream init --upgrade`",
    },
  );
}
