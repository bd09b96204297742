/**
 * docs/ingester.md shows the keys that the blocks have. `UPDATE=1` writes the tables.
 *
 * @module
 */

import { ingesterKeys } from "../../providers/ingester/ingester_keys.ts";
import { publisherKeys } from "../../providers/ingester/publisher_keys.ts";
import { configTable, type Fields } from "../../core/sdk/config/mod.ts";
import { assertTable } from "../support/page.ts";

const PAGE = new URL("../../docs/ingester.md", import.meta.url);
const blocks: Readonly<Record<string, Fields>> = {
  ingester: ingesterKeys,
  publisher: publisherKeys,
};

for (const [name, fields] of Object.entries(blocks)) {
  Deno.test(`docs/ingester.md shows the keys of ${name}`, async () => {
    await assertTable(PAGE, `keys ${name}`, keysTable(fields));
  });
}

/** Without the spellings in camelCase, which every key has. */
function keysTable(fields: Fields): string {
  return configTable(fields).replace(/^\| (`[^`]+`)(, `[^`]+`)+/gm, "| $1");
}
