import { assert, assertEquals } from "../support/assert.ts";
import { TempFolder } from "../support/temp_folder.ts";
import { Arrivals } from "./crash_count.ts";

/** Lines of a partition, by offset and number. */
function linesOf(...places: readonly (readonly [offset: number, n: number])[]) {
  return places.map(([offset, n]) => {
    const kafka = { topic: "t", partition: 0, offset };
    return JSON.stringify({ data: { id: 1, t: 0, n }, metadata: { kafka } }) +
      "\n";
  }).join("");
}

Deno.test("what the writer doubled may reach two readers, each the first time", async () => {
  await using folder = await TempFolder.make({
    one: linesOf([2, 3], [3, 1], [4, 2]),
    two: linesOf([0, 1], [1, 2]),
  });
  const arrivals = new Arrivals(folder, ["one", "two"]);
  assertEquals(await arrivals.count(), 3);
  assertEquals(await arrivals.assertOrder(), 2);
});

Deno.test("a message behind a later one of its partition is out of order", async () => {
  await using folder = await TempFolder.make({
    one: linesOf([0, 1], [2, 3], [0, 1], [1, 2]),
  });
  await assert.rejects(
    () => new Arrivals(folder, ["one"]).assertOrder(),
    /t\/0: 1 came after 2/,
  );
});
