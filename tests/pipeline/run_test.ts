/**
 * Whole runs with well and badly behaved providers: real processes, real pipes.
 *
 * @module
 */

import type { ProviderBlock, Task } from "../../core/config/task.ts";
import type { Step } from "../support/toy_provider.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { runToys, toyTask } from "../support/toys.ts";

const V2_IN: Step[] = [{ read: "start" }, { ready: 2 }];
const V2_OUT: Step[] = [{ read: "start" }, { ready: 2 }];
const V1: Step[] = [{ read: "start" }, { ready: 1 }];
const END: Step[] = [{ write: '\x1e{"end":true}\n' }, { close: "stdout" }];
const SINK: Step[] = [{ sink: { ack: "always" } }];

interface Case {
  readonly name: string;
  readonly input: readonly Step[];
  readonly output: readonly Step[];
  readonly inputBlock?: Partial<ProviderBlock>;
  readonly outputBlock?: Partial<ProviderBlock>;
  readonly task?: Partial<Task>;
  readonly status?: "completed" | "failed";
  /** Error code. */
  readonly code?: string;
  /** Part of the error's message. */
  readonly message?: RegExp;
  /** Envelopes handed over and settled. */
  readonly settled?: number;
  /** Notices, in order. */
  readonly notices?: readonly string[];
  readonly userOutput?: string;
}

function testCases(title: string, cases: readonly Case[]): void {
  Deno.test(title, async (t) => {
    for (const c of cases) await t.step(c.name, () => check(c));
  });
}

async function check(c: Case): Promise<void> {
  const outcome = await runToys({
    inputSteps: c.input,
    outputSteps: c.output,
    task: toyTask(c.inputBlock, c.outputBlock, c.task),
  });
  const said = `${outcome.error?.code}: ${outcome.error?.message}`;
  assert.equal(outcome.status, c.status ?? "completed", said);
  assert.equal(outcome.error?.code, c.code, said);
  if (c.message !== undefined) assert.match(outcome.error!.message, c.message);
  if (c.settled !== undefined) {
    assert.equal(outcome.counters.settledEnvelopes, c.settled);
  }
  if (c.notices !== undefined) assertEquals(outcome.notices, c.notices);
  if (c.userOutput !== undefined) {
    assert.equal(outcome.userOutput, c.userOutput);
  }
}

testCases("every pair of versions moves all envelopes", [
  {
    name: "version 2 on both sides, told of its last acknowledgement",
    input: [...V2_IN, { emit: 1000 }, ...END, { awaitAck: 1000 }],
    output: [...V2_OUT, ...SINK],
    settled: 1000,
    notices: [],
  },
  {
    name: "version 2 that leaves hello out",
    input: [
      { read: "start" },
      { write: '{"status":"ready","protocol":{"version":2,"features":[]}}\n' },
      { emit: 3 },
      ...END,
    ],
    output: [...V2_OUT, ...SINK],
    settled: 3,
  },
  {
    name: "version 1 input with a handshake",
    input: [...V1, { emit: 5 }],
    output: [...V2_OUT, ...SINK],
    settled: 5,
  },
  {
    name: "version 1 input from before the handshake: its first line is data",
    input: [{ read: "start" }, { emit: 5 }],
    output: [...V2_OUT, ...SINK],
    settled: 5,
  },
  {
    name: "version 1 output: one warning, and its own lines go to the user",
    input: [...V2_IN, { emit: 5 }, ...END, { awaitAck: 5 }],
    output: [...V1, { sink: { ack: "never", say: "hello\n" } }],
    settled: 5,
    notices: ["delivery.not_acknowledged"],
    userOutput: "hello\n",
  },
  {
    name: "the oldest form on both sides",
    input: [{ read: "start" }, { emit: 5 }],
    inputBlock: { protocol: 0 },
    output: [
      { read: "start" },
      { sink: { ack: "never", say: "text" } },
    ],
    outputBlock: { protocol: 0 },
    settled: 5,
    userOutput: "text",
  },
  {
    name: "protocol = 1 offers nothing",
    input: [{ read: "start" }, { ready: 1 }, { emit: 2 }],
    inputBlock: { protocol: 1 },
    output: [{ read: "start" }, { ready: 1 }, { sink: { ack: "never" } }],
    outputBlock: { protocol: 1 },
    settled: 2,
  },
  {
    name: "nothing at all",
    input: [...V2_IN, ...END],
    output: [...V2_OUT, ...SINK],
    settled: 0,
  },
]);

