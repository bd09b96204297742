/**
 * docs/sqlserver.md lists every requirement that has a test. `UPDATE=1` writes it.
 *
 * @module
 */

import { assertTable, toTable } from "../support/page.ts";

const PAGE = new URL("../../docs/sqlserver.md", import.meta.url);
const HERE = new URL("./", import.meta.url);
/** From its first line to the one that ends it. */
const REQUIREMENT =
  /^requirement\(\s*"((?:[^"\\]|\\.)*)"[^]*?^(?:\}.*\);|\);)$/gm;
const HEAD = ["requirement", "test", "model", "real server"];

/** Tests that are no `requirement`: they bring what they need. */
const OTHERS = [
  [
    "azure_blob: leases are finite, renewed, and given up in time",
    "locks_test.ts",
    "Azurite",
  ],
  [
    "killed and cut off at random, two inputs lose nothing",
    "crash_test.ts",
    "yes",
  ],
  [
    "`cat config.json \\| dstream provider exec in-mssql` works by hand",
    "by_hand_test.ts",
    "yes",
  ],
  [
    "what every input does: versions, stop, signals, a CLI that is gone",
    "mssql/input/conformance_test.ts",
    "yes",
  ],
  [
    "the faster way and the driver's write the same lines, for every type",
    "mssql/input/encode/fast_rows_test.ts",
    "yes",
  ],
  [
    "connection strings of every kind are read or refused",
    "mssql/input/connection/connection_string_test.ts",
    "needs none",
  ],
  [
    "upstream's configurations of every age are understood",
    "mssql/input/config_test.ts",
    "needs none",
  ],
  [
    "the pause doubles while idle and begins anew with a change",
    "mssql/input/reading/paces_test.ts",
    "needs none",
  ],
  [
    "batches follow the size of rows and the time per query",
    "mssql/input/reading/paces_test.ts",
    "needs none",
  ],
  [
    "gaps, beginnings and instances are decided by LSNs",
    "mssql/input/offsets/positions_test.ts",
    "needs none",
  ],
  [
    "locks are named as upstream's, with what tells readers apart",
    "mssql/input/tables/names_test.ts",
    "needs none",
  ],
];

async function rows(): Promise<string[][]> {
  const found: string[][] = [];
  const names = [...Deno.readDirSync(HERE)].map(({ name }) => name);
  for (const name of names.filter((each) => each.endsWith("_test.ts")).sort()) {
    const text = await Deno.readTextFile(new URL(name, HERE));
    for (const [whole, title] of text.matchAll(REQUIREMENT)) {
      const isModel = /only: "model"|, model\);$|^\s+model,\n\);$/m.test(whole);
      found.push([title, name, "yes", isModel ? "can't" : "never run"]);
    }
  }
  return [...found, ...OTHERS.map((each) => [...each, "never run"])];
}

Deno.test("docs/sqlserver.md lists every requirement and what it was run against", async () => {
  await assertTable(PAGE, "requirements", toTable([HEAD, ...await rows()]));
});
