/**
 * Makes HCL files by chance, from the grammar.
 *
 * Most are well-formed; some break a rule (a name twice, a `~` too many), which
 * is as good a question to the two parsers. damage.ts breaks them on purpose.
 *
 * @module
 */

import type { Random } from "./random.ts";

const NAMES = [
  ..."abcxyz",
  "task",
  "input",
  "x-1",
  "_y",
  "é",
  "名前",
  "a_b",
  "for",
  "if",
  "in",
  "null",
  "true",
  "K9",
  "else",
];
const NUMBERS = [
  "0",
  "1",
  "42",
  "007",
  "1.5",
  "0.10",
  "1e3",
  "1E+2",
  "2.5e-3",
  "9007199254740993",
  "123456789012345678901234567890.123",
  "1.e2",
];
const BINARY = "+ - * / % == != < <= > >= && ||".split(" ");
const TEXTS = [
  "",
  "a",
  " ",
  "  ",
  "x y",
  "$",
  "$$",
  "%",
  "100%",
  "$${",
  "%%{",
  "$${~",
  "}",
  "é",
  "e\u0301",
  "日本",
  "😀",
  "#",
  "//",
  "/*",
  "'",
  "~",
  "\t",
  "{}",
  "<<A",
  "\u00a0",
  "\u2028",
  "$a",
  "$ ",
  "=",
];
const ESCAPES = ["\\n", "\\t", '\\"', "\\\\", "\\r", "\\u00e9", "\\U0001f600"];
const MARKERS = ["A", "EOT", "E-1", "é"];

/** One file. */
export function generateFile(random: Random): string {
  const file = new Generator(random).file();
  const text = random.chance(0.1) ? file.replaceAll("\n", "\r\n") : file;
  return random.chance(0.03) ? `\ufeff${text}` : text;
}

