/** Help pages and wrong command lines, word for word. */

import { assert, assertEquals } from "../support/assert.ts";
import { assertGolden } from "../support/golden.ts";
import { FakeCli } from "./fake_cli.ts";
import { block, builtin, configuration, task } from "./fake_configuration.ts";

Deno.test("every help page, as users read it", async (t) => {
  const commands = [
    [],
    ["run"],
    ["ingester"],
    ["router"],
    ["server"],
    ["list"],
    ["show"],
    ["state"],
    ["state", "list"],
    ["state", "view"],
    ["state", "set"],
    ["state", "clear"],
    ["dead-letter"],
    ["dead-letter", "list"],
    ["dead-letter", "show"],
    ["dead-letter", "replay"],
    ["dead-letter", "clear"],
    ["init"],
    ["plan"],
    ["status"],
    ["destroy"],
    ["validate"],
    ["provider"],
    ["provider", "list"],
    ["provider", "inspect"],
    ["provider", "exec"],
    ["provider", "test"],
    ["provider", "new"],
    ["completions"],
    ["version"],
  ];
  for (const words of commands) {
    await t.step(["dstream", ...words].join(" "), async () => {
      const { code, stdout, stderr } = await new FakeCli()
        .run(...words, "--help");
      assertEquals({ code, stderr }, { code: 0, stderr: "" });
      await assertGolden(
        `cli/help/${words.join("_") || "dstream"}.txt`,
        stdout,
      );
    });
  }
});

Deno.test("`help run` is `run --help`", async () => {
  const [a, b] = [new FakeCli(), new FakeCli()];
  assertEquals(await a.run("help", "run"), await b.run("run", "--help"));
});

Deno.test("a wrong command line is refused with what to do, status 2", async (t) => {
  const lines = [
    "rnu orders",
    "run",
    "run --all orders",
    "run orders --dryrun",
    "run --max",
    "run orders --max 0",
    "run orders --max 1.5",
    "run orders --timeout soon",
    "run oders",
    "run nothing-like-it",
    "show",
    "show orders customers",
    "-l inf list",
    "list --log-level verbose",
    "list --log-format xml",
    "list --var topic",
    "list --env-file missing.env",
    "provider",
    "provider inspekt",
    "provider inspect tiker",
    "provider inspect tape",
    "provider exec in_tikcer",
    "completions",
    "completions tcsh",
    "destroy orders",
    "state set orders {",
  ];
  for (const line of lines) {
    await t.step(line, async () => {
      const cli = new FakeCli({
        load: () =>
          Promise.resolve(configuration([task("orders"), task("customers")])),
      });
      const { code, stdout, stderr } = await cli.run(...line.split(" "));
      assertEquals({ code, stdout }, { code: 2, stdout: "" });
      const name = line.replaceAll(/[^a-z0-9]+/gi, "_").replace(/^_/, "");
      await assertGolden(
        `cli/usage/${name}.txt`,
        `$ dstream ${line}\n${stderr}`,
      );
    });
  }
});

Deno.test("an unknown level in DSTREAM_LOG_LEVEL is refused as on the command line", async () => {
  const cli = new FakeCli({
    env: { DSTREAM_LOG_LEVEL: "debig" },
    load: () => Promise.resolve(configuration([task("orders")])),
  });
  const { code, stderr } = await cli.run("run", "orders");
  assertEquals(code, 2);
  assertEquals(
    stderr,
    'error[usage.log_level]: there is no log level "debig"\n' +
      '  hint: did you mean "debug"? choose from debug, info, warn, error\n',
  );
});

Deno.test("with --log-format json an error is one JSON object", async () => {
  const cli = new FakeCli({
    load: () => Promise.resolve(configuration([task("orders")])),
  });
  const { stderr } = await cli.run("-f", "json", "show", "oders");
  const { time, ...said } = JSON.parse(stderr);
  assert(!Number.isNaN(Date.parse(time)), time);
  assertEquals(said, {
    level: "error",
    code: "usage.task_unknown",
    message: 'there is no task "oders" in dstream.hcl',
    hint: 'did you mean "orders"? the only task is orders',
  });
});

Deno.test("with --log-format json several problems are several objects", async () => {
  const cli = new FakeCli({
    load: () =>
      Promise.resolve(
        configuration([
          task("orders", {
            inputs: [block("input", builtin("tickr"))],
            outputs: [block("output", builtin("taep"))],
          }),
        ]),
      ),
  });
  const { stderr } = await cli.run("run", "orders", "-f", "json");
  const said = stderr.trim().split("\n").map((line) => {
    const { time: _time, ...rest } = JSON.parse(line);
    return rest;
  });
  assertEquals(said, [
    {
      level: "error",
      code: "config.provider_unknown",
      message: 'there is no built-in provider "tickr"',
      hint: 'did you mean "ticker"? `dstream provider list` shows all',
      at: { file: "dstream.hcl", line: 3, column: 16 },
    },
    {
      level: "error",
      code: "config.provider_unknown",
      message: 'there is no built-in provider "taep"',
      hint: 'did you mean "tape"? `dstream provider list` shows all',
      at: { file: "dstream.hcl", line: 7, column: 16 },
    },
  ]);
});

Deno.test("a mistake in dstream itself is one line without a stack trace", async () => {
  const cli = new FakeCli({
    load: () => Promise.reject(new TypeError("x is undefined\n  at y.ts:1")),
  });
  const { code, stderr } = await cli.run("list");
  assertEquals(code, 1);
  await assertGolden("cli/usage/bug.txt", stderr);
  const debugging = new FakeCli(cli.overrides);
  const debug = await debugging.run("list", "-l", "debug");
  assertEquals(debug.stderr.startsWith(`${stderr}TypeError: x is`), true);
});
