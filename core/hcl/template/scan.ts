/**
 * The text of a file → pieces of text and actions, each with its place in HCL.
 *
 * Knows just enough of HCL's lexical structure to tell comments, quoted strings,
 * heredocs and the rest apart. Comments are left alone: nothing in them is an
 * action. Each branch of an `if` starts where the `if` stood, and all must end in
 * one place, or nobody could say how to escape what follows.
 *
 * @module
 */

import { lexAction, type LexedAction } from "./lex.ts";
import { type Place, TemplateProblem } from "./nodes.ts";

/** `isFixed`: trim markers leave it alone, because HCL needs its line end. */
export interface TextItem {
  readonly kind: "text";
  start: number;
  end: number;
  readonly isFixed: boolean;
}
export interface ActionItem extends LexedAction {
  readonly kind: "action";
  readonly place: Place;
  /** It can't be read, and was reported. */
  readonly isDamaged: boolean;
}
export type Item = TextItem | ActionItem;

/** Innermost last. `depth` counts the braces open in a `${ … }`. */
type Mode =
  | { readonly kind: "code"; readonly depth: number }
  | { readonly kind: "quoted" }
  | { readonly kind: "heredoc"; readonly marker: string };
/** A list that shares its outer part: a file may open a mode at each character. */
interface Modes {
  readonly mode: Mode;
  readonly outer?: Modes;
}

const TOP: Modes = { mode: { kind: "code", depth: 0 } };

/** A file cut up; `problems` are actions that can't be read (left out). */
export interface Scanned {
  readonly items: readonly Item[];
  readonly problems: readonly TemplateProblem[];
}

/** More would not help anybody, and each names its whole line. */
export const MAX_PROBLEMS = 50;

export function scan(text: string): Scanned {
  const scanner = new Scanner(text);
  scanner.run();
  trim(text, scanner.items);
  return scanner;
}

/** An `if`, `range` or `with` that is open. */
interface Open {
  readonly action: LexedAction;
  readonly before: Modes;
  afterFirst?: Modes;
  hasElse: boolean;
}

class Scanner implements Scanned {
  readonly items: Item[] = [];
  readonly problems: TemplateProblem[] = [];
  readonly #open: Open[] = [];
  #modes: Modes = TOP;
  #at = 0;
  #pieceStart = 0;

  constructor(readonly text: string) {}

  run(): void {
    while (this.#at < this.text.length) {
      if (this.text.startsWith("{{", this.#at)) this.#action();
      else this.#step();
    }
    this.#flush(false);
  }

  #step(): void {
    const { mode } = this.#modes;
    switch (mode.kind) {
      case "code":
        return this.#code(mode);
      case "quoted":
        return this.#quoted();
      case "heredoc":
        return this.#heredoc(mode.marker);
    }
  }

  #code(mode: { readonly depth: number }): void {
    const c = this.text[this.#at];
    const two = this.text.slice(this.#at, this.#at + 2);
    if (c === "#" || two === "//") return this.#lineComment();
    if (two === "/*") return this.#blockComment();
    if (two === "<<") return this.#heredocStart();
    this.#at++;
    if (c === '"') this.#push({ kind: "quoted" });
    else if (this.#modes.outer && c === "{") {
      this.#replace({ kind: "code", depth: mode.depth + 1 });
    } else if (this.#modes.outer && c === "}") {
      if (mode.depth === 0) this.#pop();
      else this.#replace({ kind: "code", depth: mode.depth - 1 });
    }
  }

  #lineComment(): void {
    this.#flush(false);
    const end = this.text.indexOf("\n", this.#at);
    this.#at = end < 0 ? this.text.length : end + 1;
    this.#flush(true);
  }

  #blockComment(): void {
    this.#flush(false);
    const end = this.text.indexOf("*/", this.#at + 2);
    this.#at = end < 0 ? this.text.length : end + 2;
    this.#flush(true);
  }

  #heredocStart(): void {
    const pattern = /<<-?([\p{L}_][\p{L}\p{Nd}_-]*)[ \t]*\r?\n/yu;
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.text);
    if (match === null) {
      this.#at += 2;
      return;
    }
    this.#flush(false);
    this.#at += match[0].length;
    this.#flush(true);
    this.#push({ kind: "heredoc", marker: match[1] });
  }

  #quoted(): void {
    const c = this.text[this.#at];
    if (c === "\\") {
      this.#at += this.text.startsWith("{{", this.#at + 1) ? 1 : 2;
    } else if (c === '"') {
      this.#at++;
      this.#pop();
    } else if (c === "\n") {
      // Never closed: the parser says so; here the damage ends with the line.
      this.#at++;
      this.#pop();
    } else this.#templateText(c);
  }

