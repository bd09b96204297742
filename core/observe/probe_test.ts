import { task } from "../../tests/cli/fake_configuration.ts";
import { counters, outcome } from "../../tests/cli/fake_cli.ts";
import { assertEquals } from "../../tests/support/assert.ts";
import { FakeClock } from "../../tests/support/fake_clock.ts";
import type { PipelineEvent } from "../pipeline/events.ts";
import { RunProbe, type TaskProbe } from "./probe.ts";
import type { TaskSample } from "./sample.ts";

function watch(): { clock: FakeClock; run: RunProbe; probe: TaskProbe } {
  const clock = new FakeClock();
  const run = new RunProbe({ clock, pid: 1, version: "1", config: "/x" });
  return { clock, run, probe: run.task(task("orders"), "01RUN") };
}

function starting(side: "input" | "output", pid: number): PipelineEvent {
  return { kind: "starting", side, provider: side, pid };
}

function ready(side: "input" | "output"): PipelineEvent {
  return { kind: "ready", side, provider: side, version: 2, features: [] };
}

function exited(side: "input" | "output", code: number): PipelineEvent {
  return { kind: "exited", side, provider: side, code };
}

Deno.test("a task's state follows its providers", () => {
  const { probe } = watch();
  const states: string[] = [];
  const tell = (...events: PipelineEvent[]) => {
    for (const event of events) probe.onEvent(event);
    states.push(probe.sample().state);
  };
  tell();
  tell(starting("output", 1), starting("input", 2));
  tell(ready("output"));
  tell(ready("input"));
  tell(exited("output", 3));
  tell(starting("output", 4));
  tell(ready("output"));
  tell({ kind: "stopping", reason: "SIGTERM" });
  probe.end(outcome({ status: "stopped", stoppedBy: "SIGTERM" }));
  tell();
  assertEquals(states, [
    "starting",
    "starting",
    "starting",
    "running",
    "restarting",
    "restarting",
    "running",
    "stopping",
    "stopped",
  ]);
  const [output, input] = probe.sample().providers;
  assertEquals([output.restarts, output.pid, output.exits], [1, 4, [
    { code: 3, signal: undefined },
  ]]);
  assertEquals([input.restarts, input.pid, input.exits], [0, 2, []]);
});

Deno.test("an output that says nothing is ready when it is written to", () => {
  const { probe } = watch();
  const live = counters({ handedEnvelopes: 0 });
  probe.onCounters(live);
  probe.onEvent(starting("output", 1));
  probe.onEvent(starting("input", 2));
  probe.onEvent(ready("input"));
  assertEquals(probe.sample().state, "starting");
  live.handedEnvelopes = 1;
  assertEquals(probe.sample().state, "running");
});

Deno.test("two inputs of one provider are told apart by their labels", () => {
  const { probe } = watch();
  for (const label of ["east", "west"]) {
    probe.onEvent({
      kind: "starting",
      side: "input",
      provider: "file",
      label,
      pid: 5,
    });
  }
  const labels = probe.sample().providers.map((p) => [p.label, p.restarts]);
  assertEquals(labels, [["east", 0], ["west", 0]]);
});

Deno.test("a provider that dies all the time is remembered in part", () => {
  const { probe } = watch();
  for (let i = 0; i < 100; i++) {
    probe.onEvent(starting("output", i));
    probe.onEvent(exited("output", i));
  }
  const [{ exits, restarts }] = probe.sample().providers;
  assertEquals(restarts, 99);
  assertEquals(exits.length, 20);
  assertEquals(exits.at(-1)?.code, 99);
});

Deno.test("waiting is what is in flight without acknowledgements, not idleness", async () => {
  const { clock, run, probe } = watch();
  const live = counters({ readEnvelopes: 0, settledEnvelopes: 0 });
  probe.onCounters(live);
  const times = ({ sinceAckMs, waitingMs }: TaskSample) => [
    sinceAckMs,
    waitingMs,
  ];
  await clock.advance(100_000);
  assertEquals(times(probe.sample()), [100_000, 0], "idle");
  live.readEnvelopes = 10;
  await clock.advance(30_000);
  assertEquals(times(probe.sample()), [130_000, 30_000], "in flight");
  live.settledEnvelopes = 4;
  run.look();
  await clock.advance(5000);
  assertEquals(times(probe.sample()), [5000, 5000], "some acknowledged");
  live.settledEnvelopes = 10;
  assertEquals(times(probe.sample()), [0, 0], "all acknowledged");
});

Deno.test("rates are those of the last two seconds", async () => {
  const { clock, probe } = watch();
  const live = counters({ readEnvelopes: 0, readBytes: 0 });
  probe.onCounters(live);
  const rates = [];
  for (const perSecond of [100, 100, 100, 0, 0, 0]) {
    rates.push(probe.sample().envelopesPerSecond);
    await clock.advance(1000);
    live.readEnvelopes += perSecond;
  }
  rates.push(probe.sample().envelopesPerSecond);
  assertEquals(rates, [0, 100, 100, 100, 50, 0, 0]);
});

Deno.test("lag is what all inputs that tell have yet to read", () => {
  const { probe } = watch();
  const lags: (number | undefined)[] = [];
  const tell = (label: string, done?: number, total?: number) => {
    const progress = { message: "copy", done, total };
    probe.onEvent({ kind: "progress", provider: "file", label, progress });
    lags.push(probe.sample().lag);
  };
  tell("east");
  tell("east", 10, 100);
  tell("west", 5, 5);
  tell("west", 5, 25);
  tell("east", 120, 100); // the source grew meanwhile
  assertEquals(lags, [undefined, 90, 90, 110, 20]);
});

Deno.test("what inputs tell of their sources is kept by input and name, and shows nothing", () => {
  const { probe } = watch();
  const tell = (label: string, gauges: Record<string, number>) => {
    const progress = { message: "", gauges };
    probe.onEvent({ kind: "progress", provider: "file", label, progress });
  };
  tell("east", { lag: 5, retained_bytes: 10 });
  tell("west", { lag: 1 });
  tell("east", { retained_bytes: 20 });
  const { gauges, lag, progress } = probe.sample();
  assertEquals(gauges?.map(({ label, name, value }) => [label, name, value]), [
    ["east", "lag", 5],
    ["east", "retained_bytes", 20],
    ["west", "lag", 1],
  ]);
  assertEquals([lag, progress], [6, undefined]);
});

Deno.test("a run's duration is measured, whatever is done to the wall clock", async () => {
  const { clock, run } = watch();
  await clock.advance(2000);
  clock.wallShiftMs = -3_600_000;
  assertEquals(run.sample().durationMs, 2000);
});
