/**
 * Actions → a tree: Go's text/template without `define`, `template`, `block`.
 *
 * Goes on after a mistake, so that all of a file's are reported together.
 *
 * @module
 */

import type { Span } from "../syntax_tree.ts";
import type { Token } from "./lex.ts";
import { type Node, type Pipeline, TemplateProblem } from "./nodes.ts";
import { PipelineReader, problem } from "./parse_pipeline.ts";
import { type ActionItem, type Item, scan } from "./scan.ts";

/** Nested `if`s and the like before we refuse to go deeper. */
const MAX_DEPTH = 100;

/** A parsed template; `problems` are in the order met. */
export interface ParsedTemplate {
  readonly nodes: readonly Node[];
  readonly problems: readonly TemplateProblem[];
  /** Where a block begins or ends is unclear: what is expanded is no HCL. */
  readonly isBroken: boolean;
}

/** @param functions Every name that may be called. */
export function parseTemplate(
  text: string,
  functions: ReadonlySet<string>,
): ParsedTemplate {
  const { items, problems } = scan(text);
  const parser = new TreeBuilder(items, functions, [...problems]);
  const nodes = parser.run();
  const isBroken = parser.isBroken ||
    problems.some((p) => p.code === "config.template_branches");
  return { nodes, problems: parser.problems, isBroken };
}

type List = { readonly nodes: Node[]; readonly end?: ActionItem };

class TreeBuilder {
  isBroken = false;
  #index = 0;
  #depth = 0;
  #loops = 0;
  #scope: string[] = ["$"];

  constructor(
    readonly items: readonly Item[],
    readonly functions: ReadonlySet<string>,
    readonly problems: TemplateProblem[],
  ) {}

  run(): Node[] {
    const all: Node[] = [];
    for (;;) {
      const { nodes, end } = this.#list();
      for (const node of nodes) all.push(node);
      if (end === undefined) return all;
      this.#report(end, `there is no "if", "range" or "with" to go with this`);
    }
  }

  /** Nodes up to the next `else` or `end`, which is returned, too. */
  #list(): List {
    const nodes: Node[] = [];
    while (this.#index < this.items.length) {
      const item = this.items[this.#index++];
      if (item.kind === "text") {
        const span = { start: item.start, end: item.end };
        if (item.end > item.start) nodes.push({ kind: "text", span });
        continue;
      }
      if (item.isComment) continue;
      const word = keyword(item);
      if (word === "else" || word === "end") return { nodes, end: item };
      const node = this.#guard(() => this.#action(item, word));
      if (node !== undefined) nodes.push(node);
    }
    return { nodes };
  }

  #action(item: ActionItem, word: string): Node | undefined {
    switch (word) {
      case "if":
      case "with":
      case "range":
        return this.#block(item, word, item.tokens.slice(1));
      case "break":
      case "continue":
        return this.#jump(item, word);
      case "define":
      case "template":
      case "block":
        throw problem(
          item.tokens[0].span,
          `"${word}" is not supported`,
          "HCL's locals and variables take its place",
        );
      default:
        return this.#insert(item);
    }
  }

  #insert(item: ActionItem): Node {
    const { span, place } = item;
    if (item.isDamaged) return { kind: "hole", span, place };
    const pipeline = this.#guard(() => this.#pipeline(item.tokens, span, 1));
    if (pipeline === undefined) return { kind: "hole", span, place };
    return { kind: "insert", span, place, pipeline };
  }

  #jump(item: ActionItem, kind: "break" | "continue"): Node {
    if (item.tokens.length > 1) {
      throw problem(item.tokens[1].span, `nothing may follow "${kind}"`);
    }
    if (this.#loops === 0) {
      throw problem(item.span, `"${kind}" outside a range`);
    }
    return { kind, span: item.span };
  }

  #block(
    item: ActionItem,
    kind: "if" | "with" | "range",
    tokens: readonly Token[],
  ): Node | undefined {
    const outer = this.#scope;
    this.#scope = [...outer];
    if (++this.#depth > MAX_DEPTH) {
      throw problem(item.span, "nested too deeply");
    }
    const pipeline = this.#guard(() => {
      return this.#pipeline(tokens, item.span, kind === "range" ? 2 : 1);
    });
    if (kind === "range") this.#loops++;
    const body = this.#list();
    if (kind === "range") this.#loops--;
    const otherwise = this.#otherwise(item, kind, body.end);
    this.#depth--;
    this.#scope = outer;
    if (pipeline === undefined) return undefined;
    return { kind, span: item.span, pipeline, body: body.nodes, otherwise };
  }

  /** What follows the body: `end`, `else … end`, or `else if …`. */
  #otherwise(
    opener: ActionItem,
    kind: "if" | "with" | "range",
    end: ActionItem | undefined,
  ): Node[] {
    if (end === undefined) {
      this.isBroken = true;
      this.problems.push(
        new TemplateProblem(
          opener.span,
          "config.template_block",
          `this "${kind}" is never closed`,
          "close it with {{ end }}",
        ),
      );
      return [];
    }
    if (keyword(end) === "end") {
      this.#noMore(end, 1);
      return [];
    }
    const next = end.tokens[1]?.text;
    if (next === kind && kind !== "range") {
      const nested = this.#block(end, kind, end.tokens.slice(2));
      return nested === undefined ? [] : [nested];
    }
    this.#noMore(end, 1);
    const rest = this.#list();
    if (rest.end === undefined) return this.#otherwise(opener, kind, undefined);
    if (keyword(rest.end) === "else") {
      this.#report(rest.end, `this "${kind}" has an "else" already`);
      return this.#otherwise(opener, kind, rest.end);
    }
    this.#noMore(rest.end, 1);
    return rest.nodes;
  }

  #noMore(item: ActionItem, count: number): void {
    const extra = item.tokens[count];
    if (extra === undefined) return;
    const after = item.tokens[0].text;
    this.problems.push(
      problem(extra.span, `nothing may follow "${after}" here`),
    );
  }

  #pipeline(
    tokens: readonly Token[],
    span: Span,
    maxNames: number,
  ): Pipeline {
    const reader = new PipelineReader(
      tokens,
      span,
      this.functions,
      this.#scope,
    );
    const pipeline = reader.whole(maxNames);
    if (pipeline.declares?.isNew) this.#scope.push(...pipeline.declares.names);
    return pipeline;
  }

  #guard<T>(action: () => T): T | undefined {
    try {
      return action();
    } catch (error) {
      if (!(error instanceof TemplateProblem)) throw error;
      this.problems.push(error);
      return undefined;
    }
  }

  #report(item: ActionItem, message: string): void {
    this.isBroken = true;
    this.problems.push(
      new TemplateProblem(item.span, "config.template_block", message),
    );
  }
}

function keyword(item: ActionItem): string {
  const [first] = item.tokens;
  return first?.kind === "word" ? first.text : "";
}
