import { assert } from "../../../tests/support/assert.ts";
import { TempFolder } from "../../../tests/support/temp_folder.ts";
import { FinalError } from "@dstream/sdk";
import { findExecutable } from "../find_executable.ts";
import {
  record,
  runTap,
  schema,
  state,
  type TapOptions,
  type TapOutcome,
} from "./test_support.ts";

type Steps = readonly unknown[];
type Case = {
  readonly steps: Steps;
  readonly options?: TapOptions;
  readonly check: (outcome: TapOutcome) => void;
};

const metadata = (line: string) => JSON.parse(line).metadata;

const CASES: Readonly<Record<string, Case>> = {
  "S6: a record's text comes byte for byte": {
    steps: [
      schema(),
      {
        raw:
          '{"type": "RECORD", "stream": "orders", "record": {"id": 123456789012345678901234567890, "x": 1.10, "s": "\u2028\\u00e9"}, "time_extracted": "2026-01-01T00:00:00Z", "version": 7}\n',
      },
    ],
    check: ({ lines }) =>
      assert.deepEqual(lines, [
        '{"data":{"id": 123456789012345678901234567890, "x": 1.10, "s": "\u2028\\u00e9"},"metadata":{"table":"orders","operation":"read","key":["id"],"source":"singer","time_extracted":"2026-01-01T00:00:00Z","version":7}}',
      ]),
  },
  "S6: NaN and Infinity become null, said once": {
    steps: [
      schema(),
      {
        raw: '{"type":"RECORD","stream":"orders","record":{"id":1,"x":NaN,' +
          '"y":-Infinity,"big":123456789012345678901,"s":"NaN"}}\n' +
          '{"type":"RECORD","stream":"orders","record":{"id":2,"x":NaN}}\n',
      },
    ],
    check: ({ lines, context }) => {
      assert.match(
        lines[0],
        /^\{"data":\{"id":1,"x":null,"y":null,"big":123456789012345678901,"s":"NaN"\}/,
      );
      assert.equal(lines.length, 2);
      assert.equal(context.warnings.length, 1);
    },
  },
  "S6: with non_finite = fail they end the task": {
    steps: [
      { raw: '{"type":"RECORD","stream":"orders","record":{"x":NaN}}\n' },
    ],
    options: { config: { non_finite: "fail" } },
    check: ({ error }) => {
      assert(error instanceof FinalError);
      assert.equal(error.code, "singer.non_finite");
    },
  },
  "S7: types in any case": {
    steps: [
      { raw: '{"type":"Record","stream":"orders","record":{"id":1}}\n' },
      { raw: '{"type":"schema","stream":"orders","schema":{}}\n' },
      { raw: '{"type":"state","value":{"a":1}}\n' },
    ],
    check: ({ lines, states, schemas }) => {
      assert.equal(lines.length, 1);
      assert.deepEqual(states, [{ a: 1 }]);
      assert.equal(schemas.length, 1);
    },
  },
  "S7: unknown types and strays are told and go nowhere": {
    steps: [
      schema(),
      { raw: "printed by a library\n" },
      { raw: '{"no":"type"}\n' },
      { raw: '{"type":"HEARTBEAT"}\n' },
      { raw: '{"type":"RECORD","stream":"orders"}\n' },
      { raw: "\n" },
      record({ id: 1 }),
    ],
    check: ({ lines, context }) => {
      assert.equal(lines.length, 1);
      assert.equal(context.warnings.length, 4);
    },
  },
  "S8: an empty state never replaces another, before a crash neither": {
    steps: [state({}), schema(), record({ id: 1 }), { exit: 1 }],
    options: { resume: { bookmarks: { orders: 5 } } },
    check: ({ states, error, lines }) => {
      assert.deepEqual(states, []);
      assert.equal(lines.length, 1);
      assert.match(error!.message, /ended with status 1/);
      assert(!(error instanceof FinalError));
    },
  },
  "S8: states come at their places": {
    steps: [
      schema(),
      record({ id: 1 }),
      state({ n: 1 }),
      record({ id: 2 }),
      state({ n: "12345678901234567890" }),
    ],
    check: ({ states }) =>
      assert.deepEqual(states.at(-1), { n: "12345678901234567890" }),
  },
  "S9: an end without a word is final and shows the tap's last words": {
    steps: [
      { log: "INFO starting" },
      {
        log: "Traceback (most recent call last):\n" +
          '  File "tap.py", line 1, in <module>\n' +
          "ConnectionError: no route to db.example.com",
      },
      { exit: 1 },
    ],
    check: ({ error }) => {
      assert(error instanceof FinalError);
      assert.match(
        error.message,
        /status 1: ConnectionError: no route to db\.example\.com$/,
      );
    },
  },
  "S9: an end with status 1 after a message is a crash": {
    steps: [schema(), { log: "CRITICAL gone" }, { exit: 1 }],
    check: ({ error }) => {
      assert(!(error instanceof FinalError));
      assert.match(error!.message, /status 1: gone/);
    },
  },
  "S13: ACTIVATE_VERSION is left out and said once": {
    steps: [
      schema(),
      { say: { type: "ACTIVATE_VERSION", stream: "orders", version: 1 } },
      { say: { type: "ACTIVATE_VERSION", stream: "orders", version: 2 } },
    ],
    check: ({ lines, context }) => {
      assert.equal(lines.length, 0);
      const said = context.entries.filter(({ message }) =>
        message.includes("ACTIVATE_VERSION")
      );
      assert.equal(said.length, 1);
    },
  },
  "S13: with activate_version it is passed on": {
    steps: [
      schema(),
      { say: { type: "ACTIVATE_VERSION", stream: "orders", version: 3 } },
    ],
    options: { config: { activate_version: true } },
    check: ({ lines }) =>
      assert.deepEqual(metadata(lines[0]), {
        table: "orders",
        source: "singer",
        singer: "ACTIVATE_VERSION",
        version: 3,
      }),
  },
  "S14: levels of all forms, and a traceback as one entry": {
    steps: [
      { log: "2026-11-30 09:00:00,123 | WARNING  | tap-x | slow" },
      { log: "time=2026-11-30 09:00:00 name=tap level=ERROR message=broken" },
      { log: "INFO hello" },
      { log: "level=DEBUG logger=tap.x deep" },
      {
        log: "Traceback (most recent call last):\n  File x\n    y\n" +
          "KeyError: 'a'\n\nDuring handling of the above exception, another " +
          "exception occurred:\n\nTraceback (most recent call last):\n" +
          "  File z\nValueError: b",
      },
      schema(),
    ],
    check: ({ context }) => {
      const said = context.entries.map((
        { level, message },
      ) => [level, message]);
      assert.deepEqual(said.slice(1, 6), [
        ["warn", "slow"],
        ["error", "broken"],
        ["info", "hello"],
        ["debug", "deep"],
        ["error", "ValueError: b"],
      ]);
    },
  },
  "S14: METRIC lines become progress": {
    steps: [
      {
        log:
          'INFO METRIC: {"type":"counter","metric":"record_count","value":7,' +
          '"tags":{"stream":"orders"}}',
      },
      schema(),
    ],
    check: ({ context }) =>
      assert.equal(context.progressed![0], "record_count of orders: 7"),
  },
  "a row that is gone is a delete": {
    steps: [
      schema({
        schema: {
          type: "object",
          properties: {
            id: { type: "integer" },
            _sdc_deleted_at: { type: ["null", "string"] },
          },
        },
      }),
      record({ id: 1, _sdc_deleted_at: null }),
      record({ id: 2, _sdc_deleted_at: "2026-01-01T00:00:00Z" }),
    ],
    check: ({ lines }) =>
      assert.deepEqual(lines.map((line) => metadata(line).operation), [
        "read",
        "delete",
      ]),
  },
  "without a key a record is appended": {
    steps: [schema({ key_properties: [] }), record({ id: 1 })],
    check: ({ lines, schemas }) => {
      assert.deepEqual(metadata(lines[0]), {
        table: "orders",
        source: "singer",
      });
      assert.equal(schemas[0].key, undefined);
    },
  },
  "records before their schema are told of and pass": {
    steps: [record({ id: 1 }), record({ id: 2 })],
    check: ({ lines, context }) => {
      assert.equal(lines.length, 2);
      assert.equal(context.warnings.length, 1);
    },
  },
  "a last line without its end counts": {
    steps: [
      schema(),
      { raw: '{"type":"RECORD","stream":"orders","record":{"id":1}}' },
    ],
    check: ({ lines }) => assert.equal(lines.length, 1),
  },
  "a schema that comes again is one, a new one is new": {
    steps: [
      schema(),
      schema(),
      record({ id: 1 }),
      schema({ key_properties: ["id", "a"], bookmark_properties: ["at"] }),
    ],
    check: ({ schemas }) => {
      assert.equal(schemas.length, 2);
      assert.deepEqual(schemas[1].key, ["id", "a"]);
    },
  },
  "S9: no message at all and status 0 is warned of": {
    steps: [{ exit: 0 }],
    check: ({ error, context }) => {
      assert.equal(error, undefined);
      assert.match(context.warnings[0], /no message at all/);
    },
  },
};

for (const [name, { steps, options, check }] of Object.entries(CASES)) {
  Deno.test(`singer input: ${name}`, async () => {
    const outcome = await runTap({ steps } as never, options);
    if (outcome.error && !/error/.test(check.toString())) throw outcome.error;
    check(outcome);
  });
}

Deno.test("singer input: S2: the config is a private file, gone at the end", async () => {
  await using folder = await TempFolder.make();
  const seen = folder.join("seen");
  await runTap(
    {
      password: "pass-word",
      steps: [{ append: seen, text: "{args}" }],
    } as never,
  );
  const args: string[] = JSON.parse(await Deno.readTextFile(seen));
  const path = args[args.indexOf("--config") + 1];
  await assert.rejects(Deno.stat(path), Deno.errors.NotFound);
});

Deno.test("singer input: S2: a config that the tap changed is the next run's", async () => {
  await using folder = await TempFolder.make();
  const seen = folder.join("seen");
  const steps = [
    { append: seen, text: "{config}" },
    {
      writeConfig: {
        token: "new",
        steps: [{ append: seen, text: "{config}" }],
      },
    },
  ];
  const { context } = await runTap({ token: "old", steps } as never, {
    config: { interval: "1m" },
    stopAtPause: 2,
  });
  assert(context.warnings.some((each) => each.includes("changed its config")));
  const tokens = (await Deno.readTextFile(seen)).trim().split("\n")
    .map((line) => JSON.parse(line).token);
  assert.deepEqual(tokens, ["old", "new"]);
});

Deno.test("singer input: S12: files of a BATCH are read, and removed when delivered", async () => {
  await using folder = await TempFolder.make();
  const path = folder.join("part.jsonl.gz");
  const text = '{"id": 1, "x": 1.10}\n{"id": 2}\n';
  const zipped = new Blob([text]).stream()
    .pipeThrough(new CompressionStream("gzip"));
  await Deno.writeFile(path, zipped);
  const batch = {
    type: "BATCH",
    stream: "orders",
    encoding: { format: "jsonl", compression: "gzip" },
    manifest: [`file://${path}`],
  };
  const steps = [schema(), { say: batch }, state({ n: 2 })];
  const { lines, states, error } = await runTap({ steps } as never, {
    isDelivered: true,
  });
  assert.equal(error, undefined);
  assert.deepEqual(lines.map((line) => line.split(',"metadata"')[0]), [
    '{"data":{"id": 1, "x": 1.10}',
    '{"data":{"id": 2}',
  ]);
  assert.deepEqual(states, [{ n: 2 }]);
  await assert.rejects(Deno.stat(path), Deno.errors.NotFound);
});

Deno.test("singer input: S10: a stop ends a tap that ends politely, with its last state", async () => {
  const { states, error, lines } = await runTap(
    { count: 1e9, isGraceful: true } as never,
    { onBatch: (count, context) => count > 500 && context.stop.abort() },
  );
  assert.equal(error, undefined);
  const last = states.at(-1) as { bookmarks: { orders: { n: number } } };
  assert.equal(last.bookmarks.orders.n, lines.length);
});

Deno.test("singer input: S10: a tap that dies of the stop is no failure", async () => {
  const { error } = await runTap({ count: 1e9 } as never, {
    onBatch: (count, context) => count > 500 && context.stop.abort(),
  });
  assert.equal(error, undefined);
});

Deno.test("singer input: S15: an interval runs the tap again with the newest state", async () => {
  await using folder = await TempFolder.make();
  const seen = folder.join("seen");
  const steps = [
    { append: seen, text: "{state}" },
    schema(),
    record({ id: 1 }),
    state({ n: 1 }),
  ];
  const { error, pausesMs } = await runTap({ steps } as never, {
    config: { interval: "1m" },
    resume: { n: 0 },
    stopAtPause: 2,
  });
  assert.equal(error, undefined);
  assert.deepEqual(pausesMs, [60_000, 60_000]);
  assert.equal(await Deno.readTextFile(seen), '{"n":0}\n{"n":1}\n');
});

Deno.test("singer input: S1: a program that isn't there is named with what to do", () => {
  assert.throws(
    () => findExecutable(["tap-of-nobody"], "tap"),
    (error: unknown) => {
      assert(error instanceof FinalError);
      assert.equal(error.path, "config.tap");
      assert.equal(
        error.message,
        'there is no program "tap-of-nobody" on PATH',
      );
      assert.match(error.hint!, /pipx install tap-of-nobody/);
      return true;
    },
  );
});
