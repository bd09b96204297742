/** Every command that only tells something: its output, word for word. */

import type { LoadOptions } from "../../core/config/load.ts";
import { DiagnosticsError, DstreamError } from "../../core/base/errors.ts";
import type {
  LifecycleOptions,
  LifecycleReport,
} from "../../core/pipeline/lifecycle.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { assertGolden } from "../support/golden.ts";
import { loadText } from "../support/load_text.ts";
import { TempFolder } from "../support/temp_folder.ts";
import { type CliOverrides, FakeCli, fakeStdin } from "./fake_cli.ts";
import { configuration, place, task } from "./fake_configuration.ts";

const PIPELINES = `
task "orders" {
  description = "Orders to tape"
  ack_timeout = "1m"
  input {
    provider = "ticker"
    config {
      interval = 10
      tables   = ["a", "b"]
    }
  }
  output {
    provider = "tape"
    args     = ["--fast"]
    env      = { REGION = "eu", TOKEN = env("TOKEN") }
    protocol = 2
    config {
      path     = "/dev/st0"
      password = "literal"
      url      = env("URL")
    }
  }
  dead_letter {
    provider = "tape"
    config {
      path = "/dev/st1"
    }
  }
}

task "customers" {
  input {
    provider_ref = "ghcr.io/katasec/dstream-in-mssql:v1.2.0"
  }
  output {
    provider = "taep"
  }
}
`;

const MISTAKES = `
task "orders" {
  input {
    provider = "ticker"
    config {
      intervall = 10
    }
  }
  output {
    provider = "tape"
    config {
      path = "/dev/st0"
      password = "open sesame"
      mode = "apend"
    }
  }
}

task "needs-a-key" {
  input {
    provider = "tape"
  }
  output {
    provider = "tape"
    config {
      path = "/dev/st0"
    }
  }
}
`;

/** The password is too weak for the toy; its line must not show it. */
const WEAK = `
task "orders" {
  input {
    provider = "ticker"
  }
  output {
    provider = "tape"
    config {
      path     = "/dev/st0"
      password = "weak"
    }
  }
}
`;

const env = { TOKEN: "hunter2", URL: "https://me:hunter2@example.com" };
const load = () => loadText(PIPELINES, { env });

async function golden(line: string, overrides: CliOverrides = { load }) {
  const cli = new FakeCli(overrides);
  const { code, stdout, stderr } = await cli.run(...line.split(" "));
  const name = line.replaceAll(/[^a-z0-9]+/gi, "_");
  const parts = [`$ dstream ${line}\n${stdout}`];
  if (stderr !== "") parts.push(`--- stderr\n${stderr}`);
  parts.push(`--- exit ${code}\n`);
  await assertGolden(`cli/commands/${name}.txt`, parts.join(""));
}

Deno.test("commands that tell something", async (t) => {
  const lines = [
    "list",
    "list --json",
    "show orders",
    "show orders --json",
    "provider list",
    "provider list --json",
    "provider inspect ticker",
    "provider inspect out-tape",
    "provider inspect in-tape --json",
    "version",
    "version --json",
    "--version",
  ];
  for (const line of lines) await t.step(line, () => golden(line));
});

Deno.test("list of an empty file says so", async () => {
  const cli = new FakeCli({ load: () => Promise.resolve(configuration([])) });
  assertEquals(await cli.run("list"), {
    code: 0,
    stdout: "",
    stderr: "no tasks in dstream.hcl\n",
  });
});

Deno.test("no secret is shown, whatever it is part of", async () => {
  for (const flags of [[], ["--json"]]) {
    const { stdout } = await new FakeCli({ load }).run(
      "show",
      "orders",
      ...flags,
    );
    assert(!/hunter2|literal|example\.com/.test(stdout), stdout);
  }
});

Deno.test("list and completion look past unset environment variables", async () => {
  const asked: LoadOptions[] = [];
  const watch = (options: LoadOptions) => {
    asked.push(options);
    return load();
  };
  await new FakeCli({ load: watch }).run("list");
  await new FakeCli({ load: watch }).run("complete", "--", "run", "");
  await new FakeCli({ load: watch }).run("validate");
  assertEquals(asked.map((o) => o.allowMissingEnv), [true, true, undefined]);
});

Deno.test("validate reports everything and starts nothing", async (t) => {
  const at = place(4, '    provider = "countr"', '"countr"');
  const broken = () =>
    Promise.reject(
      new DiagnosticsError([
        {
          severity: "error",
          code: "config.attribute_unknown",
          message: 'there is no attribute "typ"',
          at: place(2, '  typ = "providers"', "typ"),
          hint: 'did you mean "type"?',
        },
        {
          severity: "warning",
          code: "config.deprecated",
          message: "plugins are old",
          at,
        },
      ]),
    );
  const missing = () =>
    Promise.reject(
      new DstreamError("config.file_not_found", 'no file "dstream.hcl"'),
    );
  const good = () => Promise.resolve(configuration([task("orders")]));
  const cases: readonly [string, CliOverrides][] = [
    ["validate", { load: good }],
    ["validate --json", { load: good }],
    ["validate -c broken.hcl", { load: broken }],
    ["validate -c broken.hcl --json", { load: broken }],
    ["validate -c missing.hcl", { load: missing }],
    ["validate -c providers.hcl", { load }],
    ["validate -c mistakes.hcl", {
      load: () => loadText(MISTAKES),
    }],
    ["validate -c weak.hcl", { load: () => loadText(WEAK) }],
  ];
  for (const [line, overrides] of cases) {
    await t.step(line, () => golden(line, overrides));
  }
});

