import { assert, assertEquals } from "../../../tests/support/assert.ts";
import { FakeClock } from "../../../tests/support/fake_clock.ts";
import { RestartBudget, restartPolicy } from "./restart.ts";

const half = { next: () => 0.5 };

Deno.test("the pause doubles up to its ceiling, then the provider is given up", () => {
  const budget = new RestartBudget(new FakeClock(), half);
  const policy = restartPolicy(2, { maxDelayMs: 5000 }, {});
  const pauses = Array.from({ length: 6 }, () => budget.spend(policy, 0));
  assertEquals(pauses.map((p) => p?.delayMs), [
    1000,
    2000,
    4000,
    5000,
    5000,
    undefined,
  ]);
  assertEquals(pauses.map((p) => p?.attempt), [1, 2, 3, 4, 5, undefined]);
});

Deno.test("jitter is 20 % either way", () => {
  for (const [chance, delayMs] of [[0, 800], [0.5, 1000], [1, 1200]]) {
    const budget = new RestartBudget(new FakeClock(), { next: () => chance });
    const restart = budget.spend(restartPolicy(2, {}, {}), 0);
    assert.equal(restart?.delayMs, delayMs);
  }
});

Deno.test("the count starts again after progress and a minute, not one of them", async () => {
  const cases: [number, number, number][] = [
    [59_999, 10, 3],
    [60_000, 5, 3],
    [60_000, 6, 1],
  ];
  for (const [passMs, position, attempt] of cases) {
    const clock = new FakeClock();
    const budget = new RestartBudget(clock, half);
    const policy = restartPolicy(2, {}, {});
    budget.spend(policy, 5);
    budget.spend(policy, 5);
    await clock.advance(passMs);
    assert.equal(budget.spend(policy, position)?.attempt, attempt);
  }
});

Deno.test("the block's words count before the task's, those before the version's", () => {
  const policy = (version: 1 | 2, block = {}, task = {}) =>
    restartPolicy(version, block, task).policy;
  assert.equal(policy(2), "on-failure");
  assert.equal(policy(1), "never");
  assert.equal(policy(1, {}, { policy: "on-failure" }), "on-failure");
  assert.equal(policy(2, { policy: "never" }, { policy: "always" }), "never");
  assert.equal(policy(2, { policy: undefined }, {}), "on-failure");
});
