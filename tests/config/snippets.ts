/**
 * Short texts that mean something to an HCL scanner, and texts made of them.
 *
 * Where the grammar makes files that make sense, these ask how tokens are cut.
 *
 * @module
 */

import type { Random } from "./random.ts";

export const SNIPPETS = [
  ..."{}[]()\"'\n\r\t $%~#/*.,:=?!<>&|-+\\`;\0",
  "${",
  "%{",
  "~}",
  "$${",
  "<<A\n",
  "<<-A\n",
  "\nA\n",
  "=>",
  "...",
  "::",
  "/*",
  "*/",
  "for ",
  " if ",
  " in ",
  "%{ endif }",
  "%{ else }",
  "%{ endfor }",
  "%{ if a }",
  "\\u",
  "\\",
  '""',
  "\ufeff",
  "1e",
  "0x1F",
  "1..2",
  ".*",
  "[*]",
  "\u0301",
  "a = 1\n",
  "b {\n",
];

/** What matters inside of strings. */
const TEXT_SNIPPETS = [
  ..."$%{}~\\ \t\nabA\r",
  "\n",
  "\r\n",
  "${a}",
  "${~a}",
  "${a~}",
  "${ ~a~ }",
  "$${",
  "%%{",
  "%{if a}",
  "%{~ if a ~}",
  "%{else}",
  "%{~else~}",
  "%{endif}",
  "%{~endif~}",
  "%{for a in b}",
  "%{endfor}",
  "  ",
  "    ",
  "\t",
  "x",
  '"',
  "A\n",
  "  A\n",
  "A",
  "\\n",
  "\\u00e9",
  "\u0085",
  "\u00a0",
  "\u2028",
  "\u3000",
  "\ufeff",
  "é",
];

/** Pieces without any sense. */
export function generateSoup(random: Random): string {
  const most = 1 + random.below(30);
  const pieces = (from: readonly string[]) =>
    random.several(most, () => random.pick(from)).join("");
  return random.pick([
    () => random.several(most, () => random.pick(SNIPPETS)).join(" "),
    () => pieces(SNIPPETS),
    () => `a = ${pieces(SNIPPETS)}\n`,
    () => `a = [${pieces(SNIPPETS)}]\n`,
    () => `a = "${pieces(TEXT_SNIPPETS.filter((s) => !/["\n\r]/.test(s)))}"\n`,
    () => `a = <<A\n${pieces(TEXT_SNIPPETS)}\nA\n`,
    () => `a = <<-A\n${pieces(TEXT_SNIPPETS)}\nA\n`,
    () => `a = <<-A\n${pieces(TEXT_SNIPPETS)}\n  A\n`,
  ])();
}
