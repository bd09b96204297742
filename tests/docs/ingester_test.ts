/**
 * docs/ingester.md shows the keys that the blocks have. `UPDATE=1` writes the tables.
 *
 * @module
 */

import { ingesterKeys } from "../../providers/ingester/ingester_keys.ts";
import { publisherKeys } from "../../providers/ingester/publisher_keys.ts";
import { configTable, type Fields } from "../../core/sdk/config/mod.ts";
import { assert, assertEquals } from "../support/assert.ts";

const PAGE = new URL("../../docs/ingester.md", import.meta.url);
const blocks: Readonly<Record<string, Fields>> = {
  ingester: ingesterKeys,
  publisher: publisherKeys,
};

for (const [name, fields] of Object.entries(blocks)) {
  Deno.test(`docs/ingester.md shows the keys of ${name}`, async () => {
    const table = new RegExp(
      `(<!-- keys ${name} -->\\n)([^]*?)(<!-- /keys -->)`,
    );
    const text = await Deno.readTextFile(PAGE);
    const shown = table.exec(text)?.[2];
    assert.ok(shown !== undefined, "no place for them");
    const expected = `\n${keysTable(fields)}\n`;
    if (Deno.env.get("UPDATE") === "1") {
      const put = (_: string, begin: string, _old: string, end: string) =>
        begin + expected + end;
      return await Deno.writeTextFile(PAGE, text.replace(table, put));
    }
    // `deno fmt` pads the cells; what counts is what they say.
    assertEquals(cells(shown), cells(expected), "UPDATE=1 rewrites it");
  });
}

/** Without the spellings in camelCase, which every key has. */
function keysTable(fields: Fields): string {
  return configTable(fields).replace(/^\| (`[^`]+`)(, `[^`]+`)+/gm, "| $1");
}

function cells(table: string): string[][] {
  return table.trim().split("\n")
    .filter((line) => !/^[|\s-]+$/.test(line))
    .map((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim()));
}
