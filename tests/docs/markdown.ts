/**
 * The fenced blocks of a Markdown page and what they ask for.
 *
 * - A block in `sh` is run. `skip=reason` (one word) leaves it out, `exit=2` expects
 *   another status than 0.
 * - A block in `text` or `console` right behind it is what it prints, stdout and
 *   stderr as a terminal would show them. `…` stands for anything within a line, a
 *   line of `…` alone for any number of lines.
 * - A block of any language with `file=path` is written to that file first; one that
 *   begins with `#!` becomes executable.
 *
 * @module
 */

/** One fenced block. */
export interface Block {
  readonly language: string;
  /** The words behind the language: `skip=…`, `exit=…`, `file=…`. */
  readonly options: ReadonlyMap<string, string>;
  readonly text: string;
  /** Of the opening fence; starts at 1. */
  readonly line: number;
  /** Whether only blank lines lie between it and the block before. */
  readonly followsBlock: boolean;
}

/** A thing to do, in the order of the page. */
export type Step =
  | { readonly kind: "write"; readonly block: Block; readonly path: string }
  | {
    readonly kind: "run";
    readonly block: Block;
    readonly exitCode: number;
    /** What it prints; absent where the page doesn't say. */
    readonly expected?: string;
  }
  | { readonly kind: "skip"; readonly block: Block; readonly reason: string };

const RUN_LANGUAGES = ["sh", "bash", "shell"];
const OUTPUT_LANGUAGES = ["text", "console"];

/** All fenced blocks, in order; an indented one loses its indent. */
export function readBlocks(markdown: string): Block[] {
  const blocks: Block[] = [];
  const lines = markdown.split(/\r?\n/);
  let isBlankSince = false;
  for (let at = 0; at < lines.length; at++) {
    const fence = /^( *)(`{3,}|~{3,})(.*)$/.exec(lines[at]);
    if (fence === null) {
      isBlankSince &&= lines[at].trim() === "";
      continue;
    }
    const [, indent, mark, info] = fence;
    const isEnd = (line: string) => line.trim() === mark;
    let end = at + 1;
    while (end < lines.length && !isEnd(lines[end])) end++;
    const text = lines.slice(at + 1, end)
      .map((line) =>
        line.startsWith(indent) ? line.slice(indent.length) : line
      );
    blocks.push({
      ...readInfo(info),
      text: text.map((line) => `${line}\n`).join(""),
      line: at + 1,
      followsBlock: isBlankSince,
    });
    isBlankSince = true;
    at = end;
  }
  return blocks;
}

/** What the page asks for. */
export function readSteps(markdown: string): Step[] {
  const blocks = readBlocks(markdown);
  return blocks.flatMap((block, index): Step[] => {
    const path = block.options.get("file");
    if (path !== undefined) return [{ kind: "write", block, path }];
    if (!RUN_LANGUAGES.includes(block.language)) return [];
    const reason = block.options.get("skip");
    if (reason !== undefined) return [{ kind: "skip", block, reason }];
    const exitCode = Number(block.options.get("exit") ?? 0);
    const next = blocks[index + 1];
    const isOutput = next?.followsBlock && !next.options.has("file") &&
      OUTPUT_LANGUAGES.includes(next.language);
    const run = { kind: "run" as const, block, exitCode };
    return [isOutput ? { ...run, expected: next.text } : run];
  });
}

function readInfo(info: string): Pick<Block, "language" | "options"> {
  const [language = "", ...words] = info.trim().split(/\s+/);
  const options = words.map((word): [string, string] => {
    const [key, value = ""] = word.split(/=(.*)/);
    return [key, value];
  });
  return { language, options: new Map(options) };
}

/** Whether the output is what the page shows; spaces at line ends don't count. */
export function matches(actual: string, expected: string): boolean {
  const lines = expected.trimEnd().split("\n").map((line) => line.trimEnd());
  if (expected.trim() === "") return actual.trim() === "";
  const pattern = lines.map((line) =>
    line.trim() === "…"
      ? "(?:.*\\n)*?"
      : line.split("…").map(escapeRegExp).join(".*") + " *\\n"
  ).join("");
  const text = actual.trimEnd() === "" ? "" : `${actual.trimEnd()}\n`;
  return new RegExp(`^${pattern}$`).test(text);
}

function escapeRegExp(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