testCases("an input's stdout is read as the protocol says", [
  {
    name: "strays are taken out, and said once",
    input: [
      ...V2_IN,
      { write: "log line\n\n" },
      { emit: 2 },
      { write: "\r\nanother\n" },
      { emit: 1, from: 3 },
      ...END,
    ],
    output: [...V2_OUT, ...SINK],
    settled: 3,
    notices: ["protocol.stray_lines"],
  },
  {
    name: "a greeting before the handshake decides nothing",
    input: [
      { read: "start" },
      { write: "loading...\n\n" },
      { sleepMs: 50 },
      { write: "nearly there\n" },
      { ready: 2 },
      { emit: 2 },
      ...END,
    ],
    output: [...V2_OUT, ...SINK],
    settled: 2,
    notices: ["protocol.stray_lines"],
  },
  {
    name: "a version 1 input that logs to stdout first, and says no ready",
    input: [{ read: "start" }, { write: "log line\n" }, { emit: 2 }],
    output: [...V2_OUT, ...SINK],
    settled: 2,
    notices: ["protocol.stray_lines"],
  },
  {
    name: "nothing but a greeting, until the time for ready is over",
    input: [
      { read: "start" },
      { write: "log line\n" },
      { sleepMs: 700 },
      { emit: 2 },
    ],
    inputBlock: { readyTimeoutMs: 400 },
    output: [...V2_OUT, ...SINK],
    settled: 2,
  },
  {
    name: "stray_lines = forward passes a version 1 input's lines on",
    input: [...V1, { write: "not json\n" }, { emit: 2 }],
    inputBlock: { strayLines: "forward" },
    output: [...V2_OUT, ...SINK],
    settled: 3,
    notices: [],
  },
  {
    name: "stray_lines = fail",
    input: [...V1, { emit: 1 }, { write: "oops\n" }, { emit: 1 }],
    inputBlock: { strayLines: "fail" },
    output: [...V2_OUT, ...SINK],
    status: "failed",
    code: "protocol.stray_line",
    message: /after envelope 1: "oops"/,
  },
  {
    name: "a control record that is not JSON",
    input: [...V2_IN, { write: "\x1enot json\n" }],
    output: [...V2_OUT, ...SINK],
    status: "failed",
    code: "protocol.record_invalid",
  },
  {
    name: "unknown records and fields are ignored",
    input: [
      ...V2_IN,
      { write: '\x1e{"weather":"fine"}\n' },
      { emit: 1 },
      ...END,
    ],
    output: [...V2_OUT, { write: '\x1e{"mood":1}\n' }, ...SINK],
    settled: 1,
  },
  {
    name: "half a line of a version 2 input is dropped, its length said",
    input: [...V2_IN, { emit: 1 }, { write: '{"data":' }],
    output: [...V2_OUT, ...SINK],
    settled: 1,
    notices: ["protocol.half_line"],
  },
  {
    name: "half a line of a version 1 input that ended well is completed",
    input: [...V1, { emit: 1 }, { write: '{"data":2,"metadata":{}}' }],
    output: [...V2_OUT, ...SINK],
    settled: 2,
    notices: [],
  },
  {
    name: "half a line is all there is",
    input: [{ read: "start" }, { write: '{"data":2,"metadata":{}}' }],
    output: [...V2_OUT, ...SINK],
    settled: 1,
  },
  {
    name: "half a line of a version 1 input that failed is dropped",
    input: [...V1, { emit: 1 }, { write: '{"data":2' }, { exit: 3 }],
    output: [...V2_OUT, ...SINK],
    status: "failed",
    code: "provider.input_crashed",
    message: /exit status 3/,
    settled: 1,
  },
  {
    name: "a line over max_line_bytes names the position",
    input: [...V2_IN, { emit: 2 }, { emit: 1, padding: 70_000 }, ...END],
    output: [...V2_OUT, ...SINK],
    task: { maxLineBytes: 65_536 },
    status: "failed",
    code: "protocol.line_too_long",
    message: /"in-toy" .* 65536 bytes at position 3/,
    settled: 2,
  },
  {
    name: "a short line limit counts inside a chunk",
    input: [...V2_IN, { emit: 3 }, { emit: 1, padding: 200 }, ...END],
    output: [...V2_OUT, ...SINK],
    task: { maxLineBytes: 100 },
    status: "failed",
    code: "protocol.line_too_long",
    settled: 3,
  },
  {
    name: "16 MiB lines pass",
    input: [
      ...V2_IN,
      { emit: 3, padding: 16 * 1024 * 1024 - 100 },
      ...END,
    ],
    output: [...V2_OUT, ...SINK],
    settled: 3,
  },
  {
    name: "CRLF lines pass unchanged",
    input: [...V2_IN, { write: '{"data":1}\r\n{"data":2}\r\n' }, ...END],
    output: [...V2_OUT, ...SINK],
    settled: 2,
  },
]);

