import { assertEquals } from "../../tests/support/assert.ts";
import type { TableFacts } from "./dialect.ts";
import { foldChanges, type RowChange } from "./fold.ts";
import { rowOfValues } from "./json_rows.ts";

const TABLE: TableFacts = {
  name: { schema: undefined, table: "t" },
  columns: new Map(),
  primaryKey: ["id"],
  isReferenced: false,
};

let index = 0;

function put(id: number, value: string, position?: string): RowChange {
  return {
    kind: "put",
    mode: "upsert",
    index: index++,
    table: TABLE,
    key: ["id"],
    keyText: `[${id}]`,
    row: rowOfValues({ id, value }),
    position,
    isMove: false,
  };
}

function remove(id: number): RowChange {
  return {
    kind: "remove",
    index: index++,
    table: TABLE,
    key: ["id"],
    keyText: `[${id}]`,
    row: rowOfValues({ id }),
  };
}

function moved(from: number, id: number, value: string): RowChange {
  const row = rowOfValues({ id: from });
  const change = put(id, value) as Extract<RowChange, { kind: "put" }>;
  return { ...change, from: { keyText: `[${from}]`, row } };
}

const truncate: RowChange = { kind: "truncate", index: 0, table: TABLE };

/** `-1` for a row that goes, `1a` for one that is put. */
function stepsOf(changes: readonly RowChange[], isGuarded: boolean): string {
  return foldChanges(changes, isGuarded).flatMap((step) => {
    if (step.kind === "truncate") return "empty";
    if (step.kind === "move") return "move";
    return step.rows.map(({ values: { id, value } }) =>
      step.kind === "remove" ? `-${id}` : `${id}${value}`
    );
  }).join(" ");
}

const CASES: readonly (readonly [string, RowChange[], string])[] = [
  ["keys in order", [put(1, "a"), put(2, "b"), put(10, "c")], "1a 2b 10c"],
  ["keys in another order", [put(10, "a"), put(2, "b")], "2b 10a"],
  ["the last of a key twice in a row", [put(1, "a"), put(1, "b")], "1b"],
  [
    "the last of a key that comes again",
    [put(1, "a"), put(2, "b"), put(1, "c")],
    "1c 2b",
  ],
  [
    "a row that goes behind rows in order",
    [put(1, "a"), put(2, "b"), remove(1), put(3, "c")],
    "-1 2b 3c",
  ],
  [
    "a row with a new key",
    [put(1, "a"), put(2, "b"), moved(1, 3, "c")],
    "-1 2b 3c",
  ],
  [
    "an emptied table and keys that come again",
    [put(1, "a"), put(2, "b"), truncate, put(1, "c"), put(2, "d")],
    "empty 1c 2d",
  ],
  [
    "an emptied table behind keys that came in no order",
    [put(2, "a"), put(1, "b"), truncate, put(3, "c")],
    "empty 3c",
  ],
];

for (const [what, changes, steps] of CASES) {
  Deno.test(`changes become steps: ${what}`, () => {
    assertEquals(stepsOf(changes, false), steps);
  });
}

Deno.test("with a guard an older change of a row in order is left out", () => {
  const changes = [put(1, "a", "5"), put(2, "b", "6"), put(1, "c", "4")];
  assertEquals(stepsOf(changes, true), "1a 2b");
  assertEquals(stepsOf(changes, false), "1c 2b");
});
