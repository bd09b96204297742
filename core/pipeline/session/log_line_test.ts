import { assertEquals } from "../../../tests/support/assert.ts";
import { parseLogLine } from "./log_line.ts";

Deno.test("parseLogLine() finds the level where people write it", async (t) => {
  const cases: [string, string][] = [
    ["plain text", "info"],
    ["[WARN] low on disk", "warn"],
    ["2026/01/02 10:00:00 [ERROR-HOST] boom", "error"],
    ['time=2026 level=debug msg="x"', "debug"],
    ["ERROR: no route", "error"],
    ["warning: deprecated", "warn"],
    ["no error was found", "info"],
    ["finished with 0 errors", "info"],
    ["info: fail safe", "info"],
    ["[CounterInputProvider] Starting", "info"],
  ];
  for (const [line, level] of cases) {
    await t.step(line, () => {
      assertEquals(parseLogLine(line).level, level);
      assertEquals(parseLogLine(line).message, line);
    });
  }
});

Deno.test("parseLogLine() takes JSON with level and msg apart", () => {
  assertEquals(parseLogLine('{"level":"WARN","msg":"slow","ms":12}'), {
    level: "warn",
    message: "slow",
    fields: { ms: 12 },
  });
  const notALog = '{"level":3}';
  assertEquals(parseLogLine(notALog).message, notALog);
});