testCases("an input that ends", [
  {
    name: "with a status after `end` fails the task",
    input: [...V2_IN, { emit: 1 }, ...END, { awaitAck: 1 }, { exit: 3 }],
    output: [...V2_OUT, ...SINK],
    status: "failed",
    code: "provider.input_failed",
    message: /after its last envelope \(exit status 3\)/,
    settled: 1,
  },
  {
    name: "without `end` but well is at its end",
    input: [...V2_IN, { emit: 2 }, { close: "stdout" }, { awaitAck: 2 }],
    output: [...V2_OUT, ...SINK],
    settled: 2,
  },
  {
    name: "killed in the middle",
    input: [...V2_IN, { emit: 2 }, { log: "going down" }, { crash: "SIGKILL" }],
    output: [...V2_OUT, ...SINK],
    status: "failed",
    code: "provider.input_crashed",
    message: /SIGKILL/,
    settled: 2,
  },
  {
    name: "and never reads its acknowledgements",
    input: [...V2_IN, { emit: 100_000 }, ...END],
    output: [...V2_OUT, ...SINK],
    settled: 100_000,
  },
  {
    name: "and does not go is ended, with a warning",
    input: [...V2_IN, { emit: 1 }, ...END, { sleepMs: 60_000 }],
    output: [...V2_OUT, ...SINK],
    task: { shutdownGraceMs: 200 },
    settled: 1,
    notices: ["provider.input_lingers"],
  },
  {
    name: "and leaves a grandchild that holds its stdout",
    input: [...V2_IN, { emit: 2 }, { leaveGrandchildMs: 60_000 }, { exit: 0 }],
    output: [...V2_OUT, ...SINK],
    settled: 2,
  },
]);

