/** `dstream ps` and `dstream top`, over status files made by hand. */

import { stripVTControlCharacters } from "node:util";
import { currentUser } from "../../core/observe/run_folder.ts";
import { toRunStatus } from "../../core/observe/run_status.ts";
import type { RunSample } from "../../core/observe/sample.ts";
import { StatusFile } from "../../core/observe/status_file.ts";
import { FakeCli } from "../cli/fake_cli.ts";
import { counters } from "../cli/fake_cli.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { settle } from "../support/fake_clock.ts";
import { TempFolder } from "../support/temp_folder.ts";
import { NEW_YEAR_MS, runSample, taskSample } from "./samples.ts";

/** As old as the fake clock is young. */
function run(home: string, more: Partial<RunSample> = {}): RunSample {
  const sample = runSample(
    taskSample({ lag: 5000 }),
    taskSample({
      task: "to\x1b[2Jtape",
      durationMs: 3_600_000,
      counters: counters({ readEnvelopes: 1_234_567, isWindowFull: true }),
    }),
    taskSample({ task: "done", state: "completed", inFlight: 0 }),
  );
  const config = `${home}/shop/dstream.hcl`;
  return { ...sample, pid: Deno.pid, config, nowMs: NEW_YEAR_MS, ...more };
}

/** A command line whose user has one run, as the sample says. */
async function withRun(home: TempFolder, sample: RunSample) {
  const env = { HOME: home.path };
  const file = await StatusFile.open(currentUser("linux", env), Deno.pid);
  await file!.write(toRunStatus(sample));
  return { env, file: file! };
}

/** Process ids differ in length. */
function masked(text: string): string {
  return text.replaceAll(String(Deno.pid).padEnd(3), "PID").replace(/ +/g, " ");
}

Deno.test("ps lists tasks with what they do", async () => {
  await using home = await TempFolder.make();
  const { env, file } = await withRun(home, run(home.path));
  await using _file = file;
  const { code, stdout, stderr } = await new FakeCli({ env }).run("ps");
  assertEquals([code, stderr], [0, ""]);
  assertEquals(masked(stdout).split("\n"), [
    "PID TASK STATUS ENVELOPES RATE IN FLIGHT UPTIME CONFIG",
    "PID orders running 1,200 1,234/s 50 1 min 30 s ~/shop/dstream.hcl",
    "PID totape waiting for output 1,234,567 1,234/s 50 1 h 00 min ~/shop/dstream.hcl",
    "PID done completed 1,200 0/s 0 1 min 30 s ~/shop/dstream.hcl",
    "",
  ]);
});

Deno.test("ps --json prints statuses as they are", async () => {
  await using home = await TempFolder.make();
  const sample = run(home.path);
  const { env, file } = await withRun(home, sample);
  await using _file = file;
  const { stdout } = await new FakeCli({ env }).run("ps", "--json");
  const expected = JSON.parse(JSON.stringify([toRunStatus(sample)]));
  assertEquals(JSON.parse(stdout), expected);
});

Deno.test("ps tells of a run that has stopped telling", async () => {
  await using home = await TempFolder.make();
  const { env, file } = await withRun(
    home,
    run(home.path, { nowMs: NEW_YEAR_MS - 12_000 }),
  );
  await using _file = file;
  const { stdout } = await new FakeCli({ env }).run("ps");
  assertEquals(stdout.match(/silent for 12\.0 s/g)?.length, 3);
});

Deno.test("where nothing runs, ps says so and prints no JSON but a list", async () => {
  await using home = await TempFolder.make();
  const env = { HOME: home.path };
  assertEquals(await new FakeCli({ env }).run("ps"), {
    code: 0,
    stdout: "",
    stderr: "no task is running\n",
  });
  assertEquals((await new FakeCli({ env }).run("ps", "--json")).stdout, "[]\n");
  assertEquals((await new FakeCli({ env: {} }).run("ps", "--json")).code, 0);
});

