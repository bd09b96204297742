/** `dstream ingester`, `router`, `server`, and what other commands say of them. */

import type { LoadOptions } from "../../core/config/load.ts";
import { load as loadFiles } from "../../core/config/load.ts";
import { DstreamError } from "../../core/base/errors.ts";
import type { LifecycleOptions } from "../../core/pipeline/lifecycle.ts";
import type { RunTaskOptions } from "../../core/pipeline/run.ts";
import { builtIns } from "../../providers/mod.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { assertGolden } from "../support/golden.ts";
import { TempFolder } from "../support/temp_folder.ts";
import {
  type CliOverrides,
  type CliResult,
  FakeCli,
  outcome,
} from "./fake_cli.ts";

const SEED = new URL("../config/good/seed_ingester.hcl", import.meta.url);
const env = {
  DSTREAM_DB_CONNECTION_STRING:
    "sqlserver://sa:hunter2@db.example.com:1433?database=TestDB",
  DSTREAM_INGEST_CONNECTION_STRING:
    "Endpoint=sb://in;SharedAccessKeyName=a;SharedAccessKey=hunter2",
  DSTREAM_BLOB_CONNECTION_STRING: "AccountName=a;AccountKey=hunter2",
  DSTREAM_PUBLISHER_CONNECTION_STRING:
    "Endpoint=sb://out;SharedAccessKeyName=a;SharedAccessKey=hunter2",
};

/** What one command line did, and started. */
interface Ran extends CliResult {
  readonly runs: readonly RunTaskOptions[];
  readonly inits: readonly LifecycleOptions[];
}

async function run(
  words: readonly string[],
  text: string,
  overrides: CliOverrides = {},
): Promise<Ran> {
  await using folder = await TempFolder.make({ "dstream.hcl": text });
  const runs: RunTaskOptions[] = [];
  const inits: LifecycleOptions[] = [];
  const cli = new FakeCli({
    builtIns,
    env,
    cwd: folder.path,
    load: (options: LoadOptions) => loadFiles(options),
    onRun: (options) => {
      runs.push(options);
      return Promise.resolve(outcome());
    },
    runLifecycle: (options) => {
      inits.push(options);
      const { source } = options.block;
      const name = source.kind === "builtin" ? source.name : "?";
      const changes = [
        {
          action: "create",
          type: "queue",
          name: `${options.task.name}-${name}`,
        },
      ];
      return Promise.resolve({
        items: [{ kind: "changes", changes }],
        hasFailed: false,
      });
    },
    ...overrides,
  });
  return { ...await cli.run(...words), runs, inits };
}

const seed = await Deno.readTextFile(SEED);

Deno.test("each command runs its tasks, after queue and topics are made", async (t) => {
  const cases: readonly [string, readonly string[]][] = [
    ["ingester", ["ingester"]],
    ["router", ["router"]],
    ["server", ["ingester", "router"]],
  ];
  for (const [command, tasks] of cases) {
    await t.step(command, async () => {
      const { code, runs, inits, stderr } = await run([command], seed);
      assertEquals(code, 0);
      assertEquals(runs.map(({ task }) => task.name), tasks);
      // An ingester looks at its tables first.
      const looks = tasks.filter((name) => name === "ingester").map(() =>
        "plan"
      );
      const expected = [...looks, "init", "init"];
      assertEquals(inits.map(({ command }) => command), expected);
      const made = inits.slice(looks.length)
        .map(({ block }) => JSON.parse(block.config.json()));
      assertEquals(made.map(({ queue, topic }) => queue ?? topic), [
        "ingest-queue",
        "{metadata.Destination}",
      ]);
      assert(stderr.includes("made queue ingester-servicebus"), stderr);
      assert(!stderr.includes("hunter2"), stderr);
    });
  }
});

Deno.test("tables that the ingester can't see end it before anything is made", async () => {
  const asked: string[] = [];
  const { code, stderr, runs } = await run(["ingester"], seed, {
    runLifecycle: ({ command, block }: LifecycleOptions) => {
      asked.push(`${command} ${block.side}`);
      const error = "there is no table dbo.Persons";
      const items = [{ kind: "status", status: "Failed", error }] as const;
      return Promise.resolve({ items: [...items], hasFailed: true } as never);
    },
  });
  assertEquals([code, runs.length, asked], [1, 0, ["plan input"]]);
  assert.match(
    stderr,
    /the ingester can't see its tables: [^]*nothing was made/,
  );
});

Deno.test("with --no-init nothing is made", async () => {
  const { code, runs, inits } = await run(["server", "--no-init"], seed);
  assertEquals([code, runs.length, inits.length], [0, 2, 0]);
});

Deno.test("plan, init, status and destroy take their names too", async () => {
  const cases: readonly [string, string][] = [
    ["plan router", "{metadata.Destination}"],
    ["init ingester", "ingest-queue"],
    ["status ingester", "ingest-queue"],
    ["destroy router --yes", "{metadata.Destination}"],
  ];
  for (const [line, expected] of cases) {
    const { code, inits, stderr } = await run(line.split(" "), seed);
    assertEquals(code, 0, stderr);
    const [{ command, block }] = inits;
    assertEquals(command, line.split(" ")[0]);
    const { queue, topic } = JSON.parse(block.config.json());
    assertEquals(queue ?? topic, expected);
  }
});

