/** What a scraper reads, word for word, and that users were told of all of it. */

import {
  chooseFormat,
  formatMetrics,
  type TextFormat,
} from "../../core/observe/exposition.ts";
import { metricsOf } from "../../core/observe/metrics.ts";
import { counters } from "../cli/fake_cli.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { assertGolden } from "../support/golden.ts";
import { providerSample, runSample, taskSample } from "./samples.ts";

const platform = { os: "linux", arch: "x86_64", runtime: "deno 2.9.6" };
const usage = new Map([
  [41, { cpuSeconds: 1.5, memoryBytes: 90_000_000 }],
  [42, { cpuSeconds: 0.25, memoryBytes: 50_000_000 }],
]);

/** Everything that can be said. */
const full = runSample(
  taskSample({
    lag: 3800,
    counters: counters({
      handedBytes: 600,
      deadLetteredEnvelopes: 2,
      replayedEnvelopes: 7,
      rejectedEnvelopes: 2,
      isWindowFull: true,
      ackLatency: {
        boundsSeconds: [0.5, 1, 10],
        counts: [3, 2, 0],
        count: 6,
        sumSeconds: 13.25,
      },
    }),
    providers: [
      providerSample({ label: "east" }),
      providerSample({ label: "west", pid: 44, isAlive: false, restarts: 3 }),
      providerSample({ side: "output", provider: "tape", pid: 43 }),
    ],
  }),
  taskSample({ task: 'a "quoted\\ name"\n', state: "failed", providers: [] }),
);

Deno.test("a scrape, in both formats", async (t) => {
  const formats: TextFormat[] = ["prometheus", "openmetrics"];
  for (const format of formats) {
    await t.step(format, async () => {
      const text = formatMetrics(metricsOf(full, { usage, platform }), format);
      await assertGolden(`observe/metrics_${format}.txt`, text);
    });
  }
});

Deno.test("a scrape tells what outputs hold back, and what lies in files", () => {
  const one = (more: Parameters<typeof counters>[0]) => {
    const run = runSample(taskSample({ counters: counters(more) }));
    const families = metricsOf(run, { usage: new Map(), platform });
    return formatMetrics(families, "prometheus").split("\n")
      .filter((line) => /^dstream_(held|spool)/.test(line))
      .map((line) => line.replace(/{.*}/, ""));
  };
  assertEquals(one({ heldEnvelopes: 12, spoolBytes: 4096 }), [
    "dstream_spool_bytes 4096",
    "dstream_held_envelopes 12",
  ]);
  // Who never holds back has no such line, which a graph would show as zero.
  assertEquals(one({}), ["dstream_spool_bytes 0"]);
});

Deno.test("before the first task there is only the process", () => {
  const families = metricsOf(runSample(), { usage: new Map(), platform });
  const text = formatMetrics(families, "prometheus");
  const names = text.match(/^[a-z_]+/gm);
  assertEquals(names, ["dstream_build_info", "process_start_time_seconds"]);
});

Deno.test("OpenMetrics is for those who ask for it", async (t) => {
  const cases: [string, string | null, TextFormat][] = [
    ["nobody says anything", null, "prometheus"],
    ["a browser", "text/html,*/*;q=0.8", "prometheus"],
    [
      "Prometheus",
      "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.3",
      "openmetrics",
    ],
  ];
  for (const [name, accept, format] of cases) {
    await t.step(name, () => assertEquals(chooseFormat(accept), format));
  }
});

Deno.test("docs/operations.md tells of every metric, and of no other", async () => {
  const page = await Deno.readTextFile(
    new URL("../../docs/operations.md", import.meta.url),
  );
  const rows = page.match(/^\| `((?:dstream|process)_[a-z_]+)/gm) ?? [];
  const told = rows.map((row) => row.slice("| `".length));
  const families = metricsOf(full, { usage, platform });
  assert(told.length > 0);
  assertEquals(told.sort(), families.map(({ name }) => name).sort());
});
