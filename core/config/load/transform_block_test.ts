import { assert, assertEquals } from "../../../tests/support/assert.ts";
import { loadText, problemsOf } from "../../../tests/support/load_text.ts";
import type { Location } from "../../base/errors.ts";
import type { TransformStep } from "../task.ts";

/** A task around transform blocks. */
function taskWith(transforms: string): string {
  return `
locals {
  limit = 10
  cond  = "data.local > 1"
}
task "t" {
  input {
    provider = "counter"
  }
${transforms}
  output {
    provider = "console"
  }
}
`;
}

async function stepsOf(
  transforms: string,
  more: Record<string, string> = {},
): Promise<readonly TransformStep[]> {
  const configuration = await loadText({
    "dstream.hcl": taskWith(transforms),
    ...more,
  });
  return configuration.tasks.get("t")!.transforms;
}

/** The characters that a caret underlines. */
function underlined({ text, column, width }: Location): string {
  return [...text].slice(column - 1, column - 1 + width).join("");
}

Deno.test("a task without transforms has no steps", async () => {
  assertEquals(await stepsOf(""), []);
});

Deno.test("steps come in the order written, over blocks and within one", async () => {
  const steps = await stepsOf(
    `
  transform {
    filter {
      where = "data.a > \${local.limit}"
    }
    map {
      set    = { "data.b" = "data.a + 1", "metadata.c" = "'x'" }
      remove = ["data.d"]
      rename = { "data.e" = "data.f" }
    }
  }
  transform {
    filter {
      where = local.cond
    }
    validate {
      schema     = file("x.json")
      on_invalid = "drop"
    }
    validate {
      schema = { type = "object", maxProperties = 1e2 }
    }
  }`,
    { "x.json": '{"type":"object"}' },
  );
  const plain = steps.map(({ at: _, ...step }) =>
    JSON.parse(
      JSON.stringify(step, (key, value) => key === "at" ? undefined : value),
    )
  );
  assertEquals(plain, [
    { kind: "filter", where: { text: "data.a > 10" } },
    {
      kind: "map",
      set: [
        { path: { text: "data.b" }, value: { text: "data.a + 1" } },
        { path: { text: "metadata.c" }, value: { text: "'x'" } },
      ],
      remove: [{ text: "data.d" }],
      rename: [{ from: { text: "data.e" }, to: { text: "data.f" } }],
    },
    { kind: "filter", where: { text: "data.local > 1" } },
    {
      kind: "validate",
      schema: { text: '{"type":"object"}' },
      onInvalid: "drop",
    },
    {
      kind: "validate",
      schema: { text: '{"type":"object","maxProperties":1e2}' },
      onInvalid: "dead_letter",
    },
  ]);
});

Deno.test("a part of an expression is found in the file", async (t) => {
  const cases: readonly [string, string, string, string][] = [
    ["in a plain string", `where = "data.a > b"`, "b", "b"],
    ["behind escapes", `where = "data.a == \\"\\u00e9\\" && b"`, "b", "b"],
    ["an escape itself", `where = "data.a == \\"é\\""`, '"é"', '\\"é\\"'],
    ["behind $${", `where = "'$\${' == b"`, "b", "b"],
    ["before an insertion", `where = "bb > \${local.limit}"`, "bb", "bb"],
    [
      "behind an insertion the whole string is meant",
      `where = "data.a > \${local.limit} && bb"`,
      "bb",
      '"data.a > ${local.limit} && bb"',
    ],
    [
      "in a heredoc",
      `where = <<-E\n      data.a &&\n        bb\n    E\n`,
      "bb",
      "bb",
    ],
    ["where a local was written", "where = local.cond", "local", "local"],
    ["behind a wide character", `where = "'😀' == bb"`, "bb", "bb"],
  ];
  for (const [name, where, part, marked] of cases) {
    await t.step(name, async () => {
      const [step] = await stepsOf(`transform {\nfilter {\n${where}\n}\n}`);
      assert(step.kind === "filter");
      const start = step.where.text.indexOf(part);
      const found = step.where.locate(start, start + part.length);
      assertEquals(underlined(found), marked);
    });
  }
});

