import {
  assert,
  assertEquals,
  assertFails,
} from "../../tests/support/assert.ts";
import { formatStartLine, parseStartLine } from "./command.ts";

Deno.test("a start line is read back as it was written", () => {
  const protocol = {
    version: 2,
    features: ["ack", "state"],
    window: { bytes: 100, envelopes: 10 },
  };
  const text = formatStartLine({
    command: "run",
    configJson: '{"big":1}',
    protocol,
    resume: { at: [1] },
    task: { name: "orders", runId: "01JD" },
  });
  assertEquals(parseStartLine(`${text}\r`), {
    command: "run",
    config: { big: 1 },
    isRaw: false,
    protocol,
    resume: { at: [1] },
    task: { name: "orders", run_id: "01JD" },
  });
});

Deno.test("a line without a command is the config itself", () => {
  for (const text of ['{"interval":10}', '\uFEFF {"interval":10} ']) {
    assertEquals(parseStartLine(text), {
      command: "run",
      config: { interval: 10 },
      isRaw: true,
    });
  }
});

Deno.test("what newer CLIs may add is ignored", () => {
  const start = parseStartLine(
    '{"command":"plan","more":1,"task":"x","resume":null,' +
      '"protocol":{"version":3,"features":["ack",7],"window":"big"}}',
  );
  assertEquals(start, {
    command: "plan",
    config: {},
    isRaw: false,
    protocol: { version: 3, features: ["ack"] },
    resume: null,
  });
});

Deno.test("a start line that makes no sense is refused without being quoted", async (t) => {
  const cases = [
    ["nothing", "", "protocol.start_line_invalid"],
    ["no JSON", "secret", "protocol.start_line_invalid"],
    ["a list", '["secret"]', "protocol.start_line_invalid"],
    ["a number as command", '{"command":5}', "protocol.command_invalid"],
    [
      "a config that is text",
      '{"command":"run","config":"secret"}',
      "protocol.command_invalid",
    ],
    [
      "version 0",
      '{"command":"run","protocol":{"version":0}}',
      "protocol.command_invalid",
    ],
    [
      "an offer that is text",
      '{"command":"run","protocol":"2"}',
      "protocol.command_invalid",
    ],
  ] as const;
  for (const [name, text, code] of cases) {
    await t.step(name, () => {
      const { message } = assertFails(() => parseStartLine(text), code);
      assert.doesNotMatch(message, /secret/);
    });
  }
  await t.step("a misspelt command has a hint", () => {
    const { message, hint } = assertFails(
      () => parseStartLine('{"command":"statsu"}'),
      "protocol.command_invalid",
    );
    assertEquals(message, 'unknown command "statsu"');
    assert.match(hint ?? "", /^did you mean "status"\?/);
  });
});
