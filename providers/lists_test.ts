/**
 * Tables of all built-ins have each of them. `UPDATE=1` writes them.
 *
 * @module
 */

import { assertTable, cellsOf, toTable } from "../tests/support/page.ts";
import { builtIns } from "./mod.ts";

const FRONT = new URL("../README.md", import.meta.url);
const HEAD = ["name", "role", "what it does"];

Deno.test("providers/README.md has every built-in", async () => {
  const rows = builtIns.map(({ name, role, summary }) => [
    `[${name}](${name}/${role})`,
    role,
    summary,
  ]);
  const page = new URL("README.md", import.meta.url);
  await assertTable(page, "providers", toTable([HEAD, ...rows]));
});

Deno.test("the front page has every built-in, in words of its own", async () => {
  const words = wordsByKey(await Deno.readTextFile(FRONT));
  const rows = builtIns.map(({ name, role, summary }) => [
    `\`${name}\``,
    role,
    words.get(`\`${name}\` ${role}`) ?? summary,
  ]);
  await assertTable(FRONT, "providers", toTable([HEAD, ...rows]));
});

/** What a row says now: of a new provider the list's summary, until somebody writes. */
function wordsByKey(page: string): Map<string, string> {
  const rows = page.split("\n").filter((line) => line.startsWith("| `"));
  return new Map(
    rows.flatMap((row) => cellsOf(row))
      .map(([name, role, words]) => [`${name} ${role}`, words]),
  );
}
