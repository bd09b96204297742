/**
 * The metrics there are: what a sample is called in Prometheus.
 *
 * docs/operations.md has the same list for users, and a test compares the two.
 *
 * @module
 */

import type { Family, Labels, Point } from "./exposition.ts";
import { isTaskReady } from "./health.ts";
import type { ProcessUsage } from "./process_usage.ts";
import type { ProviderSample, RunSample, TaskSample } from "./sample.ts";

/** What a metric needs besides the sample. */
export interface Surroundings {
  /** By process id; those nobody could ask are missing. */
  readonly usage: ReadonlyMap<number, ProcessUsage>;
  readonly platform: {
    readonly os: string;
    readonly arch: string;
    readonly runtime: string;
  };
}

/** All families of a run; those without a point have nothing to say now. */
export function metricsOf(
  run: RunSample,
  { usage, platform }: Surroundings,
): Family[] {
  return [
    gauge("dstream_build_info", "What this is; the value is always 1.", [{
      labels: { version: run.version, ...platform },
      value: 1,
    }]),
    ...streamFamilies(run.tasks),
    ...providerFamilies(run.tasks, usage),
    ...processFamilies(run, usage.get(run.pid)),
  ];
}

function streamFamilies(all: readonly TaskSample[]): Family[] {
  const tasks = all.filter(({ isUncounted }) => isUncounted !== true);
  const each = (value: (task: TaskSample) => number | undefined) =>
    tasks.flatMap((task) => point({ task: task.task }, value(task)));
  return [
    gauge(
      "dstream_task_ready",
      "1 while all providers are ready and acknowledgements move.",
      all.flatMap((task) =>
        point({ task: task.task }, Number(isTaskReady(task)))
      ),
    ),
    counter(
      "dstream_envelopes_total",
      "Envelopes read from inputs and handed to outputs.",
      bySide(
        tasks,
        (c) => c.readEnvelopes,
        (c) => c.handedEnvelopes,
      ),
    ),
    counter(
      "dstream_bytes_total",
      "Bytes read from inputs and handed to outputs.",
      bySide(tasks, (c) => c.readBytes, (c) => c.handedBytes),
    ),
    counter(
      "dstream_filtered_envelopes_total",
      "Envelopes that transforms took out: no output gets them.",
      each(({ counters }) => counters.filteredEnvelopes),
    ),
    counter(
      "dstream_delivered_envelopes_total",
      "Envelopes that every output has confirmed.",
      each(({ counters }) => counters.deliveredEnvelopes),
    ),
    counter(
      "dstream_acknowledged_envelopes_total",
      "Envelopes that are delivered or dead-lettered.",
      each(({ counters }) => counters.settledEnvelopes),
    ),
    counter(
      "dstream_rejected_envelopes_total",
      "Envelopes that transforms or an output refused.",
      each(({ counters }) => counters.rejectedEnvelopes),
    ),
    counter(
      "dstream_dead_lettered_envelopes_total",
      "Rejected envelopes that are stored as dead letters.",
      each(({ counters }) => counters.deadLetteredEnvelopes),
    ),
    counter(
      "dstream_replayed_envelopes_total",
      "Envelopes sent again after a provider died: possible duplicates.",
      each(({ counters }) => counters.replayedEnvelopes),
    ),
    counter(
      "dstream_stray_lines_total",
      "Lines of inputs that were no envelopes.",
      each(({ counters }) => counters.strayLines),
    ),
    gauge(
      "dstream_in_flight_envelopes",
      "Envelopes read and neither filtered, delivered nor dead-lettered.",
      each(({ inFlight }) => inFlight),
    ),
    gauge(
      "dstream_window_bytes",
      "Bytes kept for a replay.",
      each(({ counters }) => counters.windowBytes),
    ),
    gauge(
      "dstream_spool_bytes",
      "Bytes in files, because they did not fit into the windows.",
      each(({ counters }) => counters.spoolBytes ?? 0),
    ),
    gauge(
      "dstream_held_envelopes",
      "Envelopes that outputs hold back: they may, and acknowledge later.",
      each(({ counters }) => counters.heldEnvelopes),
    ),
    gauge(
      "dstream_window_full",
      "1 while reading waits for the output.",
      each(({ counters }) => Number(counters.isWindowFull)),
    ),
    ackLatency(tasks),
    gauge(
      "dstream_seconds_since_last_ack",
      "Time since an acknowledgement, to a second; since the start without one.",
      each(({ sinceAckMs }) => Math.round(sinceAckMs) / 1000),
    ),
    gauge(
      "dstream_lag",
      "What the input has yet to read, in its own unit, when it says so.",
      each(({ lag }) => lag),
    ),
    gauge(
      "dstream_input_gauge",
      "What an input tells of its source; the name has the unit.",
      tasks.flatMap(({ task, gauges = [] }) =>
        gauges.map(({ provider, label, name, value }) => ({
          labels: {
            task,
            provider,
            ...(label !== undefined && { block: label }),
            name,
          },
          value,
        }))
      ),
    ),
  ];
}

