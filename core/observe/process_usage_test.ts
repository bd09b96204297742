import { assert, assertEquals } from "../../tests/support/assert.ts";
import { parseProc, parsePs, readProcessUsage } from "./process_usage.ts";

Deno.test("/proc is read whatever a process is called", () => {
  const stat = "42 (a) b (c) S 1 42 42 0 -1 4194304 900 0 0 0 150 25 0 0 20 0";
  const status = "Name:\ta) b (c\nVmPeak:\t 9000 kB\nVmRSS:\t  2048 kB\n";
  assertEquals(parseProc(stat, status), {
    cpuSeconds: 1.75,
    memoryBytes: 2_097_152,
  });
  // A zombie has no memory any more.
  assertEquals(parseProc(stat, "Name:\tx\n"), undefined);
});

Deno.test("`ps` is read with the times of macOS and of Linux", () => {
  const text = [
    "  501   0:02.50   2048",
    "  502  10:02.50      1",
    "  503 01:02:03  10",
    "  504 2-01:02:03 10",
    "what is this",
  ].join("\n");
  const seconds = [...parsePs(text)].map(([pid, u]) => [pid, u.cpuSeconds]);
  assertEquals(seconds, [
    [501, 2.5],
    [502, 602.5],
    [503, 3723],
    [504, 176_523],
  ]);
  assertEquals(parsePs(text).get(501)?.memoryBytes, 2_097_152);
});

Deno.test({
  name:
    "the system tells of this very process, and nothing of one that is gone",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    for (const os of [Deno.build.os, "any other"]) {
      const usage = await readProcessUsage([Deno.pid, 99_999_999], os);
      if (os === "any other" && usage.size === 0) continue; // no `ps` here
      assertEquals([...usage.keys()], [Deno.pid]);
      const { cpuSeconds, memoryBytes } = usage.get(Deno.pid)!;
      // Some versions of `ps` tell whole seconds.
      assert(cpuSeconds >= 0 && cpuSeconds < 10_000, String(cpuSeconds));
      assert(memoryBytes > 10_000_000, String(memoryBytes));
    }
  },
});

Deno.test("Windows is not asked", async () => {
  assertEquals(await readProcessUsage([Deno.pid], "windows"), new Map());
});