class Generator {
  readonly #random: Random;
  #depth = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  file(): string {
    const body = this.#body("");
    return this.#random.chance(0.1) ? body.trimEnd() : body;
  }

  #body(indent: string): string {
    return this.#random.several(4, () => this.#item(indent)).join("");
  }

  #item(indent: string): string {
    const { chance, pick } = this.#bound();
    if (chance(0.1)) return pick(["\n", "# x\n", "// y\n", "/* z\n */\n"]);
    const end = chance(0.1) ? ` ${pick(["# c", "// c", "/* c */"])}\n` : "\n";
    if (this.#depth > 3 || chance(0.65)) {
      return `${indent}${this.#name()}${this.#gap()}=${this.#gap()}${this.#value()}${end}`;
    }
    return `${indent}${this.#block(indent)}${end}`;
  }

  #block(indent: string): string {
    const { chance } = this.#bound();
    const labels = this.#random.several(
      2,
      () => chance(0.7) ? ` "${this.#quotedText()}"` : ` ${this.#name()}`,
    ).join("");
    const head = `${this.#name()}${labels}${this.#gap()}`;
    if (chance(0.2)) return `${head}{}`;
    if (chance(0.2)) return `${head}{ ${this.#name()} = ${this.#value()} }`;
    return this.#deeper(() =>
      `${head}{\n${this.#body(`${indent}  `)}${indent}}`
    );
  }

  #value(): string {
    if (this.#depth > 4) return this.#leaf();
    return this.#deeper(() => this.#random.pick(this.#kinds)());
  }

  readonly #kinds: readonly (() => string)[] = [
    () => this.#leaf(),
    () => this.#leaf(),
    () => this.#quoted(),
    () => this.#quoted(),
    () => this.#heredoc(),
    () =>
      `${this.#term()}${this.#gap()}${
        this.#random.pick(BINARY)
      }${this.#gap()}${this.#value()}`,
    () => `${this.#value()} ? ${this.#value()} : ${this.#value()}`,
    () => `${this.#random.pick(["-", "!", "- ", "--"])}${this.#term()}`,
    () => `(${this.#breaks()}${this.#value()}${this.#breaks()})`,
    () => this.#tuple(),
    () => this.#object(),
    () => this.#call(),
    () => this.#traversal(),
    () => this.#for(),
  ];

  #leaf(): string {
    const { pick } = this.#bound();
    return pick([
      () => pick(NUMBERS),
      () => pick(["true", "false", "null"]),
      () => this.#name(),
      () => `"${this.#quotedText()}"`,
    ])();
  }

  #term(): string {
    return this.#random.chance(0.7) ? this.#leaf() : `(${this.#value()})`;
  }

  #tuple(): string {
    const items = this.#random.several(3, () => this.#value());
    const comma = items.length > 0 && this.#random.chance(0.2) ? "," : "";
    return `[${this.#breaks()}${
      items.join(`,${this.#breaks()}`)
    }${comma}${this.#breaks()}]`;
  }

  #object(): string {
    const { chance, pick } = this.#bound();
    const separator = pick([",", "\n", ", \n", "\n\n"]);
    const items = this.#random.several(
      3,
      () => `${this.#key()}${this.#gap()}${pick(["=", ":"])} ${this.#value()}`,
    );
    const last = items.length > 0 && chance(0.3) ? separator : "";
    return `{${chance(0.5) ? "\n" : ""}${items.join(separator)}${last}}`;
  }

  #key(): string {
    return this.#random.pick([
      () => this.#name(),
      () => this.#name(),
      () => this.#quoted(),
      () => `(${this.#value()})`,
      () => this.#random.pick(NUMBERS),
      () => this.#traversal(),
      () => this.#term(),
    ])();
  }

  #call(): string {
    const { chance } = this.#bound();
    const args = this.#random.several(3, () => this.#value());
    const end = args.length === 0
      ? ""
      : chance(0.15)
      ? "..."
      : chance(0.15)
      ? ","
      : "";
    const name = chance(0.15)
      ? `${this.#name()}::${this.#name()}`
      : this.#name();
    return `${name}(${this.#breaks()}${
      args.join(`,${this.#breaks()}`)
    }${end}${this.#breaks()})`;
  }

  #traversal(): string {
    const { pick } = this.#bound();
    const start = this.#random.chance(0.8) ? this.#name() : this.#term();
    const steps = this.#random.several(3, () =>
      pick([
        () => `.${this.#name()}`,
        () => `.${this.#name()}`,
        () => `.${this.#random.below(3)}`,
        () => `[${this.#value()}]`,
        () => ".*",
        () => "[*]",
      ])());
    return start + steps.join("");
  }

  #for(): string {
    const { chance } = this.#bound();
    const names = chance(0.5) ? "k, v" : "v";
    const condition = chance(0.3) ? ` if ${this.#value()}` : "";
    const head = `for ${names} in ${this.#value()} :${this.#breaks()} `;
    return chance(0.5)
      ? `[${this.#breaks()}${head}${this.#value()}${condition}]`
      : `{${this.#breaks()}${head}${this.#value()} => ${this.#value()}${
        chance(0.3) ? "..." : ""
      }${condition}}`;
  }

  #quoted(): string {
    const parts = this.#random.several(4, () => this.#templatePart(true));
    return `"${parts.join("")}"`;
  }

  #quotedText(): string {
    const { chance, pick } = this.#bound();
    return this.#random.several(
      2,
      () => chance(0.2) ? pick(ESCAPES) : pick(TEXTS),
    ).join("");
  }

  #templatePart(isQuoted: boolean): string {
    const { chance, pick } = this.#bound();
    const open = chance(0.2) ? "{~" : "{";
    const close = chance(0.2) ? "~}" : "}";
    if (this.#depth > 4 || chance(0.5)) {
      return isQuoted ? this.#quotedText() : pick(TEXTS);
    }
    if (chance(0.6)) return `$${open}${this.#gap()}${this.#value()}${close}`;
    const inside = this.#deeper(() =>
      this.#random.several(2, () => this.#templatePart(isQuoted)).join("")
    );
    if (chance(0.4)) {
      return `%${open} for v in ${this.#value()} ${close}${inside}%${open} endfor ${close}`;
    }
    const otherwise = chance(0.4) ? `%${open} else ${close}${inside}` : "";
    return `%${open}if ${this.#value()}${close}${inside}${otherwise}%${open}endif${close}`;
  }

  #heredoc(): string {
    const { chance, pick } = this.#bound();
    const marker = pick(MARKERS);
    const isFlush = chance(0.6);
    const lines = this.#random.several(4, () => {
      const indent = pick(["", "  ", "    ", "\t", " "]);
      const parts = this.#random.several(3, () => this.#templatePart(false));
      return `${chance(0.8) ? indent : ""}${parts.join("")}\n`;
    });
    const end = pick(["", "  ", "\t"]);
    const text = `<<${isFlush ? "-" : ""}${marker}\n${
      lines.join("")
    }${end}${marker}`;
    // The marker needs a line break behind it, which ends most things.
    return chance(0.1) ? text : `(${text}\n)`;
  }

  #name(): string {
    return this.#random.pick(NAMES);
  }

  #gap(): string {
    return this.#random.pick([" ", " ", " ", "", "  ", "\t", " /* c */ "]);
  }

  /** Line breaks and comments where they mean nothing. */
  #breaks(): string {
    return this.#random.pick(["", "", "", " ", "\n", "\n  ", " # c\n"]);
  }

  #deeper<T>(make: () => T): T {
    this.#depth++;
    const made = make();
    this.#depth--;
    return made;
  }

  #bound() {
    return {
      chance: (probability: number) => this.#random.chance(probability),
      pick: <T>(items: readonly T[]) => this.#random.pick(items),
    };
  }
}