testCases("an output that misbehaves", [
  {
    name: "acknowledges beyond what it got",
    input: [...V2_IN, { emit: 1 }, { awaitStop: true }],
    output: [...V2_OUT, { write: '\x1e{"ack":5}\n' }, ...SINK],
    status: "failed",
    code: "protocol.ack_beyond",
  },
  {
    name: "acknowledges twice, and lower again",
    input: [...V2_IN, { emit: 4 }, ...END, { awaitAck: 4 }],
    output: [
      ...V2_OUT,
      { sink: { ack: "never", stopAfter: 4 } },
      { write: '\x1e{"ack":4}\n\x1e{"ack":4}\n\x1e{"ack":2}\n' },
      { drain: true },
    ],
    settled: 4,
  },
  {
    name: "rejects: the task fails and nothing past it is committed",
    input: [...V2_IN, { emit: 4 }, { awaitStop: true }],
    output: [
      ...V2_OUT,
      { sink: { ack: "never", stopAfter: 4 } },
      {
        write: '\x1e{"reject":{"seq":3,"reason":"too old","code":"age"}}\n' +
          '\x1e{"ack":4}\n',
      },
      { drain: true },
    ],
    status: "failed",
    code: "delivery.rejected",
    message: /"out-toy" rejected envelope 3: too old \(age\)/,
    settled: 2,
  },
  {
    name: "rejects after the acknowledgement",
    input: [...V2_IN, { emit: 4 }, { awaitStop: true }],
    output: [
      ...V2_OUT,
      { sink: { ack: "never", stopAfter: 4 } },
      { write: '\x1e{"ack":4}\n\x1e{"reject":{"seq":3,"reason":"no"}}\n' },
      { drain: true },
    ],
    status: "failed",
    code: "protocol.reject_late",
  },
  {
    name: "exits 0 in mid-stream",
    input: [...V2_IN, { emit: 10 }, { awaitStop: true }],
    output: [...V2_OUT, { sink: { ack: "never", stopAfter: 1 } }, { exit: 0 }],
    status: "failed",
    code: "provider.output_crashed",
    message: /with \d+ unacknowledged \(exit status 0\)/,
  },
  {
    name: "exits 0 at the end without having acknowledged",
    input: [...V2_IN, { emit: 2 }, ...END],
    output: [...V2_OUT, { sink: { ack: "never" } }],
    status: "failed",
    code: "protocol.never_acknowledged",
    message: /"out-toy" ended well but acknowledged none of 2 envelopes/,
    settled: 0,
  },
  {
    name: "fails after all was acknowledged",
    input: [...V2_IN, { emit: 2 }, ...END],
    output: [...V2_OUT, ...SINK, { log: "cannot rename" }, { exit: 7 }],
    status: "failed",
    code: "provider.output_failed",
    message: /exit status 7/,
    settled: 2,
  },
  {
    name: "writes its own output between control records",
    input: [...V2_IN, { emit: 1 }, ...END],
    output: [
      ...V2_OUT,
      { write: 'a\n\x1e{"ack":0}\nb \x1e not a record\n' },
      { sink: { ack: "end" } },
      { write: "without a line feed" },
    ],
    userOutput: "a\nb \x1e not a record\nwithout a line feed",
    settled: 1,
  },
]);

testCases("a handshake", [
  {
    name: "with an error ends the task with its message",
    input: [
      { read: "start" },
      {
        write:
          '{"status":"error","message":"no such table","path":"config.t"}\n',
      },
      { exit: 1 },
    ],
    output: [...V2_OUT, ...SINK],
    status: "failed",
    code: "provider.config_refused",
    message: /input provider "in-toy": no such table/,
  },
  {
    name: "with any other status quotes the line",
    input: [...V2_IN],
    output: [{ read: "start" }, { write: '{"status":"maybe"}\n' }, {
      drain: true,
    }],
    status: "failed",
    code: "protocol.handshake_invalid",
    message: /maybe/,
  },
  {
    name: "of a higher version than offered",
    input: [...V2_IN],
    output: [
      { read: "start" },
      { write: '{"status":"ready","protocol":{"version":3}}\n' },
      { drain: true },
    ],
    status: "failed",
    code: "protocol.version_too_high",
  },
  {
    name: "that never comes names the provider and its last lines",
    input: [{ read: "start" }, { log: "waiting for godot" }, {
      sleepMs: 60_000,
    }],
    inputBlock: { readyTimeoutMs: 1500 },
    output: [...V2_OUT, ...SINK],
    status: "failed",
    code: "provider.not_ready",
    message: /input provider "in-toy" was not ready within 1.5 s/,
  },
  {
    name: "before which the provider exits",
    input: [...V2_IN],
    output: [{ log: "no disk" }, { exit: 4 }],
    status: "failed",
    code: "provider.ended_before_ready",
    message:
      /output provider "out-toy" ended before it was ready \(exit status 4\)/,
  },
  {
    name: "with noise from a version 2 provider before ready",
    input: [
      { read: "start" },
      { write: '\x1e{"hello":{"version":2}}\nstarting up…\n' },
      { ready: 2 },
      { emit: 1 },
      ...END,
    ],
    output: [
      { read: "start" },
      { write: '\x1e{"hello":{"version":2}}\nbanner\n' },
      { ready: 2 },
      ...SINK,
    ],
    settled: 1,
    userOutput: "",
  },
]);

