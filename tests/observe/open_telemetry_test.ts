/** What a collector gets from a real run with the standard variables. */

import { dstream, isCompiled, startDstream } from "../e2e/support/program.ts";
import {
  isOtelEnabled,
  whyNothingIsExported,
} from "../../core/observe/open_telemetry.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { TempFolder } from "../support/temp_folder.ts";

const CONFIGURATION = `
task "numbers" {
  type = "providers"
  input {
    provider = "counter"
    config {
      interval = 5
    }
  }
  output {
    provider = "null"
  }
}
`;

/** The newest value of each series, by metric and attributes. */
type Series = Map<string, number>;

/** Takes OTLP as JSON, from dstream itself: its providers export too. */
function collect(series: Series): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const body = await request.text();
      if (new URL(request.url).pathname === "/v1/metrics") {
        readMetrics(JSON.parse(body), series);
      }
      return Response.json({});
    },
  );
}

// deno-lint-ignore no-explicit-any
function readMetrics(body: any, series: Series): void {
  for (const { scopeMetrics } of body.resourceMetrics) {
    for (const { scope, metrics } of scopeMetrics) {
      if (scope.name !== "dstream") continue;
      for (const { name, unit, sum, gauge } of metrics) {
        for (const point of (sum ?? gauge).dataPoints) {
          const attributes = point.attributes
            // deno-lint-ignore no-explicit-any
            .map((a: any) => `${a.key}=${a.value.stringValue}`).sort();
          const key = [name, unit, ...attributes].join(" ");
          series.set(key, point.asDouble ?? Number(point.asInt));
        }
      }
    }
  }
}

Deno.test({
  name: "a collector gets what Prometheus would",
  ignore: isCompiled, // it has no exporter
  fn: exportToCollector,
});

async function exportToCollector(): Promise<void> {
  await using folder = await TempFolder.make({ "dstream.hcl": CONFIGURATION });
  const series: Series = new Map();
  await using collector = collect(series);
  const { code, stderr } = await dstream(
    ["run", "numbers", "--timeout", "2s"],
    {
      cwd: folder.path,
      env: {
        OTEL_DENO: "true",
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${collector.addr.port}`,
        OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
        OTEL_METRIC_EXPORT_INTERVAL: "300",
      },
    },
  );
  assertEquals(code, 0, stderr);
  const value = (key: string) => {
    const found = series.get(key);
    assert(
      found !== undefined,
      `no ${key} in ${[...series.keys()].join("\n")}`,
    );
    return found;
  };
  const envelopes = "dstream.envelopes {envelope}";
  assert(value(`${envelopes} side=input task=numbers`) > 10);
  assert(value("dstream.bytes By side=input task=numbers") > 100);
  assert(value("dstream.task_ready 1 task=numbers") <= 1);
  const counter = "provider=counter side=input task=numbers";
  assertEquals(value(`dstream.restarts 1 ${counter}`), 0);
}

Deno.test("a collector that is down does no harm to the run", async () => {
  await using folder = await TempFolder.make({ "dstream.hcl": CONFIGURATION });
  // Deno's exporter may hang at the exit, so only the run itself is waited for.
  await using run = startDstream(["run", "numbers", "--max", "5"], {
    cwd: folder.path,
    env: {
      OTEL_DENO: "true",
      // Nobody listens on the port for discarding.
      OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9",
      OTEL_METRIC_EXPORT_INTERVAL: "100",
    },
  });
  await run.waitFor(/executed successfully \(5 envelopes/, "stderr");
});

Deno.test("who asks for an export but not of Deno is told once", async () => {
  await using folder = await TempFolder.make({ "dstream.hcl": CONFIGURATION });
  const { stderr } = await dstream(["run", "numbers", "--max", "1"], {
    cwd: folder.path,
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9" },
  });
  assertEquals(stderr.match(/OTEL_DENO is not set/g)?.length, 1, stderr);
});

Deno.test({
  name: "an executable without an exporter says so and runs",
  ignore: !isCompiled,
  fn: async () => {
    await using folder = await TempFolder.make({
      "dstream.hcl": CONFIGURATION,
    });
    const { code, stderr } = await dstream(["run", "numbers", "--max", "1"], {
      cwd: folder.path,
      env: { OTEL_DENO: "true" },
    });
    assertEquals(code, 0, stderr);
    assert(stderr.includes("this executable has no exporter"), stderr);
  },
});

Deno.test("whoever asked for an export and has none is told why", async (t) => {
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://c:4318" };
  const metrics = { OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: "http://c:4318" };
  const off = { OTEL_SDK_DISABLED: "true" };
  const cases: [string, Record<string, string>, boolean, RegExp | undefined][] =
    [
      ["nothing", { OTEL_SERVICE_NAME: "x" }, false, undefined],
      ["Deno's exporter", { OTEL_DENO: "true" }, true, /has no exporter/],
      ["an endpoint alone", endpoint, false, /OTEL_DENO is not set/],
      ["one for metrics", metrics, false, /OTEL_DENO is not set/],
      ["not of Deno", { ...endpoint, OTEL_DENO: "false" }, false, undefined],
      ["nothing at all", { ...endpoint, ...off }, false, undefined],
    ];
  for (const [name, env, isEnabled, why] of cases) {
    await t.step(name, () => {
      assertEquals(isOtelEnabled(env), isEnabled);
      const said = whyNothingIsExported(env)?.[0];
      assert(why === undefined ? said === undefined : why.test(said ?? ""));
    });
  }
});