Deno.test("keys and items of a map block have places of their own", async () => {
  const [step] = await stepsOf(`
  transform {
    map {
      set    = { "data.b" = "x + 1" }
      remove = ["data.d", "data.e"]
    }
  }`);
  assert(step.kind === "map");
  assertEquals(underlined(step.set[0].path.at), '"data.b"');
  assertEquals(underlined(step.set[0].value.at), '"x + 1"');
  assertEquals(underlined(step.remove[1].at), '"data.e"');
});

Deno.test("a secret in an expression is not shown", async () => {
  const { tasks } = await loadText(
    taskWith(
      `transform {\nfilter {\nwhere = "data.key == '\${sensitive("hunter2")}'"\n}\n}`,
    ),
  );
  const [step] = tasks.get("t")!.transforms;
  assert(step.kind === "filter");
  assert.ok(!step.where.at.text.includes("hunter2"), step.where.at.text);
});

Deno.test("mistakes in the shape are told", async (t) => {
  const cases: readonly [string, string, string[]][] = [
    ["an empty transform", "transform {\n}", [
      "10: the transform block is empty",
    ]],
    [
      "a label",
      'transform "filter" {\nfilter {\nwhere = "true"\n}\n}',
      ['10: a "transform" block of task "t" takes no label'],
    ],
    [
      "an unknown kind",
      "transform {\nfilte {\n}\n}",
      ['11: a "transform" block has no block "filte"'],
    ],
    [
      "an attribute where a block belongs",
      'transform {\nwhere = "true"\n}',
      ['11: a "transform" block has no attribute "where"'],
    ],
    [
      "no where",
      "transform {\nfilter {\n}\n}",
      ['11: the filter block has no "where"'],
    ],
    [
      "an empty where",
      'transform {\nfilter {\nwhere = ""\n}\n}',
      ['12: "where" must not be empty'],
    ],
    [
      "a map that does nothing",
      "transform {\nmap {\n}\n}",
      ["11: the map block changes nothing"],
    ],
    [
      "a map with a null",
      'transform {\nmap {\nset = { "data.a" = null }\n}\n}',
      ['12: no part of "set" may be null'],
    ],
    [
      "no schema and an unknown choice",
      'transform {\nvalidate {\non_invalid = "dead"\n}\n}',
      [
        '11: the validate block has no "schema"',
        '12: "on_invalid" must be one of "dead_letter", "drop", "fail", got "dead"',
      ],
    ],
    [
      "a schema that is none",
      "transform {\nvalidate {\nschema = 3\n}\n}",
      ['12: "schema" must be JSON text or an object'],
    ],
  ];
  for (const [name, transforms, problems] of cases) {
    await t.step(name, async () => {
      assertEquals(await problemsOf(taskWith(transforms)), problems);
    });
  }
});

Deno.test("the steps in an output block are its own, in the order written", async () => {
  const { tasks } = await loadText(`
task "t" {
  input {
    provider = "counter"
  }
  output "big" {
    provider = "console"
    map {
      remove = ["data.note"]
    }
    filter {
      where = "data.amount > 10"
    }
  }
  output "all" {
    provider = "console"
  }
}
`);
  const { outputs, transforms } = tasks.get("t")!;
  assertEquals(transforms, []);
  assertEquals(
    outputs.map(({ transforms }) => transforms?.map((s) => s.kind)),
    [
      ["map", "filter"],
      undefined,
    ],
  );
});

Deno.test("steps where envelopes are of no output are told", async (t) => {
  const task = (input: string, output: string, more = "") => `
task "t" {
  input {
    provider = "counter"
${input}
  }
  output {
    provider = "console"
${output}
  }
${more}
}
`;
  const filter = 'filter {\nwhere = "true"\n}';
  const cases: readonly [string, string, string[]][] = [
    ["in an input", task(filter, ""), ['5: the input block has no "filter"']],
    [
      "in a dead_letter block",
      task("", "", `dead_letter {\nprovider = "file"\n${filter}\n}`),
      ['13: the dead_letter block has no "filter"'],
    ],
    [
      "in a transform block of an output",
      task("", `transform {\n${filter}\n}`),
      ["9: the steps of an output stand in its block, without transform"],
    ],
    [
      "without what they need",
      task("", "filter {\n}"),
      ['9: the filter block has no "where"'],
    ],
  ];
  for (const [name, text, problems] of cases) {
    await t.step(name, async () => {
      assertEquals(await problemsOf(text), problems);
    });
  }
});