Deno.test("top prints once into a pipe", async () => {
  await using home = await TempFolder.make();
  const { env, file } = await withRun(home, run(home.path));
  await using _file = file;
  const { code, stdout } = await new FakeCli({ env }).run("top");
  assertEquals(code, 0);
  assertEquals(
    masked(stdout).split("\n").slice(0, 2),
    [
      "PID TASK STATUS ENVELOPES RATE IN FLIGHT BYTES/S LAG RESTARTS UPTIME CONFIG",
      "PID orders running 1,200 1,234/s 50 5.2 MB 5,000 0 1 min 30 s ~/shop/dstream.hcl",
    ],
  );
});

/** A terminal on which a test presses keys. */
function terminal(env: Record<string, string>) {
  const keyboard = { press: (_key: string) => {}, isRaw: false };
  const cli = new FakeCli({
    env,
    stdin: {
      isTerminal: true,
      readLine: () => Promise.resolve(undefined),
      readAll: () => Promise.resolve(""),
      onKey(listener) {
        Object.assign(keyboard, { press: listener, isRaw: true });
        return () => keyboard.isRaw = false;
      },
    },
  });
  cli.stdout.isTerminal = true;
  cli.stdout.width = 60;
  return { cli, keyboard };
}

/** Files are read for real: wait until the page is drawn and time is awaited. */
async function untilAsleep({ clock }: FakeCli, sleeps: number): Promise<void> {
  while (clock.slept.length < sleeps || clock.sleeping === 0) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    await settle();
  }
}

Deno.test("top draws again every second until q, Ctrl+C or a signal", async (t) => {
  const ends: [string, (t: ReturnType<typeof terminal>) => void][] = [
    ["q", ({ keyboard }) => keyboard.press("q")],
    ["Ctrl+C", ({ keyboard }) => keyboard.press("\x03")],
    ["SIGTERM", ({ cli }) => cli.signals.send("SIGTERM")],
  ];
  for (const [name, end] of ends) {
    await t.step(name, async () => {
      await using home = await TempFolder.make();
      const { env, file } = await withRun(home, run(home.path));
      const top = terminal(env);
      const running = top.cli.run("top");
      await untilAsleep(top.cli, 1);
      assert(top.keyboard.isRaw);
      await file[Symbol.asyncDispose]();
      await top.cli.clock.advance(1000);
      await untilAsleep(top.cli, 2);
      top.keyboard.press("x"); // means nothing
      end(top);
      const { code, stdout } = await running;
      assertEquals(code, 0);
      const [before, first, second, ...more] = stdout.split("\x1b[H");
      assertEquals(more, []);
      assertEquals(before, "\x1b[?1049h\x1b[?25l");
      assert(first.includes("orders"), first);
      assert(first.includes("\x1b[1mPID"), "headings are bold");
      assert(second.includes("no task is running"), second);
      assert(stdout.endsWith("\x1b[J\x1b[?25h\x1b[?1049l"));
      assert(!top.keyboard.isRaw);
      assertEquals(top.cli.signals.listeners.size, 0);
    });
  }
});

Deno.test("top keeps to the terminal's size and to NO_COLOR", async () => {
  await using home = await TempFolder.make();
  const { env, file } = await withRun(home, run(home.path));
  await using _file = file;
  const { cli, keyboard } = terminal({ ...env, NO_COLOR: "1" });
  Object.assign(cli.stdout, { rows: () => 4 });
  const running = cli.run("top");
  await untilAsleep(cli, 1);
  keyboard.press("q");
  const { stdout } = await running;
  // deno-lint-ignore no-control-regex
  assert(!/\x1b\[\d*m/.test(stdout));
  const page = stdout.slice(stdout.indexOf("\x1b[H"));
  const lines = page.split("\r\n");
  assertEquals(lines.length, 3, "4 rows, of which one stays free");
  const widths = lines.map((line) => stripVTControlCharacters(line).length);
  assert(widths.every((width) => width <= 59), String(widths));
});
