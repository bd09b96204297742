/**
 * `registries "ghcr.io/acme/*" { signatures { … } }` in the `dstream` block: whose
 * signatures count there, and what happens to the rest.
 *
 * Whether a key is one is found where keys are known (core/project).
 *
 * @module
 */

import type { Location } from "../../base/errors.ts";
import type { Block } from "../../hcl/mod.ts";
import { type BlockReader, headOf } from "./reader.ts";

const POLICIES = ["require", "warn", "off"] as const;

/** One `signatures` block. */
export interface SignatureSettings {
  /** The registries it is about: `ghcr.io/acme/*`. */
  readonly pattern: string;
  /** Absent: "warn". */
  readonly policy?: typeof POLICIES[number];
  /** PEM text with one public key, or several. */
  readonly key?: string;
  /** Instead of a key: who signed, who says so, and whose certificates count. */
  readonly signer?: {
    readonly identity: string;
    readonly issuer: string;
    /** JSON text. */
    readonly trustedRoot: string;
  };
  /** Of the key or the trusted root, or of the block where there is none. */
  readonly at: Location;
}

/** Reads all `registries` blocks. */
export function readRegistries(reader: BlockReader): SignatureSettings[] {
  const seen = new Map<string, Block>();
  return reader.blocks("registries").flatMap((block) => {
    const pattern = readPattern(block, reader, seen);
    const owner = pattern === undefined
      ? "a registries block"
      : `registries "${pattern}"`;
    const inner = reader.inside(block, owner);
    const signatures = inner.block("signatures");
    const found = signatures &&
      readSignatures(inner.inside(signatures), pattern ?? "");
    inner.finish();
    return pattern === undefined || found === undefined ? [] : [found];
  });
}

function readPattern(
  block: Block,
  reader: BlockReader,
  seen: Map<string, Block>,
): string | undefined {
  const [label, extra] = block.labels;
  const wrong = (message: string, hint?: string) =>
    reader.report(headOf(block), "config.label_missing", message, hint);
  if (label === undefined || extra !== undefined) {
    wrong(
      "a registries block has one label: the registries it is about",
      'for example registries "ghcr.io/acme/*" { … }',
    );
    return undefined;
  }
  const pattern = label.value.toLowerCase();
  if (!/^[a-z0-9*][^\s@]*$/.test(pattern) || pattern.includes("://")) {
    reader.report(
      label.span,
      "config.value_invalid",
      `"${label.value}" is no registry and no repository`,
      'for example "ghcr.io/acme/*"; "*" stands for any text',
    );
    return undefined;
  }
  const first = seen.get(pattern);
  if (first === undefined) {
    seen.set(pattern, block);
    return pattern;
  }
  const { line } = reader.context.source.locate(first.typeSpan);
  reader.report(
    headOf(block),
    "config.block_duplicate",
    `there is a second registries block for "${pattern}"`,
    `the first is on line ${line}`,
  );
  return undefined;
}

function readSignatures(
  reader: BlockReader,
  pattern: string,
): SignatureSettings {
  const { source } = reader.context;
  const policy = reader.choice("policy", POLICIES);
  const key = reader.text("key");
  const signer = readSigner(reader);
  const place = reader.attribute("key") ?? reader.attribute("trusted_root");
  reader.finish();
  checkWho(reader, policy);
  return {
    pattern,
    ...policy !== undefined && { policy },
    ...key !== undefined && { key },
    ...signer !== undefined && { signer },
    at: source.locate(place?.value.span ?? reader.headSpan),
  };
}

const SIGNER = ["identity", "issuer", "trusted_root"] as const;

function readSigner(reader: BlockReader): SignatureSettings["signer"] {
  const [identity, issuer, trustedRoot] = SIGNER.map((name) =>
    reader.text(name)
  );
  const isWhole = identity !== undefined && issuer !== undefined &&
    trustedRoot !== undefined;
  return isWhole ? { identity, issuer, trustedRoot } : undefined;
}

/** A key, or all that names a signer; nothing only where nobody looks. */
function checkWho(
  reader: BlockReader,
  policy: SignatureSettings["policy"],
): void {
  const key = reader.attribute("key");
  const there = SIGNER.filter((name) => reader.attribute(name) !== undefined);
  if (key !== undefined && there.length > 0) {
    return reader.report(
      key.nameSpan,
      "config.value_invalid",
      `a signatures block has a key or "${there[0]}", not both`,
    );
  }
  const missing = SIGNER.filter((name) => !there.includes(name));
  const isNamed = key !== undefined || missing.length === 0;
  if (isNamed || there.length === 0 && policy === "off") return;
  reader.report(
    reader.headSpan,
    "config.attribute_missing",
    there.length === 0
      ? "a signatures block says whose signatures count"
      : `a signatures block with "${there[0]}" needs ${missing.join(" and ")}`,
    there.length === 0
      ? 'add key = file("cosign.pub"), or identity, issuer and trusted_root'
      : undefined,
  );
}
