/** A real run, seen from outside: over HTTP, by `ps`, by its report. */

import {
  dstream,
  type ProgramOptions,
  startDstream,
} from "../e2e/support/program.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { TempFolder } from "../support/temp_folder.ts";

/** Its input says what columns it has. */
const TABLES = `
task "orders" {
  type = "providers"
  input {
    provider = "file"
    config {
      path   = "orders.csv"
      format = "csv"
    }
  }
  output {
    provider = "console"
    config {
      outputFormat = "structured"
    }
  }
}
`;

/** Counts until it is stopped; another task fails at once. */
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
    provider = "console"
  }
}

task "broken" {
  type = "providers"
  input {
    provider = "file"
    config {
      path = "missing.jsonl"
    }
  }
  output {
    provider = "null"
  }
}
`;

/** A user of their own, so that nobody else's runs are seen. */
async function makeUser() {
  const home = await TempFolder.make({ "dstream.hcl": CONFIGURATION });
  const env = {
    HOME: home.path,
    LOCALAPPDATA: home.path,
    XDG_RUNTIME_DIR: home.path,
  };
  return { home, options: { cwd: home.path, env } };
}

Deno.test("a run serves its metrics and health until it ends", async () => {
  const { home, options } = await makeUser();
  await using _home = home;
  await using run = startDstream(
    ["run", "numbers", "--metrics-listen", "127.0.0.1:0"],
    options,
  );
  const listening = /metrics at (http:\/\/127\.0\.0\.1:\d+)\/metrics/;
  const [, url] = await run.waitFor(listening, "stderr");
  await run.waitFor(/Message #3/);
  const get = async (path: string) => {
    const response = await fetch(url + path);
    return { status: response.status, body: await response.text() };
  };
  assertEquals(await get("/healthz"), { status: 200, body: "ok\n" });
  assertEquals(await get("/readyz"), { status: 200, body: "ready\n" });
  const { body } = await get("/metrics");
  const value = (series: string) => {
    const line = body.split("\n").find((l) => l.startsWith(`${series} `));
    assert(line !== undefined, `no ${series} in\n${body}`);
    return Number(line.slice(series.length));
  };
  const task = 'task="numbers"';
  const read = value(`dstream_envelopes_total{${task},side="input"}`);
  assert(read >= 3, body);
  assert(value(`dstream_acknowledged_envelopes_total{${task}}`) <= read);
  assertEquals(value(`dstream_task_ready{${task}}`), 1);
  if (Deno.build.os !== "windows") {
    const provider = `{${task},side="input",provider="counter"}`;
    assert(value(`dstream_provider_memory_bytes${provider}`) > 1_000_000);
    assert(value(`dstream_provider_cpu_seconds_total${provider}`) >= 0);
    assert(value("process_resident_memory_bytes") > 1_000_000);
  }
  const port = new URL(url).port;
  const busy = await dstream(
    ["run", "numbers", "--metrics-listen", `127.0.0.1:${port}`],
    options,
  );
  assertEquals([busy.code, busy.stdout], [1, ""], "nothing was started");
  assert(busy.stderr.startsWith("error[observe.address_in_use]: "));
  run.kill("SIGTERM");
  await run.finished;
  const refused = await fetch(`${url}/healthz`).catch((e) => e.name);
  assertEquals(refused, "TypeError");
});

Deno.test("ps sees a run, also one that is killed, until it is gone", async () => {
  const { home, options } = await makeUser();
  await using _home = home;
  const runs = async () => {
    const { stdout } = await dstream(["ps", "--json"], options);
    return JSON.parse(stdout);
  };
  await using run = startDstream(["run", "numbers"], options);
  let seen = await runs();
  while (seen.length === 0 || seen[0].tasks[0].acknowledged === 0) {
    seen = await runs();
  }
  assertEquals(seen.length, 1);
  assertEquals(seen[0].pid, run.pid);
  assertEquals(seen[0].config, home.join("dstream.hcl"));
  const [{ task, status, providers }] = seen[0].tasks;
  assertEquals([task, status, providers.length], ["numbers", "running", 2]);
  run.kill("SIGKILL");
  await run.finished;
  const left = await readStatusFiles(home);
  assertEquals(left, [`${run.pid}.json`], "a killed run leaves its file");
  assertEquals(await runs(), []);
  assertEquals(await readStatusFiles(home), [], "which is swept");
});

Deno.test({
  name: "a provider's restart is seen by ps, by its metric and in the report",
  ignore: Deno.build.os === "windows", // no SIGKILL by number there
  fn: async () => {
    const { home, options } = await makeUser();
    await using _home = home;
    const args = ["--metrics-listen", "127.0.0.1:0", "--report", "r.json"];
    await using run = startDstream(["run", "numbers", ...args], options);
    const [, url] = await run.waitFor(
      /metrics at (http:.*)\/metrics/,
      "stderr",
    );
    await run.waitFor(/Message #3/);
    const metric = async (name: string) => {
      const body = await (await fetch(`${url}/metrics`)).text();
      const labels = 'task="numbers",side="output",provider="console"';
      const start = `${name}{${labels}} `;
      const line = body.split("\n").find((l) => l.startsWith(start));
      return line?.slice(start.length);
    };
    assertEquals(await metric("dstream_restarts_total"), "0");
    Deno.kill(await pidOfOutput(options), "SIGKILL");
    await run.waitFor(/ready|restart|again/i, "stderr");
    while (await metric("dstream_restarts_total") !== "1") await pause();
    while (await metric("dstream_provider_up") !== "1") await pause();
    assertEquals((await fetch(`${url}/readyz`)).status, 200);
    run.kill("SIGTERM");
    assertEquals((await run.finished).code, 143);
    const [task] = JSON.parse(await home.read("r.json")).tasks;
    assertEquals([task.restarts, task.stopped_by], [1, "SIGTERM"]);
    const output = task.providers.find((p: { side: string }) =>
      p.side === "output"
    );
    assertEquals(output.exits, [{ code: 137, signal: "SIGKILL" }, { code: 0 }]);
  },
});

async function pidOfOutput(options: ProgramOptions): Promise<number> {
  for (;;) {
    const { stdout } = await dstream(["ps", "--json"], options);
    const providers = JSON.parse(stdout)[0]?.tasks[0]?.providers ?? [];
    const output = providers.find((p: { side: string }) => p.side === "output");
    if (output !== undefined) return output.pid;
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 50));
}

async function readStatusFiles(home: TempFolder): Promise<string[]> {
  const names: string[] = [];
  const isStatus = /^\d+\.json/;
  const visit = async (path: string): Promise<void> => {
    for await (const { name, isDirectory } of Deno.readDir(path)) {
      if (isDirectory) await visit(`${path}/${name}`);
      else if (isStatus.test(name)) names.push(name);
    }
  };
  await visit(home.path);
  return names;
}

Deno.test("a report tells of every task, however it ended", async () => {
  const { home, options } = await makeUser();
  await using _home = home;
  const { code } = await dstream(
    ["run", "numbers", "broken", "--max", "20", "--report", "report.json"],
    options,
  );
  assertEquals(code, 1);
  const report = JSON.parse(await home.read("report.json"));
  assertEquals([report.version, report.exit_code], [1, 1]);
  const [numbers, broken] = report.tasks;
  assertEquals(
    [numbers.task, numbers.status, numbers.exit_code, numbers.error],
    ["numbers", "completed", 0, undefined],
  );
  assertEquals(
    [numbers.counters.acknowledged, numbers.counters.not_acknowledged],
    [20, 0],
  );
  // deno-lint-ignore no-explicit-any
  assertEquals(numbers.providers.map((p: any) => [p.provider, p.exits]), [
    ["counter", [{ code: 0 }]],
    ["console", [{ code: 0 }]],
  ]);
  assertEquals([broken.task, broken.status, broken.exit_code], [
    "broken",
    "failed",
    1,
  ]);
  assert(broken.error.message.includes("missing.jsonl"), broken.error.message);
});

Deno.test("a report names the tables that were seen", async () => {
  await using home = await TempFolder.make({
    "dstream.hcl": TABLES,
    "orders.csv": "id,name\n1,one\n",
  });
  const { code, stderr } = await dstream(
    ["run", "orders", "--report", "report.json"],
    { cwd: home.path },
  );
  assertEquals(code, 0, stderr);
  const { tasks: [task] } = JSON.parse(await home.read("report.json"));
  assertEquals(task.tables, ["orders"]);
});

Deno.test("a report that can't be written is refused before anything starts", async (t) => {
  const { home, options } = await makeUser();
  await using _home = home;
  await home.write("folder/x", "");
  const cases = [
    ["no/such/folder/report.json", "there is no such folder"],
    ["folder", "needs a file"],
  ];
  for (const [path, why] of cases) {
    await t.step(path, async () => {
      const { code, stdout, stderr } = await dstream(
        ["run", "numbers", "--report", path],
        options,
      );
      assertEquals([code, stdout], [2, ""]);
      assert(stderr.startsWith("error[usage.report_path]: "), stderr);
      assert(stderr.includes(why), stderr);
    });
  }
});
