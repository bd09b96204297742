/**
 * The behaviours all providers share, as tests that drive the real process.
 *
 * ```ts ignore
 * // in_mine/conformance_test.ts
 * import { fromSource, testInput } from "@dstream/sdk/testing";
 *
 * testInput({
 *   name: "mine",
 *   subject: fromSource(new URL("./main.ts", import.meta.url)),
 *   finite: (test) => test({ config: { max_count: 20 }, count: 20 }),
 * });
 * ```
 *
 * A subject may be any command line, so a provider in another language passes
 * the same tests.
 *
 * @module
 */

export {
  driveInput,
  type DrivenBatch,
  readAll,
} from "./testing/drive_input.ts";
export {
  rawLine,
  recordOf,
  version1Line,
  version2Line,
} from "./testing/start_lines.ts";
export {
  type LogEntry,
  TestContext,
  type TestContextOptions,
} from "./testing/test_context.ts";
export { fromSource, Running, type Subject } from "./testing/subject.ts";
export {
  type FiniteInput,
  type InputUnderTest,
  testInput,
} from "./testing/input_tests.ts";
export {
  type OutputFixture,
  type OutputUnderTest,
  testOutput,
} from "./testing/output_tests.ts";
export {
  assertConfirmsWhatIsDelivered,
  assertWaitsForDestination,
  type ConfirmedSource,
  type StallingDestination,
} from "./testing/promise_tests.ts";
export type { Fixture, WithFixture } from "./testing/both_roles.ts";
