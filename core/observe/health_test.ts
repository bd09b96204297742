import { assertEquals } from "../../tests/support/assert.ts";
import { runSample, taskSample } from "../../tests/observe/samples.ts";
import { readinessOf } from "./health.ts";
import type { TaskSample } from "./sample.ts";

Deno.test("a run is ready as docs/operations.md says", async (t) => {
  const running = taskSample();
  const cases: [string, TaskSample[], string[]][] = [
    ["all run", [running, taskSample({ task: "b" })], []],
    ["nothing has started", [], ["no task has started"]],
    ["one completed, one runs", [
      running,
      taskSample({ task: "b", state: "completed" }),
    ], []],
    ["idle for an hour", [taskSample({ sinceAckMs: 3_600_000 })], []],
    [
      "59 s without an acknowledgement",
      [taskSample({ waitingMs: 59_999 })],
      [],
    ],
    ["60 s without one", [taskSample({ waitingMs: 60_000 })], [
      'task "orders" has had 50 in flight for 60 s without an acknowledgement',
    ]],
    ["one starts", [running, taskSample({ task: "b", state: "starting" })], [
      'task "b" is starting',
    ]],
    ["a provider died", [taskSample({ state: "restarting" })], [
      'task "orders" waits for a provider that restarts',
    ]],
    ["stopping", [taskSample({ state: "stopping" })], [
      'task "orders" is stopping',
    ]],
    ["one failed, one runs", [
      taskSample({ state: "failed" }),
      taskSample({ task: "b" }),
    ], ['task "orders" has failed']],
  ];
  for (const [name, tasks, reasons] of cases) {
    await t.step(name, () => {
      const isReady = reasons.length === 0;
      assertEquals(readinessOf(runSample(...tasks)), { isReady, reasons });
    });
  }
});
