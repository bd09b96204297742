import { join } from "node:path";
import { assert, assertEquals } from "../../tests/support/assert.ts";
import {
  loadText as loaded,
  problemsOf as problems,
} from "../../tests/support/load_text.ts";

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
