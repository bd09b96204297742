/**
 * Parts of a page that say what the code says.
 *
 * Such a part stands between two comments. `UPDATE=1 deno test …` writes it anew, as
 * `deno fmt` would.
 *
 * @module
 */

import { assert } from "./assert.ts";

/** What stands between two comments, and the comments. */
type Part = readonly [whole: string, begin: string, shown: string, end: string];

/**
 * Compares a table, or writes it. How wide its cells are doesn't matter.
 *
 * @param mark The comments: `config` is `<!-- config -->` and `<!-- /config -->`;
 * what follows a blank, such as in `keys ingester`, stands in the first one alone.
 * @param table As Markdown.
 */
export async function assertTable(
  page: URL,
  mark: string,
  table: string,
): Promise<void> {
  const text = await Deno.readTextFile(page);
  const [whole, begin, shown, end] = findPart(text, mark);
  if (Deno.env.get("UPDATE") === "1") {
    const part = `${begin}\n${table.trim()}\n\n${end}`;
    return await writeFormatted(page, text.replace(whole, () => part));
  }
  assert.deepEqual(cellsOf(shown), cellsOf(table), "UPDATE=1 rewrites it");
}

function findPart(text: string, mark: string): Part {
  const [name] = mark.split(" ");
  const pattern = new RegExp(
    `(<!-- ${mark} -->\\r?\\n)([^]*?)(<!-- /${name} -->)`,
  );
  const found = pattern.exec(text);
  assert.ok(found !== null, `no <!-- ${mark} --> in the page`);
  return [found[0], found[1], found[2], found[3]];
}

/** @returns A table's rows, its head first, without the line below it. */
export function cellsOf(table: string): string[][] {
  return table.trim().split("\n")
    .filter((line) => !/^[|\s:-]+$/.test(line))
    .map((line) =>
      line.trim().split(/(?<!\\)\|/).slice(1, -1).map((cell) => cell.trim())
    );
}

/** @returns Rows as a table of Markdown. */
export function toTable(rows: readonly (readonly string[])[]): string {
  const [head, ...rest] = rows;
  return [head, head.map(() => "--"), ...rest]
    .map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** Writes a page as `deno fmt` wants it. */
async function writeFormatted(page: URL, text: string): Promise<void> {
  const formatting = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--quiet", "--ext=md", "-"],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = formatting.stdin.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
  const { success, stdout } = await formatting.output();
  assert.ok(success, "deno fmt refuses the page");
  await Deno.writeFile(page, stdout);
}
