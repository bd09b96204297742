/**
 * The blocks of all files, sorted by what they are.
 *
 * @module
 */

import type { Attribute, Block, SourceText } from "../../hcl/mod.ts";
import type { Problems } from "./problems.ts";
import { headOf } from "./reader.ts";
import { suggest } from "./suggest.ts";
import type { SourceFile } from "./source_file.ts";

const TYPES = [
  "dstream",
  "variable",
  "locals",
  "task",
  "ingester",
  "publisher",
] as const;
type RootType = typeof TYPES[number];

/** A block and the text it stands in. */
export interface RootBlock {
  readonly block: Block;
  readonly source: SourceText;
}

/** What there is, in the order of the files. */
export type RootBlocks = Readonly<Record<RootType, readonly RootBlock[]>>;

/** Reports what has no place at the top of a file. */
export function sortRoot(
  files: readonly SourceFile[],
  problems: Problems,
): RootBlocks {
  const blocks: Record<RootType, RootBlock[]> = {
    dstream: [],
    variable: [],
    locals: [],
    task: [],
    ingester: [],
    publisher: [],
  };
  for (const { body, source } of files) {
    for (const item of body.items) {
      if (item.kind === "attribute") reportAttribute(item, source, problems);
      else if (isRootType(item.type)) {
        blocks[item.type].push({ block: item, source });
      } else reportBlock(item, source, problems);
    }
  }
  return blocks;
}

/** The one block of its type; a second is an error. */
export function onlyBlock(
  blocks: readonly RootBlock[],
  problems: Problems,
): RootBlock | undefined {
  const [first, ...others] = blocks;
  if (first === undefined) return undefined;
  for (const label of first.block.labels) {
    const at = { source: first.source, span: label.span };
    const message = `a ${first.block.type} block takes no label`;
    problems.report(at, "config.label_unexpected", message);
  }
  for (const { block, source } of others) {
    const { file, line } = first.source.locate(first.block.typeSpan);
    problems.report(
      { source, span: headOf(block) },
      "config.block_duplicate",
      `there is a second ${block.type} block`,
      `the first is at ${file}:${line}`,
    );
  }
  return first;
}

function isRootType(type: string): type is RootType {
  return (TYPES as readonly string[]).includes(type);
}

function reportAttribute(
  { name, nameSpan }: Attribute,
  source: SourceText,
  problems: Problems,
): void {
  const label = name === "task" || name === "variable" ? ' "…"' : "";
  const hint = isRootType(name)
    ? `"${name}" is a block: write ${name}${label} { … } without "="`
    : `for a value of your own, use locals { ${name} = … }`;
  problems.report(
    { source, span: nameSpan },
    "config.attribute_unknown",
    `there is no attribute "${name}" at the top of a file`,
    hint,
  );
}

function reportBlock(
  { type, typeSpan }: Block,
  source: SourceText,
  problems: Problems,
): void {
  problems.report(
    { source, span: typeSpan },
    "config.block_unknown",
    `there is no block "${type}" at the top of a file`,
    whereItBelongs(type),
  );
}

function whereItBelongs(type: string): string | undefined {
  if (type === "test") {
    return "tests stand in files of their own: NAME.dstream-test.hcl";
  }
  const isInside = type === "input" || type === "output" || type === "config";
  return isInside
    ? `put it into a task: task "my-pipeline" { ${type} { … } }`
    : suggest(type, TYPES, "a file has");
}
