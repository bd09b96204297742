import { assertEquals } from "../../../tests/support/assert.ts";
import { FakeHost } from "../../../tests/support/fake_host.ts";
import console from "./mod.ts";

const LINES =
  '{"data":{"id":12345678901234567890, "b":1.50},"metadata":{"a":1}}\n' +
  '{"data":"two"}\r\n';

async function shown(
  config: Record<string, unknown>,
  environment: Record<string, string> = {},
  lines = LINES,
): Promise<string> {
  const host = new FakeHost(environment);
  await host.send(`${JSON.stringify(config)}\n${lines}`);
  await host.endStdin();
  assertEquals(await console.serve([], host), 0);
  return host.stdout;
}

Deno.test("each format shows the data as it came", async (t) => {
  const simple = 'Message #1: {"id":12345678901234567890, "b":1.50}\n' +
    'Message #2: "two"\n';
  const structured = "Message #1\n" +
    '  data: {"id":12345678901234567890, "b":1.50}\n' +
    '  metadata: {"a":1}\n' +
    "Message #2\n" +
    '  data: "two"\n' +
    "  metadata: {}\n";
  const cases = [
    ["simple by default", {}, simple],
    ["outputFormat", { outputFormat: "simple" }, simple],
    ["format", { format: "structured" }, structured],
    ["output_format", { output_format: "json" }, LINES.replace("\r", "")],
  ] as const;
  for (const [name, config, expected] of cases) {
    await t.step(name, async () => {
      assertEquals(await shown(config), expected);
    });
  }
});

Deno.test("colours only where they are wanted", async () => {
  const line = '{"data":1}\n';
  const wanted = { DSTREAM_COLOUR: "1" };
  assertEquals(
    await shown({}, wanted, line),
    "\x1b[36mMessage #1:\x1b[39m 1\n",
  );
  assertEquals(await shown({ format: "json" }, wanted, line), line);
  const refused = { ...wanted, NO_COLOR: "1" };
  assertEquals(await shown({}, refused, line), "Message #1: 1\n");
});

Deno.test("what is no envelope takes no number", async () => {
  const lines = '{"data":1}\n{broken\n{"no":"data"}\n{"data":2}\n';
  assertEquals(await shown({}, {}, lines), "Message #1: 1\nMessage #2: 2\n");
});

Deno.test("resource_count is how many resources the commands report", async (t) => {
  const names = ["console-1", "console-2"];
  const changes = (action: string) => ({
    changes: names.map((name) => ({ action, type: "line", name })),
  });
  const cases = [
    ["plan", changes("create")],
    ["init", changes("create")],
    ["destroy", changes("delete")],
    ["status", { resources: names.map((name) => ({ type: "line", name })) }],
  ] as const;
  for (const [command, expected] of cases) {
    await t.step(command, async () => {
      const host = new FakeHost();
      const config = { resourceCount: 2 };
      await host.send(`${JSON.stringify({ command, config })}\n`);
      assertEquals(await console.serve([], host), 0);
      assertEquals(JSON.parse(host.lines[1]), expected);
    });
  }
});
