/**
 * Which test holds which requirement of Singer (S), dstreams (D) and plugins (P).
 *
 *   deno run -A scripts/requirements.ts
 *
 * A requirement is named where its test is: `"singer output: S20: neither …"`. What
 * no test of a second can show is held by what is named below.
 *
 * @module
 */

import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../", import.meta.url));

/** How many there are of each kind. */
export const COUNTS: Readonly<Record<string, number>> = { S: 30, D: 16, P: 18 };

/** Where tests with such names are. */
const FOLDERS = [
  "core/pipeline/settle",
  "core/plugin",
  "providers/singer",
  "tests/e2e",
  "tests/plugin",
  "tests/singer",
];

/** What holds the others. */
export const ELSEWHERE: Readonly<Record<string, string>> = {
  S11: "docs/singer.md says it",
  S16: "scripts/singer_bench.ts measures it",
  P18: "docs/compatibility.md says it",
};

/** The title of a test, or of a case that becomes one. */
const TITLE =
  /(["'`])((?:[a-z][\w ]*: )?([SDP]\d+(?:, [SDP]\d+)*):? [^\n]*?)\1/g;

/** @returns The tests of each requirement, as `path: title`. */
export async function findTests(): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  for (const folder of FOLDERS) {
    for await (const path of testsBelow(folder)) {
      const text = await Deno.readTextFile(ROOT + path);
      for (const [, , title, names] of text.matchAll(TITLE)) {
        for (const name of names.split(", ")) {
          const tests = found.get(name) ?? [];
          found.set(name, [...tests, `${path}: ${title}`]);
        }
      }
    }
  }
  return found;
}

/** @returns `S1` to `P18`. */
export function allNames(): string[] {
  return Object.entries(COUNTS).flatMap(([letter, count]) =>
    Array.from({ length: count }, (_, index) => `${letter}${index + 1}`)
  );
}

async function* testsBelow(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(ROOT + folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) yield* testsBelow(path);
    else if (name.endsWith("_test.ts")) yield path;
  }
}

if (import.meta.main) {
  const found = await findTests();
  for (const name of allNames()) {
    const held = found.get(name) ?? [ELSEWHERE[name] ?? "nothing"];
    console.log([name, ...held].join("\n  "));
  }
}
