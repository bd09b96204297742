/** `dstream run`, with providers that only exist in the test. */

import { DstreamError } from "../../core/base/errors.ts";
import type { PipelineEvent, RunOutcome } from "../../core/pipeline/events.ts";
import type { RunTaskOptions, StopRequest } from "../../core/pipeline/run.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { settle } from "../support/fake_clock.ts";
import { assertGolden } from "../support/golden.ts";
import { type CliOverrides, counters, FakeCli, outcome } from "./fake_cli.ts";
import { block, configuration, task } from "./fake_configuration.ts";

function cliWith(
  onRun: (options: RunTaskOptions) => Promise<RunOutcome>,
  more: CliOverrides = {},
): FakeCli {
  return new FakeCli({
    load: () =>
      Promise.resolve(
        configuration([task("orders"), task("customers"), task("items")]),
      ),
    onRun,
    ...more,
  });
}

const events: readonly PipelineEvent[] = [
  { kind: "starting", side: "output", provider: "tape", pid: 41 },
  {
    kind: "ready",
    side: "output",
    provider: "tape",
    version: 2,
    features: ["ack"],
  },
  { kind: "starting", side: "input", provider: "ticker", pid: 42 },
  {
    kind: "ready",
    side: "input",
    provider: "ticker",
    version: 1,
    features: [],
  },
  {
    kind: "provider_log",
    side: "input",
    provider: "ticker",
    level: "info",
    message: "starting counter",
    fields: { interval_ms: 1000, note: "two words" },
  },
  {
    kind: "provider_log",
    side: "output",
    provider: "tape",
    level: "error",
    message: "the tape is nearly full",
    fields: {},
  },
  {
    kind: "notice",
    level: "warn",
    code: "delivery.not_acknowledged",
    message: 'output "tape" has no acknowledgements',
    hint: "a crash may lose what is in its pipe",
  },
  {
    kind: "progress",
    provider: "ticker",
    progress: { message: "snapshot", done: 1200, total: 5000 },
  },
  { kind: "stopping", reason: "SIGINT" },
  { kind: "exited", side: "input", provider: "ticker", code: 0 },
  {
    kind: "exited",
    side: "output",
    provider: "tape",
    code: 137,
    signal: "SIGKILL",
  },
];

async function tellAll({ onEvent, onCounters, userOutput }: RunTaskOptions) {
  onCounters?.(counters());
  for (const event of events) onEvent(event);
  const writer = userOutput.getWriter();
  await writer.write(new TextEncoder().encode("Message #1: {}\n"));
  writer.releaseLock();
  return outcome();
}

Deno.test("what a user sees of a run, by level, form and terminal", async (t) => {
  const cases: readonly [string, string[], boolean][] = [
    ["info", [], false],
    ["debug_time", ["--log-level", "debug", "-t"], false],
    ["warn", ["-l", "warn"], false],
    ["error", ["-l", "error"], false],
    ["json", ["-f", "json", "-t"], false],
    ["json_debug", ["-f", "json", "-l", "debug"], false],
    ["terminal", [], true],
  ];
  for (const [name, flags, isTerminal] of cases) {
    await t.step(name, async () => {
      const cli = cliWith(tellAll);
      cli.stdout.isTerminal = cli.stderr.isTerminal = isTerminal;
      const { code, stdout, stderr } = await cli.run(...flags, "run", "orders");
      assertEquals({ code, stdout }, { code: 0, stdout: "Message #1: {}\n" });
      await assertGolden(`cli/run/${name}.txt`, stderr);
    });
  }
});

Deno.test("what providers say to the end of a dry run is for debugging", async () => {
  const remark: PipelineEvent = {
    kind: "provider_log",
    side: "output",
    provider: "tape",
    level: "error",
    message: "stdin was closed",
    fields: {},
  };
  const cli = cliWith(({ onEvent }) => {
    for (
      const event of [...events.slice(0, 3), { ...remark, message: "before" }]
    ) {
      onEvent(event);
    }
    onEvent(events[3]);
    onEvent(remark);
    return Promise.resolve(outcome());
  });
  const { stderr } = await cli.run("run", "orders", "--dry-run");
  assert(stderr.includes("before"), stderr);
  assert(!stderr.includes("stdin was closed"), stderr);
});