testCases("an output that says nothing", [
  {
    name: "is sent envelopes, and its first line makes it version 1",
    input: [...V2_IN, { emit: 3 }, ...END, { awaitAck: 3 }],
    output: [{ read: "start" }, { sink: { ack: "never", say: "got it\n" } }],
    outputBlock: { silentOutputWaitMs: 300 },
    settled: 3,
    userOutput: "got it\n",
    notices: ["delivery.not_acknowledged"],
  },
  {
    name: "to its end was version 1",
    input: [...V2_IN, { emit: 3 }, ...END],
    output: [{ read: "start" }, { sink: { ack: "never" } }],
    outputBlock: { silentOutputWaitMs: 300 },
    settled: 3,
  },
  {
    name: "and then hello and ready in time is version 2",
    input: [...V2_IN, { emit: 3 }, ...END, { awaitAck: 3 }],
    output: [{ read: "start" }, { sleepMs: 900 }, { ready: 2 }, ...SINK],
    outputBlock: { silentOutputWaitMs: 300 },
    settled: 3,
    notices: [],
  },
  {
    name: "and version 2 too late fails the task",
    input: [...V2_IN, { emit: 3 }, { awaitStop: true }],
    output: [{ read: "start" }, { sleepMs: 1500 }, { ready: 2 }, ...SINK],
    outputBlock: { silentOutputWaitMs: 300, readyTimeoutMs: 800 },
    status: "failed",
    code: "protocol.version_too_late",
  },
]);

Deno.test("stdin of an input", async (t) => {
  const cases = [
    {
      name: "is closed after the grace where the version is open",
      block: { stdinGraceMs: 200 },
      steps: (file: string): Step[] => [
        { read: "start" },
        { noteStdin: file, afterMs: 5000 },
        { emit: 1 },
      ],
      seen: "ended\n",
    },
    {
      name: "stays open for one that is known to be version 2",
      block: { stdinGraceMs: 200, protocol: 2 as const },
      steps: (file: string): Step[] => [
        { read: "start" },
        { noteStdin: file, afterMs: 600 },
        { ready: 2 },
        { emit: 1 },
        ...END,
      ],
      seen: "open\n",
    },
    {
      name: "is kept open at the second start of a version 2 that was too slow",
      block: { stdinGraceMs: 200 },
      steps: (file: string): Step[] => [
        { read: "start" },
        { noteStdin: file, afterMs: 700 },
        { ready: 2 },
        { emit: 1 },
        ...END,
      ],
      seen: "ended\nopen\n",
    },
    {
      name: "is kept open at the second start of one that found it closed",
      block: { stdinGraceMs: 200 },
      steps: (file: string): Step[] => [
        { read: "start" },
        { noteStdin: file, afterMs: 700 },
        { write: '\x1e{"hello":{"version":2}}\n' },
        { ready: 2 },
        { emit: 1 },
        ...END,
      ],
      seen: "ended\nopen\n",
    },
  ];
  for (const { name, block, steps, seen } of cases) {
    await t.step(name, async () => {
      const file = await Deno.makeTempFile();
      const outcome = await runToys({
        inputSteps: steps(file),
        outputSteps: [...V2_OUT, ...SINK],
        task: toyTask(block),
      });
      assert.equal(outcome.status, "completed", outcome.error?.message);
      assert.equal(outcome.counters.settledEnvelopes, 1);
      assert.equal(await Deno.readTextFile(file), seen);
      await Deno.remove(file);
    });
  }
});

// A Deno process can't really close its own pipes, a shell can.
Deno.test({
  name: "an output that closes a pipe and lives on has crashed",
  ignore: Deno.build.os === "windows",
  fn: async (t) => {
    const ready = `{"status":"ready","protocol":{"version":2,"features":[]}}`;
    const cases = [
      { name: "stdin, while there is more to write", close: "exec <&-" },
      { name: "stdout, so that it can't acknowledge", close: "exec >&-" },
    ];
    for (const { name, close } of cases) {
      await t.step(name, async () => {
        const script = `read -r line; echo '${ready}'; ${close}; sleep 60`;
        const outcome = await runToys({
          inputSteps: [...V2_IN, { emit: 200_000 }, { awaitStop: true }],
          outputSteps: [],
          outputs: [{ name: "sh", launch: { argv: ["sh", "-c", script] } }],
        });
        assert.equal(outcome.error?.code, "provider.output_crashed");
        assert.ok(outcome.durationMs < 50_000); // it sleeps for a minute
      });
    }
  },
});