  #heredoc(marker: string): void {
    const isLineStart = this.text[this.#at - 1] === "\n";
    if (isLineStart) {
      const end = this.text.indexOf("\n", this.#at);
      const line = this.text.slice(this.#at, end < 0 ? undefined : end);
      if (line.trim() === marker) {
        this.#at += line.length;
        this.#pop();
        return;
      }
    }
    this.#templateText(this.text[this.#at]);
  }

  /** Text of a string, where `${` and `%{` begin code and `$${` doesn't. */
  #templateText(c: string): void {
    this.#at++;
    if (c !== "$" && c !== "%") return;
    if (this.text.startsWith("{{", this.#at)) return;
    if (this.text.startsWith(`${c}{`, this.#at)) {
      if (!this.text.startsWith(`${c}{{`, this.#at)) this.#at += 2;
    } else if (this.text[this.#at] === "{") {
      this.#at++;
      this.#push({ kind: "code", depth: 0 });
    }
  }

  #action(): void {
    // Each mistake looks for its end, which may be far: more is not worth it.
    if (this.problems.length >= MAX_PROBLEMS) this.#at = this.text.length;
    this.#flush(false);
    if (this.#at === this.text.length) return;
    const read = this.#lex();
    const isDamaged = read === undefined;
    const action = read ?? this.#damaged();
    const place = this.#place();
    this.items.push({ kind: "action", place, isDamaged, ...action });
    this.#at = this.#pieceStart = action.span.end;
    this.#follow(action);
  }

  #lex(): LexedAction | undefined {
    try {
      return lexAction(this.text, this.#at, this.#place() === "quoted");
    } catch (error) {
      if (!(error instanceof TemplateProblem)) throw error;
      this.problems.push(error);
      return undefined;
    }
  }

  /** What can't be read ends at its `}}`, or with its line. */
  #damaged(): LexedAction {
    const lineEnd = /\r?\n|$/g;
    lineEnd.lastIndex = this.#at;
    const stop = lineEnd.exec(this.text)?.index ?? this.text.length;
    const close = this.text.indexOf("}}", this.#at);
    const end = close < 0 || close > stop ? stop : close + 2;
    const span = { start: this.#at, end };
    const trims = { trimsBefore: false, trimsAfter: false };
    return { span, tokens: [], isComment: false, ...trims };
  }

  #place(): Place {
    const { kind } = this.#modes.mode;
    return kind === "code" ? "bare" : kind;
  }

  /** Keeps the modes in step with the branches. */
  #follow(action: LexedAction): void {
    const word = action.tokens[0]?.kind === "word" ? action.tokens[0].text : "";
    if (word === "if" || word === "range" || word === "with") {
      this.#open.push({ action, before: this.#modes, hasElse: false });
    } else if (word === "else") {
      const open = this.#open.at(-1);
      if (open === undefined) return;
      open.hasElse ||= action.tokens.length === 1;
      this.#endBranch(open);
      this.#modes = open.before;
    } else if (word === "end") {
      const open = this.#open.pop();
      if (open === undefined) return;
      this.#endBranch(open);
      if (!open.hasElse) this.#compare(open, open.before);
    }
  }

  #endBranch(open: Open): void {
    if (open.afterFirst === undefined) open.afterFirst = this.#modes;
    else this.#compare(open, open.afterFirst);
  }

  #compare(open: Open, expected: Modes): void {
    if (isSame(this.#modes, expected)) return;
    const word = open.action.tokens[0].text;
    this.problems.push(
      new TemplateProblem(
        open.action.span,
        "config.template_branches",
        `the branches of this "${word}" end in different places: one inside a string, another outside`,
        "open and close each string within one branch",
      ),
    );
  }

  #push(mode: Mode): void {
    this.#modes = { mode, outer: this.#modes };
  }

  #pop(): void {
    this.#modes = this.#modes.outer ?? TOP;
  }

  #replace(mode: Mode): void {
    this.#modes = { mode, outer: this.#modes.outer };
  }

  #flush(isFixed: boolean): void {
    this.#at = Math.min(this.#at, this.text.length);
    if (this.#at > this.#pieceStart) {
      const piece = { start: this.#pieceStart, end: this.#at, isFixed };
      this.items.push({ kind: "text", ...piece });
    }
    this.#pieceStart = this.#at;
  }
}

function isSame(one: Modes | undefined, other: Modes | undefined): boolean {
  while (one !== other) {
    if (one === undefined || other === undefined) return false;
    const [a, b] = [one.mode, other.mode];
    if (JSON.stringify(a) !== JSON.stringify(b)) return false;
    one = one.outer;
    other = other.outer;
  }
  return true;
}

/** Applies `{{-` and `-}}` to the text beside them. */
function trim(text: string, items: readonly Item[]): void {
  items.forEach((item, index) => {
    if (item.kind !== "action") return;
    if (item.trimsBefore) trimEnd(text, items, index - 1);
    if (item.trimsAfter) trimStart(text, items, index + 1);
  });
}

function trimEnd(text: string, items: readonly Item[], index: number): void {
  const item = items[index];
  if (item?.kind !== "text" || item.isFixed) return;
  while (item.end > item.start && isSpace(text[item.end - 1])) item.end--;
}

function trimStart(text: string, items: readonly Item[], index: number): void {
  const item = items[index];
  if (item?.kind !== "text" || item.isFixed) return;
  while (item.start < item.end && isSpace(text[item.start])) item.start++;
}

function isSpace(c: string): boolean {
  return c === " " || c === "\t" || c === "\r" || c === "\n";
}
