import { assertEquals } from "../../../tests/support/assert.ts";
import { type HostLog, PanicCollector, readLogLine } from "./log_lines.ts";

Deno.test("P8 a plugin's log lines keep their level and fields", async (t) => {
  const cases: [string, HostLog][] = [
    ['{"@level":"warn","@message":"m","@module":"x","@timestamp":"t","n":1}', {
      level: "warn",
      msg: "m",
      module: "x",
      n: 1,
    }],
    ["[INFO]  name: text: k=v", { level: "info", msg: "name: text: k=v" }],
    ["[TRACE] t", { level: "trace", msg: "t" }],
    ["2026-01-02T03:04:05.6Z [ERROR] e", { level: "error", msg: "e" }],
    ["anything else", { level: "info", msg: "anything else" }],
    ['{"not":"hclog"}', { level: "info", msg: '{"not":"hclog"}' }],
  ];
  for (const [line, expected] of cases) {
    await t.step(line, () => assertEquals(readLogLine(line), expected));
  }
});

Deno.test("P8 a panic is one entry", () => {
  const logs: HostLog[] = [];
  const collector = new PanicCollector((log) => logs.push(log));
  for (const line of ["before", "panic: oh", "goroutine 1", "\tmain.go:1"]) {
    collector.push(line);
  }
  collector.end();
  assertEquals(logs, [
    { level: "info", msg: "before" },
    { level: "error", msg: "panic: oh\ngoroutine 1\n\tmain.go:1" },
  ]);
  assertEquals(collector.panic, "panic: oh");
});
