import { DstreamError } from "../core/base/errors.ts";
import type { RunOutcome } from "../core/pipeline/events.ts";
import { counters, outcome } from "../tests/cli/fake_cli.ts";
import { assertEquals } from "../tests/support/assert.ts";
import { exitCodeOfOutcome, worstExitCode } from "./exit_code.ts";

Deno.test("exitCodeOfOutcome() says what happened to one task", async (t) => {
  const open = counters({ readEnvelopes: 6, settledEnvelopes: 5 });
  const stopped = (stoppedBy: string): RunOutcome =>
    outcome({ status: "stopped", stoppedBy });
  const failed = (code: "config.x" | "provider.x") =>
    outcome({ status: "failed", error: new DstreamError(code, "no") });
  const cases: readonly [string, RunOutcome, number][] = [
    ["completed", outcome(), 0],
    ["failed", failed("provider.x"), 1],
    ["failed for its configuration", failed("config.x"), 2],
    ["Ctrl+C", stopped("SIGINT"), 130],
    ["terminated", stopped("SIGTERM"), 143],
    ["the terminal went", stopped("SIGHUP"), 129],
    ["| head", stopped("SIGPIPE"), 141],
    ["--timeout, all settled", stopped("timeout"), 0],
    ["--timeout, not settled", { ...stopped("timeout"), counters: open }, 1],
    ["--fail-fast, all settled", stopped("fail-fast"), 0],
  ];
  for (const [name, end, expected] of cases) {
    await t.step(name, () => assertEquals(exitCodeOfOutcome(end), expected));
  }
});

Deno.test("worstExitCode() prefers a failure to a signal, a signal to success", () => {
  assertEquals(worstExitCode([]), 0);
  assertEquals(worstExitCode([0, 0]), 0);
  assertEquals(worstExitCode([0, 130]), 130);
  assertEquals(worstExitCode([130, 2, 0]), 2);
  assertEquals(worstExitCode([130, 2, 1]), 1);
});
