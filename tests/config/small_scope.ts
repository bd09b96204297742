/**
 * Every text of up to so many pieces: what chance might miss, short texts show.
 *
 * @module
 */

/** Pieces and the file that a row of them is put into. */
interface Scope {
  readonly about: string;
  readonly pieces: readonly string[];
  readonly wrap: (row: string) => string;
}

const value = (row: string) => `a = ${row}\n`;

export const SCOPES: readonly Scope[] = [
  {
    about: "heredocs",
    pieces: ["$", "%", "{", "\n", "\r", "a", " "],
    wrap: (row) => `a = <<A\n${row}\nA\n`,
  },
  {
    about: "indented heredocs",
    pieces: [" ", "\n", "a", "${b}", "${~b~}"],
    wrap: (row) => `a = <<-A\n${row}\n A\n`,
  },
  {
    about: "strings",
    pieces: ["$", "%", "{", "}", "\\", "a", "~"],
    wrap: (row) => `a = "${row}"\n`,
  },
  {
    about: "strip markers",
    pieces: [" ", "a", "${~b}", "${b~}", "%{~if b~}", "%{~endif}"],
    wrap: (row) => `a = "${row}"\n`,
  },
  {
    about: "directives",
    pieces: ["%{if a}", "%{else}", "%{endif}", "%{for a in b}", "%{endfor}"],
    wrap: (row) => `a = "${row}"\n`,
  },
  { about: "numbers", pieces: ["1", ".", "e", "+", "a"], wrap: value },
  {
    about: "values",
    pieces: ["a", "1", '"s"', ".", "*", "[", "]", "(", ")", "?", ":", ","],
    wrap: value,
  },
  {
    about: "objects",
    pieces: ["a", "=", ":", ",", "\n", "{", "}", "1"],
    wrap: (row) => `a = {a${row}}\n`,
  },
  {
    about: "bodies",
    pieces: ["a ", "=", "1", "{", "}", "\n", '"s"', "#x\n"],
    wrap: (row) => row,
  },
];

/** All rows of up to `most` pieces, put into files. */
export function* filesOf(
  { pieces, wrap }: Scope,
  most: number,
): Generator<string> {
  let rows = [""];
  for (let length = 0; length <= most; length++) {
    for (const row of rows) yield wrap(row);
    if (length === most) return;
    rows = rows.flatMap((row) => pieces.map((piece) => row + piece));
  }
}
