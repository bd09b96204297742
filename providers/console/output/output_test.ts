import { assert, assertEquals } from "../../../tests/support/assert.ts";
import { FakeHost, until } from "../../../tests/support/fake_host.ts";
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

Deno.test("structured shows a schema where it changes, simple never", async () => {
  const schema = (...fields: object[]) =>
    `\x1e${JSON.stringify({ schema: { table: "t", key: ["id"], fields } })}\n`;
  const id = { name: "id", type: "int32" };
  const total = {
    name: "total",
    type: "decimal",
    precision: 9,
    scale: 2,
    nullable: true,
  };
  const line = '{"data":{"id":1},"metadata":{"table":"t"}}\n';
  const lines = [schema(id), line, line, schema(id, total), line];
  const structured = await printed("structured", lines);
  const at = (text: string) => structured.indexOf(text);
  assert.ok(at("Schema of t\n  key: id\n  fields: id int32\n") >= 0);
  assert.ok(at("fields: id int32, total decimal(9,2)?") > at("Message #1"));
  assert.equal(structured.split("Schema of").length, 3);
  assert.ok(!(await printed("simple", lines)).includes("Schema"));
});

/** What a run under a CLI prints, each line once the one before is shown. */
async function printed(format: string, lines: string[]): Promise<string> {
  const host = new FakeHost();
  const config = { output_format: format };
  const window = { bytes: 1 << 20, envelopes: 1000 };
  const protocol = { version: 2, features: ["ack", "schema"], window };
  await host.send(`${JSON.stringify({ command: "run", config, protocol })}\n`);
  const ended = console.serve([], host);
  let count = 0;
  for (const line of lines) {
    await host.send(line);
    if (!line.startsWith("{")) continue;
    const message = `Message #${++count}`;
    await until(() => host.stdout.includes(message));
  }
  await host.endStdin();
  await ended;
  return host.stdout.replaceAll("\\n", "\n");
}
