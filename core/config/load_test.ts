import { join } from "node:path";
import {
  assert,
  assertEquals,
  assertRejects,
} from "../../tests/support/assert.ts";
import {
  diagnosticsOf,
  loadText as loaded,
  problemsOf as problems,
} from "../../tests/support/load_text.ts";
import { ConfigurationError } from "./configuration_error.ts";
import type { LoadOptions } from "./load.ts";
import { parseConstraints, satisfies } from "../base/version.ts";

const SIDES = `
  input {
    provider = "counter"
  }
  output {
    provider = "console"
  }
`;

function task(body: string, name = "t"): string {
  return `task "${name}" {${SIDES}${body}\n}\n`;
}

Deno.test("a task has the defaults the documentation names", async () => {
  const { tasks, folder } = await loaded(task(""));
  const { inputs: [input], at: _, outputs: __, ...rest } = tasks.get("t")!;
  assertEquals(rest, {
    name: "t",
    type: "providers",
    transforms: [],
    restart: {},
    shutdownGraceMs: 10_000,
    maxLineBytes: 16 * 1024 * 1024,
    delivery: { windowBytes: 32 * 1024 * 1024, windowEnvelopes: 100_000 },
    statePath: join(folder, ".dstream", "state", "t.json"),
  });
  const { config, at: ___, sourceAt, ...block } = input;
  assertEquals([config.json(), sourceAt.column], ["{}", 16]);
  assertEquals(block, {
    side: "input",
    source: { kind: "builtin", name: "counter" },
    args: [],
    env: {},
    readyTimeoutMs: 30_000,
    stdinGraceMs: 1000,
    silentOutputWaitMs: 2000,
    strayLines: "drop",
    restart: {},
  });
});

Deno.test("secrets are known and never shown", async () => {
  const { tasks, secrets } = await loaded(
    `task "t" {
      input {
        provider = "x"
        config {
          a = env("PW")
          b = "u:{{ env "PW" }}"
          c = "plain"
        }
      }
      output { provider = "y" }
    }`,
    { env: { PW: 'se"cret' } },
  );
  const { config } = tasks.get("t")!.inputs[0];
  assertEquals(
    config.json(),
    '{"a":"se\\"cret","b":"u:se\\"cret","c":"plain"}',
  );
  assertEquals(
    config.redactedJson(),
    '{"a":"(sensitive)","b":"(sensitive)","c":"plain"}',
  );
  for (const text of ['se"cret', 'se\\"cret', 'u:se"cret']) {
    assert(secrets.has(text), text);
  }
});

Deno.test("only the tasks asked for are evaluated", async () => {
  const text = `${task("")}
task "other" {
  input {
    provider = env("NO")
    config { a = "{{ env "NO" }}" }
  }
  output { provider = "console" }
}`;
  const { tasks, taskNames } = await loaded(text, { tasks: ["t"] });
  assertEquals([[...tasks.keys()], taskNames], [["t"], ["t", "other"]]);
  assertEquals(await problems(text), [
    '13: env(): the environment variable "NO" is not set',
    '14: the environment variable "NO" is not set',
  ]);
});

Deno.test("tasks that are whole come with the error", async () => {
  const text = `${task("")}\n${task("typo = 1", "other")}\nroot = 1\n`;
  try {
    await loaded(text);
    assert(false, "it loads");
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    assertEquals([...error.partial.tasks.keys()], ["t", "other"]);
  }
});

Deno.test("values for variables: the strongest wins", async (t) => {
  const text = `variable "a" {
  type    = string
  default = "default"
}
${task("").replace('"counter"', '"counter"\n    config {\n a = var.a\n }')}`;
  const layers = [
    ["the default", {}, {}],
    ["the file read by itself", { "dstream.auto.hclvars": 'a = "auto"' }, {}],
    ["a file asked for", { "x.hclvars": 'a = "file"' }, {
      variableFiles: ["x.hclvars"],
    }],
    ["the later file", { "y.hclvars": 'a = "later"' }, {
      variableFiles: ["x.hclvars", "y.hclvars"],
    }],
    ["the environment", {}, { env: { DSTREAM_VAR_a: "env" } }],
    ["the flag", {}, { variables: { a: "flag" } }],
  ] as const;
  const expected = ["default", "auto", "file", "later", "env", "flag"];
  let files: Record<string, string> = { "dstream.hcl": text };
  let options: Partial<LoadOptions> = {};
  for (const [index, [name, file, option]] of layers.entries()) {
    files = { ...files, ...file };
    options = { ...options, ...option };
    await t.step(name, async () => {
      const { tasks } = await loaded(files, options);
      const json = tasks.get("t")!.inputs[0].config.json();
      assertEquals(json, `{"a":"${expected[index]}"}`);
    });
  }
});

