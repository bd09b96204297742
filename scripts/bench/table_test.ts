import { assertEquals } from "../../tests/support/assert.ts";
import { median, renderTable, show } from "./table.ts";

Deno.test("median() is the middle, or between the two in the middle", () => {
  assertEquals(median([]), undefined);
  assertEquals(median([3, 1, 20]), 3);
  assertEquals(median([4, 1, 2, 30]), 3);
});

Deno.test("show() writes numbers for people", () => {
  assertEquals(show(1234567.8), "1,234,568");
  assertEquals(show(0.456, 2), "0.46");
  assertEquals([show(undefined), show(NaN), show(Infinity)], ["–", "–", "–"]);
});

Deno.test("renderTable() keeps a bar in a cell from ending it", () => {
  const columns = [
    { heading: "a", cell: (row: string) => row },
    { heading: "b", cell: () => "1" },
  ];
  assertEquals(
    renderTable(columns, ["x | y"]),
    "| a | b |\n| --- | ---: |\n| x \\| y | 1 |",
  );
});
