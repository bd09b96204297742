import { assert, assertEquals } from "../../../../tests/support/assert.ts";
import { BatchSizer } from "./batch_sizer.ts";
import { captureProblem } from "../tables/capture_watch.ts";
import { ZERO_LSN } from "../offsets/lsn.ts";
import { PollPace, RetryPace } from "./poll_pace.ts";

Deno.test("the pause doubles while there is nothing, and begins anew with a change", () => {
  const pace = new PollPace(100, 500);
  assertEquals(Array.from({ length: 5 }, () => pace.idle()), [
    100,
    200,
    400,
    500,
    500,
  ]);
  assertEquals(pace.changed(), 100);
  assertEquals(pace.delayMs, 100);
});

Deno.test("pauses after failures double up to their bound, with some chance", () => {
  for (const [chance, factor] of [[0, 0.8], [0.5, 1], [1, 1.2]]) {
    const pace = new RetryPace(1000, 4000, () => chance);
    const pauses = Array.from({ length: 4 }, () => Math.round(pace.failed()));
    assertEquals(pauses, [1000, 2000, 4000, 4000].map((ms) => ms * factor));
    pace.succeeded();
    assertEquals(Math.round(pace.failed()), 1000 * factor);
  }
});

const BOUNDS = {
  minRows: 10,
  maxRows: 5000,
  maxBytes: 1_000_000,
  maxQueryMs: 1000,
};

Deno.test("the sizer asks for as many rows as fit, within its bounds", async (t) => {
  const cases = [
    ["nothing known", [], 500],
    ["rows of 1 KB", [{ rows: 500, bytes: 500_000, elapsedMs: 10 }], 1000],
    ["small rows", [{ rows: 500, bytes: 5_000, elapsedMs: 10 }], 5000],
    ["rows larger than a batch", [{ rows: 2, bytes: 9e6, elapsedMs: 10 }], 2],
    ["a very slow query", [{ rows: 500, bytes: 500, elapsedMs: 1e6 }], 10],
    ["no rows say nothing", [{ rows: 0, bytes: 0, elapsedMs: 9e9 }], 500],
    ["a slow query", [{ rows: 500, bytes: 500_000, elapsedMs: 10_000 }], 50],
    ["large values weigh at once", [
      { rows: 1000, bytes: 1_000_000, elapsedMs: 10 },
      { rows: 1000, bytes: 100_000_000, elapsedMs: 10 },
    ], 10],
  ] as const;
  for (const [name, readings, expected] of cases) {
    await t.step(name, () => {
      const sizer = new BatchSizer(BOUNDS);
      for (const reading of readings) sizer.observe(reading);
      assertEquals(sizer.rows, expected);
    });
  }
});

Deno.test("after a slow query the sizer grows again, step by step", () => {
  const sizer = new BatchSizer(BOUNDS);
  sizer.observe({ rows: 1000, bytes: 1_000_000, elapsedMs: 10_000 });
  const sizes: number[] = [];
  for (let i = 0; i < 8; i++) {
    sizes.push(sizer.rows);
    const { rows } = sizer;
    sizer.observe({ rows, bytes: rows * 1000, elapsedMs: 10 });
  }
  assertEquals(sizes[0], 100);
  assertEquals(sizes.at(-1), 1000);
  assertEquals(sizes, sizes.toSorted((a, b) => a - b));
});

Deno.test("captureProblem() tells a job that stands still from a quiet database", async (t) => {
  const some = ZERO_LSN.map(() => 1);
  const cases = [
    ["never captured", ZERO_LSN, undefined, /nothing was ever captured/],
    ["fresh", some, 3, undefined],
    ["the five minutes of a quiet one", some, 299, undefined],
    ["an hour old", some, 3600, /60 minutes old/],
    ["unknown", some, undefined, undefined],
  ] as const;
  for (const [name, maxLsn, ageSeconds, expected] of cases) {
    await t.step(name, () => {
      const problem = captureProblem({ maxLsn, ageSeconds });
      if (expected === undefined) assertEquals(problem, undefined);
      else assert.match(problem!, expected);
    });
  }
});