Deno.test("what isn't there or can't be read says so", async (t) => {
  const cases = [
    ["no file", { "dsteam.hcl": "" }, {}, "config.file_not_found"],
    ["no file of variables", { "dstream.hcl": "" }, {
      variableFiles: ["none.hclvars"],
    }, "config.file_not_found"],
    [
      "an empty folder",
      { ".hidden.hcl": "" },
      { path: "." },
      "config.file_not_found",
    ],
  ] as const;
  for (const [name, files, options, code] of cases) {
    await t.step(name, async () => {
      const error = await assertRejects(() => loaded(files, options), code);
      assert(!error.message.includes("/"), error.message);
    });
  }
  await t.step("the nearest name", async () => {
    const files = { "dsteam.hcl": "" };
    const error = await assertRejects(
      () => loaded(files),
      "config.file_not_found",
    );
    assertEquals(
      error.hint,
      'did you mean "dsteam.hcl"? that folder has dsteam.hcl',
    );
  });
});

Deno.test("a key is located where it was set, whatever its spelling", async (t) => {
  const { tasks } = await loaded(`locals {
  tables = ["dbo.orders"]
}
task "t" {
  input {
    provider = "x"
    config {
      max_count = 5
      tables    = local.tables
      lock {
        type = "none"
      }
      table { name = "a" }
      table { name = "b" }
    }
  }
  output {
    provider = "y"
  }
}`);
  const { config } = tasks.get("t")!.inputs[0];
  const cases = [
    ["config.max_count", 8, 19],
    ["max_count", 8, 19],
    ["config.maxCount", 8, 19],
    ["tables", 9, 19],
    ["tables[0]", 2, 13],
    ["lock.type", 11, 16],
    ["lock.type.deeper", 11, 16],
    ["lock", 10, 7],
    ["table[1].name", 14, 22],
    ["lock.none", 10, 7],
  ] as const;
  for (const [path, line, column] of cases) {
    await t.step(path, () => {
      const at = config.locate(path);
      assertEquals([at?.line, at?.column], [line, column]);
    });
  }
  await t.step("unknown", () => {
    assertEquals(config.locate("none"), undefined);
  });
  await t.step("keys", () => {
    const lines = [...config.keys()].map(([key, at]) => `${key}:${at.line}`);
    assertEquals(lines, ["max_count:8", "tables:9", "lock:10", "table:13"]);
  });
});

Deno.test("no problem shows a secret", async (t) => {
  const cases = [
    ["a literal called sensitive", 'a = tonumber(sensitive("hunter2x"))', {}],
    ["from the environment", 'a = tonumber(env("PW"))', { PW: "hunter2x" }],
    ["from a template", 'a = tonumber("{{ env "PW" }}")', { PW: "hunter2x" }],
    ["inside an interpolation", 'a = 1 + "${env("PW")}"', { PW: "hunter2x" }],
  ] as const;
  for (const [name, line, env] of cases) {
    await t.step(name, async () => {
      const text = task("").replace(
        '"counter"',
        `"counter"\n config {\n${line}\n }`,
      );
      const found = await diagnosticsOf(text, { env });
      assertEquals(found.length, 1);
      assert(
        !JSON.stringify(found).includes("hunter2x"),
        JSON.stringify(found),
      );
    });
  }
  await t.step("the default of a sensitive variable", async () => {
    const found = await diagnosticsOf(`variable "pw" {
  default = tonumber("hunter2x")
  sensitive = true
}
variable "pin" {
  type = number
  default = "hunter2x"
  sensitive = true
}`);
    const texts = found.filter((d) => d.at?.line !== 2).map((d) => d.message);
    assertEquals(texts, [
      'variable "pin": a number is required, got a sensitive value',
    ]);
  });
});

Deno.test("required_version is compared as versions are", () => {
  const cases = [
    [">= 0.1", "0.1.0", true],
    [">= 0.2", "0.1.9", false],
    ["~> 0.1", "0.9.0", true],
    ["~> 0.1", "1.0.0", false],
    ["~> 0.1.2", "0.1.9", true],
    ["~> 0.1.2", "0.2.0", false],
    ["0.1.0", "0.1.0-rc.1", true],
    ["= 0.1", "0.1.0", true],
    ["!= 0.1", "0.1.0", false],
    ["> 0.1, < 1", "0.10.0", true],
    ["<= 0.9", "0.10.0", false],
  ] as const;
  for (const [text, version, expected] of cases) {
    const constraints = parseConstraints(text)!;
    assertEquals(
      satisfies(version, constraints),
      expected,
      `${version} ${text}`,
    );
  }
  for (const text of ["", "newest", ">= x", "=> 1", "1.2.3.4"]) {
    assertEquals(parseConstraints(text), undefined, text);
  }
});
