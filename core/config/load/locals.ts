/**
 * `locals` blocks: names for values, in any order.
 *
 * @module
 */

import {
  type Attribute,
  type Block,
  evaluate,
  LazyObject,
  type Scope,
  type SourceText,
} from "../../hcl/mod.ts";
import type { Problems } from "./problems.ts";
import type { RootBlock } from "./root.ts";

interface Local {
  readonly attribute: Attribute;
  readonly source: SourceText;
}

/** The local values of all files together. */
export class Locals {
  readonly #locals = new Map<string, Local>();
  readonly root: LazyObject;

  /** @param scope Asked for when the first one is needed: it knows `local`. */
  constructor(
    blocks: readonly RootBlock[],
    scope: () => Scope,
    readonly problems: Problems,
  ) {
    for (const { block, source } of blocks) this.#declare(block, source);
    const entries = [...this.#locals].map(([name, local]) => {
      const { attribute, source } = local;
      return [
        name,
        () => evaluate(attribute.value, scope().in(source)),
      ] as const;
    });
    this.root = new LazyObject({
      name: "local",
      noun: "local value",
      hint: "declare it in a locals block",
      entries: new Map(entries),
    });
  }

  /** Works out every one, so that all problems come out. */
  resolveAll(): void {
    for (const [name, { attribute, source }] of this.#locals) {
      const place = { source, span: attribute.nameSpan };
      this.problems.attempt(() => this.root.get(name, place));
    }
  }

  #declare(block: Block, source: SourceText): void {
    for (const label of block.labels) {
      const message = "a locals block takes no label";
      const at = { source, span: label.span };
      this.problems.report(at, "config.label_unexpected", message);
    }
    for (const item of block.body.items) {
      if (item.kind === "attribute") this.#add(item, source);
      else this.#reportBlock(item, source);
    }
  }

  #add(attribute: Attribute, source: SourceText): void {
    const { name, nameSpan } = attribute;
    const first = this.#locals.get(name);
    if (first === undefined) {
      this.#locals.set(name, { attribute, source });
      return;
    }
    const { file, line } = first.source.locate(first.attribute.nameSpan);
    this.problems.report(
      { source, span: nameSpan },
      "config.local_duplicate",
      `there is a second local value "${name}"`,
      `the first is at ${file}:${line}`,
    );
  }

  #reportBlock({ type, typeSpan }: Block, source: SourceText): void {
    this.problems.report(
      { source, span: typeSpan },
      "config.block_unknown",
      `a locals block has no block "${type}"`,
      `write ${type} = { … }`,
    );
  }
}
