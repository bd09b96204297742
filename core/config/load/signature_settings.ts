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
  /** Of the key, or of the block where there is none. */
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
  const span = reader.attribute("key")?.value.span ?? reader.headSpan;
  reader.finish();
  const isNamed = reader.attribute("key") !== undefined;
  if (!isNamed && policy !== "off") {
    reader.report(
      reader.headSpan,
      "config.attribute_missing",
      "a signatures block says whose signatures count",
      'add key = file("cosign.pub")',
    );
  }
  return {
    pattern,
    ...policy !== undefined && { policy },
    ...key !== undefined && { key },
    at: source.locate(span),
  };
}