Deno.test("NO_COLOR takes colours away, also on a terminal", async () => {
  const cli = cliWith(tellAll, { env: { NO_COLOR: "1" } });
  cli.stderr.isTerminal = true;
  const { stderr } = await cli.run("run", "orders");
  // deno-lint-ignore no-control-regex
  assert(!/\x1b\[[0-9;]+m/.test(stderr), stderr);
});

Deno.test("the end line of every way a task can end", async (t) => {
  const failure = new DstreamError(
    "provider.output_crashed",
    'output provider "tape" ended before the stream did (exit status 3)',
    {
      at: block("output", { kind: "builtin", name: "tape" }).sourceAt,
      details: ["opening tape", "tape \x1b[2Jis torn"],
      hint: "look at what it wrote last",
    },
  );
  const open = counters({ readEnvelopes: 7, rejectedEnvelopes: 1 });
  const cases: readonly [string, RunOutcome, string[]][] = [
    ["completed", outcome(), []],
    [
      "completed_one",
      outcome({
        counters: counters({ readEnvelopes: 1, settledEnvelopes: 1 }),
      }),
      [],
    ],
    [
      "rejected",
      outcome({
        counters: counters({ rejectedEnvelopes: 2, deadLetteredEnvelopes: 2 }),
      }),
      [],
    ],
    ["dry_run", outcome(), ["--dry-run"]],
    ["stopped", outcome({ status: "stopped", stoppedBy: "SIGINT" }), []],
    [
      "stopped_open",
      outcome({ status: "stopped", stoppedBy: "SIGTERM", counters: open }),
      [],
    ],
    ["timeout", outcome({ status: "stopped", stoppedBy: "timeout" }), []],
    ["pipe_closed", outcome({ status: "stopped", stoppedBy: "SIGPIPE" }), []],
    [
      "failed",
      outcome({ status: "failed", error: failure, counters: open }),
      [],
    ],
    ["failed_dry", outcome({ status: "failed", error: failure }), [
      "--dry-run",
    ]],
    ["failed_json", outcome({ status: "failed", error: failure }), [
      "-f",
      "json",
    ]],
  ];
  for (const [name, end, flags] of cases) {
    await t.step(name, async () => {
      const cli = cliWith(() => Promise.resolve(end));
      const { code, stderr } = await cli.run("run", "orders", ...flags);
      await assertGolden(`cli/end/${name}.txt`, `${stderr}exit ${code}\n`);
    });
  }
});

Deno.test("tasks run side by side; one that fails does not stop the others", async () => {
  const started: string[] = [];
  const goOn = Promise.withResolvers<void>();
  const cli = cliWith(async ({ task, onEvent }) => {
    started.push(task.name);
    if (started.length === 2) goOn.resolve();
    await goOn.promise;
    onEvent(events[4]);
    return task.name === "orders"
      ? outcome({
        status: "failed",
        error: new DstreamError("provider.x", "it broke"),
      })
      : outcome();
  });
  const { code, stderr } = await cli.run(
    "run",
    "orders",
    "customers",
    "orders",
  );
  assertEquals(code, 1);
  assertEquals(started, ["orders", "customers"]);
  await assertGolden("cli/run/several.txt", stderr);
});

Deno.test("--fail-fast stops the others when one task fails", async () => {
  const requests: StopRequest[] = [];
  const rest = untilStopped(requests);
  const cli = cliWith((options) =>
    options.task.name === "orders"
      ? Promise.resolve(outcome({
        status: "failed",
        error: new DstreamError("provider.x", "it broke"),
      }))
      : rest(options)
  );
  const { code, stderr } = await cli.run(
    "run",
    "orders",
    "customers",
    "--fail-fast",
  );
  assertEquals(code, 1);
  assertEquals(requests, [{ signal: "fail-fast", isUrgent: false }]);
  await assertGolden("cli/run/fail_fast.txt", stderr);
});

Deno.test("log lines name the label where a block has one", async () => {
  const log: PipelineEvent = {
    kind: "provider_log",
    side: "output",
    provider: "tape",
    label: "archive",
    level: "info",
    message: "winding",
    fields: {},
  };
  const cli = cliWith(({ onEvent }) => {
    onEvent(log);
    return Promise.resolve(outcome());
  });
  const { stderr } = await cli.run("run", "orders");
  assert(stderr.startsWith("[output archive] winding\n"), stderr);
});

Deno.test("--all runs every task", async () => {
  const names: string[] = [];
  const cli = cliWith(({ task }) => {
    names.push(task.name);
    return Promise.resolve(outcome());
  });
  assertEquals((await cli.run("run", "--all")).code, 0);
  assertEquals(names, ["orders", "customers", "items"]);
});

Deno.test("flags reach the pipeline, from before and after the command", async () => {
  let options: RunTaskOptions | undefined;
  let loaded: unknown;
  const cli = new FakeCli({
    env: { HOME: "/home/me", DSTREAM_CONFIG: "ignored.hcl" },
    cwd: "/work",
    load: ({ wallMs: _, ...rest }) => {
      loaded = rest;
      return Promise.resolve(configuration([task("orders")], ["hunter2"]));
    },
    onRun: (o) => {
      options = o;
      return Promise.resolve(outcome());
    },
  });
  await cli.run(
    "--var",
    "a=1",
    "-c",
    "pipes",
    "run",
    "orders",
    "--var",
    "b=x=y",
    "--var-file",
    "f1",
    "--max",
    "10",
    "--var-file",
    "f2",
    "--dry-run",
    "--allow-missing-env",
    "-l",
    "warn",
  );
  assertEquals(loaded, {
    path: "pipes",
    workingFolder: "/work",
    env: { HOME: "/home/me", DSTREAM_CONFIG: "ignored.hcl" },
    variables: { a: "1", b: "x=y" },
    variableFiles: ["f1", "f2"],
    allowMissingEnv: true,
    tasks: ["orders"],
    version: "1.2.3",
  });
  assertEquals(options?.maxEnvelopes, 10);
  assertEquals(options?.isDryRun, true);
  assertEquals([...options?.secrets ?? []], ["hunter2"]);
  assertEquals(options?.runId.length, 26);
  assertEquals(options?.inputs[0].launch.argv, [
    "/opt/dstream",
    "provider",
    "exec",
    "in-ticker",
  ]);
});

Deno.test("DSTREAM_CONFIG stands in for --config, and dstream.hcl for both", async () => {
  const paths: string[] = [];
  const load: CliOverrides["load"] = ({ path }) => {
    paths.push(path);
    return Promise.resolve(configuration([task("orders")]));
  };
  await new FakeCli({ load }).run("list");
  await new FakeCli({ load, env: { DSTREAM_CONFIG: "x.hcl" } }).run("list");
  await new FakeCli({ load, env: { DSTREAM_CONFIG: "" } }).run("list");
  assertEquals(paths, ["dstream.hcl", "x.hcl", "dstream.hcl"]);
});

Deno.test("--env-file is read, and the process's own variables win", async () => {
  const file = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(file, "USER=file\nTOKEN=abc\n");
    let env: Readonly<Record<string, string>> = {};
    const cli = new FakeCli({
      env: { USER: "process" },
      load: (options) => {
        env = options.env;
        return Promise.resolve(configuration([task("orders")]));
      },
    });
    await cli.run("list", "--env-file", file);
    assertEquals(env, { USER: "process", TOKEN: "abc" });
  } finally {
    await Deno.remove(file);
  }
});