Deno.test("a refused right ends it with what else can be done", async () => {
  const { code, stderr } = await run(["router"], seed, {
    runLifecycle: () =>
      Promise.reject(
        new DstreamError("provider.failed", "may not manage the namespace"),
      ),
  });
  assertEquals(code, 1);
  assert(stderr.includes("may not manage the namespace"), stderr);
  assert(stderr.includes("hint: with --no-init nothing is made"), stderr);
});

Deno.test("a signal while queue and topics are made ends it as a run", async () => {
  const cli: FakeCli[] = [];
  await using folder = await TempFolder.make({ "dstream.hcl": seed });
  const one = new FakeCli({
    builtIns,
    env,
    cwd: folder.path,
    runLifecycle: () => {
      cli[0].signals.send("SIGTERM");
      return Promise.reject(new DstreamError("run.stopped", "stopped"));
    },
  });
  cli.push(one);
  const { code, stderr } = await one.run("ingester");
  assertEquals([code, stderr], [143, ""]);
});

Deno.test("what can't be made ends it before anything runs", async () => {
  const { code, runs, stderr } = await run(["ingester"], seed, {
    runLifecycle: ({ command }: LifecycleOptions) =>
      Promise.resolve({ items: [], hasFailed: command === "init" }),
  });
  assertEquals([code, runs.length], [1, 0]);
  assert(stderr.includes("family.init_failed"), stderr);
  assert(stderr.includes("--no-init"), stderr);
});

Deno.test("other tasks' unset variables don't matter", async () => {
  const other = `${seed}
task "other" {
  input {
    provider = "counter"
    config {
      interval = env("NOBODY_HAS_SET_THIS")
    }
  }
  output {
    provider = "null"
  }
}
`;
  assertEquals((await run(["ingester"], other)).code, 0);
});

Deno.test("server stops one when the other has failed", async () => {
  const failed: string[] = [];
  const { code } = await run(["server"], seed, {
    onRun: async ({ task, onStop }) => {
      if (task.name === "router") return outcome({ status: "failed" });
      await new Promise<void>((resolve) => onStop(() => resolve()));
      failed.push(task.name);
      return outcome({ status: "stopped" });
    },
  });
  assertEquals([code, failed], [1, ["ingester"]]);
});

async function golden(name: string, ran: CliResult, line: string) {
  const parts = [`$ dstream ${line}\n${ran.stdout}`];
  if (ran.stderr !== "") parts.push(`--- stderr\n${ran.stderr}`);
  parts.push(`--- exit ${ran.code}\n`);
  await assertGolden(`cli/server/${name}.txt`, parts.join(""));
}

const MISTAKES = `ingester {
  db_connection_string = "Server=tcp:db,1433;User ID=sa;Password=hunter2"
  poll_interval        = "5s"
  queue {
    type = "servicebuss"
    name = "ingest-queue"
  }
  tables = ["Persons"]
}

publisher {
  sauce {
    type = "azure_service_bus"
  }
}
`;

/** The blocks are fine by themselves; what they become isn't. */
const DEEPER = `ingester {
  db_connection_string = "Server=tcp:db,1433;User ID=sa;Password=hunter2"
  poll_interval_defaults {
    poll_interval = "5s"
  }
  queue {
    type              = "servicebus"
    name              = "ingest-queue"
    connection_string = "Endpoint=sb://b"
  }
  locks {
    type = "azure_blob"
  }
  tables = ["Persons", "sales.*", "dbo.Persons"]
  tables_overrides {
    overrides {
      table_name = "Person"
    }
  }
  config {
    snapshott = "initial"
  }
}
`;

Deno.test("what users read", async (t) => {
  const cases: readonly [string, string, string][] = [
    ["show_ingester", "show ingester", seed],
    ["show_router", "show router", seed],
    ["validate", "validate", seed],
    ["mistakes", "validate", MISTAKES],
    ["deeper", "validate", DEEPER],
    ["no_block", "ingester", "locals {\n  a = 1\n}\n"],
    ["nothing_to_route", "router", seed.replace('"servicebus"', '"console"')],
    [
      "taken_name",
      "validate",
      `${seed}
task "router" {
  input {
    provider = "counter"
  }
  output {
    provider = "null"
  }
}
`,
    ],
  ];
  for (const [name, line, text] of cases) {
    await t.step(name, async () => {
      const ran = await run(line.split(" "), text);
      assert(!/hunter2/.test(ran.stdout + ran.stderr), ran.stderr);
      await golden(name, ran, line);
    });
  }
});

Deno.test("a task that is called ingester is shown as any other", async () => {
  const text = `task "ingester" {
  input {
    provider = "counter"
  }
  output {
    provider = "null"
  }
}
`;
  const { code, stdout } = await run(["show", "ingester"], text);
  assertEquals(code, 0);
  assert(stdout.includes('provider = "counter"'), stdout);
});
