/**
 * The same metrics for an OpenTelemetry collector, through Deno's own exporter.
 *
 * Deno reads the standard OTEL_* variables when its process starts and sends what
 * is registered here; without OTEL_DENO it sends nothing. Instruments observe a
 * sample whenever Deno exports. The histogram stays with Prometheus: an
 * observed instrument has no buckets.
 *
 * @module
 */

import type { Family, Point } from "./exposition.ts";
import { metricsOf, type Surroundings } from "./metrics.ts";
import type { RunSample } from "./sample.ts";

/** What of the OpenTelemetry API is used here. */
export interface Meter {
  createObservableCounter(
    name: string,
    options?: InstrumentOptions,
  ): Instrument;
  createObservableGauge(name: string, options?: InstrumentOptions): Instrument;
}

interface InstrumentOptions {
  readonly description?: string;
  readonly unit?: string;
}

interface Instrument {
  addCallback(callback: (result: ObservableResult) => void): void;
}

/** Takes what an instrument observes. */
export interface ObservableResult {
  observe(value: number, attributes?: Readonly<Record<string, string>>): void;
}

/** Whether the environment asks Deno to export. */
export function isOtelEnabled(env: Readonly<Record<string, string>>): boolean {
  return env.OTEL_DENO === "true" || env.OTEL_DENO === "1";
}

/**
 * For whoever asked for an export and has none.
 * @returns What to say and a hint; `undefined` when nothing was asked for.
 */
export function whyNothingIsExported(
  env: Readonly<Record<string, string>>,
): readonly [message: string, hint: string] | undefined {
  if (env.OTEL_SDK_DISABLED === "true") return undefined;
  if (isOtelEnabled(env)) {
    return [
      "nothing is exported to OpenTelemetry: this executable has no exporter",
      "let a collector scrape --metrics-listen, or run dstream with `deno run`",
    ];
  }
  const isAsked = env.OTEL_EXPORTER_OTLP_ENDPOINT ||
    env.OTEL_EXPORTER_OTLP_METRICS_ENDPOINT;
  if (!isAsked || env.OTEL_DENO) return undefined;
  return [
    "nothing is exported to OpenTelemetry: OTEL_DENO is not set",
    "OTEL_DENO=true turns the exporter on, OTEL_DENO=false this remark off",
  ];
}

/** Where Deno puts its exporter, and @opentelemetry/api would look for it. */
const API = Symbol.for("opentelemetry.js.api.1");

/**
 * The runtime's meter; `undefined` where its exporter is off. An executable made
 * by `deno compile` has it off whatever the environment says, and asking its
 * `Deno.telemetry` all the same ends the process.
 */
export function denoMeter(version: string): Meter | undefined {
  const { [API]: api } = globalThis as unknown as {
    [API]?: { metrics?: { getMeter(name: string, version: string): Meter } };
  };
  return api?.metrics?.getMeter("dstream", version);
}

/**
 * Registers every metric but the histogram and what belongs to a process.
 * @param sample Called once for each instrument of each export.
 */
export function registerMetrics(
  meter: Meter,
  sample: () => RunSample,
  platform: Surroundings["platform"],
): void {
  const families = () => metricsOf(sample(), { usage: new Map(), platform });
  for (const { name, help, type } of families()) {
    if (type === "histogram" || !name.startsWith("dstream_")) continue;
    const instrument = create(meter, name, help, type);
    instrument.addCallback((result) => {
      const family = families().find((one) => one.name === name);
      for (const point of pointsOf(family)) {
        result.observe(point.value, point.labels);
      }
    });
  }
}

function create(
  meter: Meter,
  name: string,
  description: string,
  type: "counter" | "gauge",
): Instrument {
  const options = { description, unit: unitOf(name) };
  return type === "counter"
    ? meter.createObservableCounter(otelName(name), options)
    : meter.createObservableGauge(otelName(name), options);
}

/** `dstream_in_flight_envelopes` → `dstream.in_flight_envelopes`. */
function otelName(name: string): string {
  return name.replace(/^dstream_/, "dstream.").replace(/_total$/, "");
}

function unitOf(name: string): string {
  if (/_bytes(_total)?$/.test(name)) return "By";
  if (/_envelopes(_total)?$/.test(name)) return "{envelope}";
  if (/seconds/.test(name)) return "s";
  return "1";
}

function pointsOf(family: Family | undefined): readonly Point[] {
  return family === undefined || family.type === "histogram"
    ? []
    : family.points;
}