/** Waits for what happens a few turns later; what never happens fails. */
async function until(isDone: () => boolean): Promise<void> {
  for (let turn = 0; turn < 2000; turn++) {
    if (isDone()) return;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  assert.fail("it never happened");
}

/** A run that goes on until it is asked to stop. */
function untilStopped(requests: StopRequest[]) {
  return ({ onStop }: RunTaskOptions) =>
    new Promise<RunOutcome>((resolve) => {
      const unsubscribe = onStop((request) => {
        requests.push(request);
        unsubscribe();
        resolve(outcome({ status: "stopped", stoppedBy: request.signal }));
      });
    });
}

Deno.test("a signal stops every task, and the signals are let go afterwards", async () => {
  const requests: StopRequest[] = [];
  const cli = cliWith(untilStopped(requests));
  const running = cli.run("run", "orders", "customers");
  await until(() => {
    cli.signals.send("SIGTERM");
    return requests.length > 0;
  });
  assertEquals((await running).code, 143);
  assertEquals(requests, [
    { signal: "SIGTERM", isUrgent: false },
    { signal: "SIGTERM", isUrgent: false },
  ]);
  assertEquals(cli.signals.listeners.size, 0);
});

Deno.test("--timeout stops the run when its time is over", async () => {
  const requests: StopRequest[] = [];
  const cli = cliWith(untilStopped(requests));
  const running = cli.run("run", "orders", "--timeout", "1m30s");
  await until(() => cli.clock.sleeping > 0);
  await cli.clock.advance(89_999);
  assertEquals(requests, []);
  await cli.clock.advance(1);
  assertEquals((await running).code, 0);
  assertEquals(requests, [{ signal: "timeout", isUrgent: false }]);
});

Deno.test("the status line is drawn five times a second and gone at the end", async () => {
  const live = counters({
    readEnvelopes: 0,
    settledEnvelopes: 0,
    readBytes: 0,
  });
  const end = Promise.withResolvers<void>();
  const cli = cliWith(async ({ onCounters }) => {
    onCounters?.(live);
    await end.promise;
    return outcome();
  });
  cli.stderr.isTerminal = true;
  const running = cli.run("run", "orders");
  await until(() => cli.clock.sleeping > 0);
  live.readEnvelopes = 3;
  await cli.clock.advance(1000);
  end.resolve();
  const { stderr } = await running;
  // Five and the one that was called off; the status file has its own pace.
  assertEquals(cli.clock.slept.filter((delayMs) => delayMs === 200).length, 6);
  const drawn = stderr.split("\r\x1b[K");
  assertEquals(drawn.length, 7);
  assertEquals(
    drawn.slice(1, 6),
    Array(5).fill("orders · 3 envelopes · 0/s · 0 B · 3 in flight"),
  );
  assert(drawn[6].startsWith("✅"), drawn[6]);
});

Deno.test("progress in a pipe is logged at most every ten seconds", async () => {
  const cli = cliWith(async ({ onEvent, clock }) => {
    for (let second = 0; second < 25; second++) {
      onEvent(events[7]);
      await (clock as FakeCli["clock"]).advance(1000);
    }
    return outcome();
  });
  const { stderr } = await cli.run("run", "orders");
  assertEquals(stderr.split("snapshot").length - 1, 3);
});

Deno.test("the last progress is logged, however soon it comes", async () => {
  const cli = cliWith(({ onEvent }) => {
    const event = events[7] as PipelineEvent & { readonly kind: "progress" };
    for (const done of [0, 1, 2, 3]) {
      onEvent({ ...event, progress: { message: "reading", done, total: 3 } });
    }
    return Promise.resolve(outcome());
  });
  const { stderr } = await cli.run("run", "orders");
  assert(stderr.includes("reading 0/3 (0 %)"), stderr);
  assert(stderr.includes("reading 3/3 (100 %)"), stderr);
  assertEquals(stderr.split("reading").length - 1, 2);
});

Deno.test("without a terminal a run says every thirty seconds that it lives", async (t) => {
  for (const format of ["text", "json"]) {
    await t.step(format, async () => {
      const cli = cliWith(async ({ onCounters, clock }) => {
        onCounters!({ ...outcome().counters, readEnvelopes: 7 });
        for (let second = 0; second < 100; second++) {
          await (clock as FakeCli["clock"]).advance(1000);
        }
        return outcome();
      });
      const { stderr } = await cli.run("run", "orders", "-f", format);
      const lines = stderr.split("\n").filter((line) =>
        /7 envelopes|"task runs".*"read":7/.test(line)
      );
      assertEquals(lines.length, 3, stderr);
    });
  }
});

Deno.test("every provider that can't be started is reported, nothing is run", async () => {
  const broken = task("broken", {
    inputs: [
      block("input", { kind: "builtin", name: "tickr" }),
    ],
    outputs: [
      block("output", { kind: "builtin", name: "tpae" }),
    ],
  });
  const cli = new FakeCli({
    load: () =>
      Promise.resolve(
        configuration([broken, task("old", { type: "plugin" })]),
      ),
    onRun: () => Promise.reject(new Error("nothing may run")),
  });
  const { code, stderr } = await cli.run("run", "--all");
  assertEquals(code, 2);
  await assertGolden("cli/run/cannot_start.txt", stderr);
});

Deno.test("a run that throws is reported as a bug, and the signals are let go", async () => {
  const cli = cliWith(() => Promise.reject(new TypeError("oops")));
  assertEquals((await cli.run("run", "orders")).code, 1);
  await settle();
  assertEquals(cli.signals.listeners.size, 0);
});