const report: LifecycleReport = {
  hasFailed: false,
  items: [
    { kind: "text", text: "checked the broker" },
    {
      kind: "changes",
      changes: [
        { action: "create", type: "topic", name: "db.dbo.orders.events" },
        { action: "update", type: "topic", name: "items" },
        { action: "delete", type: "queue", name: "old" },
        { action: "none", type: "subscription", name: "sub1" },
      ],
    },
    {
      kind: "resources",
      status: "Success",
      message: "2 resources",
      resources: [
        { type: "topic", name: "orders", state: "Active", messages: 12 },
        { type: "queue", name: "dead-letters", state: "Active", lag: null },
      ],
    },
  ],
};

Deno.test("lifecycle commands draw what the provider reports", async (t) => {
  const runLifecycle = () => Promise.resolve(report);
  const failing = () =>
    Promise.resolve<LifecycleReport>({
      hasFailed: true,
      items: [{
        kind: "resources",
        resources: [],
        status: "Failed",
        error: "no rights",
      }],
    });
  const cases: readonly [string, CliOverrides][] = [
    ["init orders", { load, runLifecycle }],
    ["plan orders", { load, runLifecycle }],
    ["plan orders --input", { load, runLifecycle }],
    ["plan orders --json", { load, runLifecycle }],
    ["plan customers", {
      load: () => loadText(WEAK.replace('"orders"', '"customers"')),
      runLifecycle: () =>
        Promise.resolve<LifecycleReport>({
          items: [{ kind: "changes", changes: [] }],
          hasFailed: false,
        }),
    }],
    ["status orders", { load, runLifecycle: failing }],
    ["destroy orders --yes", { load, runLifecycle }],
    ["init nothing", { load, runLifecycle }],
  ];
  for (const [line, overrides] of cases) {
    await t.step(line, () => golden(line, overrides));
  }
});

Deno.test("--input asks the input too: after the output, destroyed before it", async () => {
  const asked: string[] = [];
  const runLifecycle = ({ command, block }: LifecycleOptions) => {
    asked.push(`${command} ${block.side}`);
    return Promise.resolve({ items: [], hasFailed: false });
  };
  await new FakeCli({ load, runLifecycle }).run("init", "orders");
  await new FakeCli({ load, runLifecycle }).run("init", "orders", "--input");
  await new FakeCli({ load, runLifecycle })
    .run("destroy", "orders", "--input", "-y");
  assertEquals(asked, [
    "init output",
    "init output",
    "init input",
    "destroy input",
    "destroy output",
  ]);
});

Deno.test("state: what an input left is shown, set and forgotten", async () => {
  await using folder = await TempFolder.make();
  const load = () =>
    Promise.resolve({
      ...configuration([task("orders"), task("items")]),
      folder: folder.path,
    });
  const state = (...words: string[]) =>
    new FakeCli({ load }).run("state", ...words);
  assertEquals((await state("list")).stderr, "no task has a state\n");
  assertEquals(
    (await state("view", "orders")).stderr,
    'task "orders" has no state\n',
  );
  assertEquals((await state("set", "orders", '{"n":1.00}')).code, 0);
  await assertGolden("cli/state/list.txt", (await state("list")).stdout);
  await assertGolden(
    "cli/state/list.json",
    (await state("list", "--json")).stdout,
  );
  await assertGolden(
    "cli/state/view.json",
    (await state("view", "orders")).stdout,
  );
  assertEquals((await state("clear", "orders")).code, 0);
  assertEquals((await state("list")).stderr, "no task has a state\n");
});

Deno.test("destroy goes on only when the task's name is typed", async () => {
  const answers: readonly [string | undefined, number][] = [
    ["orders", 0],
    [" orders ", 0],
    ["yes", 2],
    ["", 2],
    [undefined, 2],
  ];
  for (const [answer, expected] of answers) {
    let isAsked = false;
    const cli = new FakeCli({
      load,
      runLifecycle: () => {
        isAsked = true;
        return Promise.resolve(report);
      },
      stdin: fakeStdin(answer ?? "", true),
    });
    const { code, stderr } = await cli.run("destroy", "orders");
    assertEquals([code, isAsked], [expected, expected === 0]);
    assert(
      stderr.startsWith('This removes what init created for task "orders"'),
    );
  }
});

Deno.test("provider exec hands everything after the name to the provider", async () => {
  const cli = new FakeCli();
  // The toy's exit status is the number of its arguments.
  assertEquals(
    (await cli.run("-l", "debug", "provider", "exec", "ticker", "spec", "--x"))
      .code,
    2,
  );
});

Deno.test("what nobody reads any more ends quietly", async () => {
  const cli = new FakeCli({ load });
  cli.stdout.isClosed = true;
  const { code, stderr } = await cli.run("list");
  assertEquals({ code, stderr }, { code: 141, stderr: "" });
});