function ackLatency(tasks: readonly TaskSample[]): Family {
  return {
    name: "dstream_ack_latency_seconds",
    help: "From the write of an envelope to its acknowledgement, sampled.",
    type: "histogram",
    points: tasks.flatMap(({ task, counters: { ackLatency } }) =>
      ackLatency === undefined ? [] : [{
        labels: { task },
        bounds: ackLatency.boundsSeconds,
        counts: ackLatency.counts,
        count: ackLatency.count,
        sum: ackLatency.sumSeconds,
      }]
    ),
  };
}

function providerFamilies(
  tasks: readonly TaskSample[],
  usage: ReadonlyMap<number, ProcessUsage>,
): Family[] {
  const each = (value: (provider: ProviderSample) => number | undefined) =>
    tasks.flatMap(({ task, providers }) =>
      providers.flatMap((one) => point(labelsOf(task, one), value(one)))
    );
  const used = ({ pid, isAlive }: ProviderSample) =>
    isAlive ? usage.get(pid) : undefined;
  return [
    gauge(
      "dstream_provider_up",
      "1 while the provider's process lives and is ready.",
      each(({ isAlive, isReady }) => Number(isAlive && isReady)),
    ),
    counter(
      "dstream_restarts_total",
      "New processes that took a dead one's place.",
      each(({ restarts }) => restarts),
    ),
    counter(
      "dstream_provider_cpu_seconds_total",
      "Processor time of the provider's present process.",
      each((provider) => used(provider)?.cpuSeconds),
    ),
    gauge(
      "dstream_provider_memory_bytes",
      "Resident memory of the provider's present process.",
      each((provider) => used(provider)?.memoryBytes),
    ),
  ];
}

function processFamilies(
  { startedAtMs }: RunSample,
  own: ProcessUsage | undefined,
): Family[] {
  return [
    counter(
      "process_cpu_seconds_total",
      "Processor time of dstream itself.",
      point({}, own?.cpuSeconds),
    ),
    gauge(
      "process_resident_memory_bytes",
      "Resident memory of dstream itself.",
      point({}, own?.memoryBytes),
    ),
    gauge(
      "process_start_time_seconds",
      "When the run began, in seconds since 1970.",
      point({}, startedAtMs / 1000),
    ),
  ];
}

function bySide(
  tasks: readonly TaskSample[],
  ofInput: (counters: TaskSample["counters"]) => number | undefined,
  ofOutput: (counters: TaskSample["counters"]) => number | undefined,
): Point[] {
  return tasks.flatMap(({ task, counters }) => [
    ...point({ task, side: "input" }, ofInput(counters)),
    ...point({ task, side: "output" }, ofOutput(counters)),
  ]);
}

function labelsOf(
  task: string,
  { side, provider, label }: ProviderSample,
): Labels {
  const labels = { task, side, provider };
  return label === undefined ? labels : { ...labels, block: label };
}

function point(labels: Labels, value: number | undefined): Point[] {
  return value === undefined ? [] : [{ labels, value }];
}

function counter(name: string, help: string, points: Point[]): Family {
  return { name, help, type: "counter", points };
}

function gauge(name: string, help: string, points: Point[]): Family {
  return { name, help, type: "gauge", points };
}
