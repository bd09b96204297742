import { assertEquals } from "../../../tests/support/assert.ts";
import { FakeHost } from "../../../tests/support/fake_host.ts";
import { createLogger, providerLabel } from "./logger.ts";

Deno.test("by hand, a line begins with the provider's name", async (t) => {
  const cases = [
    [{}, "[CounterInputProvider] said"],
    [{ rows: 5, name: "a" }, "[CounterInputProvider] said rows=5 name=a"],
    [{ text: "a b" }, '[CounterInputProvider] said text="a b"'],
    [{ text: 'a"' }, '[CounterInputProvider] said text="a\\""'],
    [{ text: "" }, '[CounterInputProvider] said text=""'],
    [{ none: undefined }, "[CounterInputProvider] said none=undefined"],
    [
      { big: 12345678901234567890n, list: ["a b", 1] },
      "[CounterInputProvider] " +
      'said big=12345678901234567890 list=["a b",1]',
    ],
  ] as const;
  for (const [fields, expected] of cases) {
    await t.step(expected, () => {
      const host = new FakeHost();
      createLogger(host, "CounterInputProvider").info("said", fields);
      assertEquals(host.logs, [expected]);
    });
  }
  await t.step("a level that isn't info is named", () => {
    const host = new FakeHost();
    createLogger(host, "CounterInputProvider").warn("said");
    assertEquals(host.logs, ["[CounterInputProvider] warn: said"]);
  });
});

Deno.test("for the CLI, a line is a JSON object with level and msg", () => {
  const host = new FakeHost();
  const log = createLogger(host, "CounterInputProvider");
  log.useJson();
  const round: Record<string, unknown> = {};
  round.self = round;
  log.warn("said", { msg: "other", level: 9, rows: 5n, why: new Error("x") });
  log.info("round", round);
  assertEquals(host.logs, [
    '{"level":"warn","msg":"said","rows":"5","why":"x"}',
    '{"level":"info","msg":"round"}',
  ]);
});

Deno.test("DSTREAM_LOG_LEVEL is the least level that is written", async (t) => {
  const cases: readonly [string | undefined, string[]][] = [
    [undefined, ["info", "warn", "error"]],
    ["debug", ["debug", "info", "warn", "error"]],
    ["ERROR", ["error"]],
    ["nonsense", ["info", "warn", "error"]],
  ];
  for (const [level, expected] of cases) {
    await t.step(String(level), () => {
      const environment: Record<string, string> = { DSTREAM_LOG_JSON: "1" };
      if (level !== undefined) environment.DSTREAM_LOG_LEVEL = level;
      const host = new FakeHost(environment);
      const log = createLogger(host, "CounterInputProvider");
      for (const each of ["debug", "info", "warn", "error"] as const) {
        log[each]("said");
      }
      assertEquals(host.logs.map((line) => JSON.parse(line).level), expected);
    });
  }
});

Deno.test("a provider's name is told as users know it", () => {
  assertEquals(providerLabel("counter", "input"), "CounterInputProvider");
  assertEquals(providerLabel("my-source", "output"), "MySourceOutputProvider");
});
