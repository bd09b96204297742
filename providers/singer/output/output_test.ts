import type { Json, JsonObject } from "@dstream/sdk";
import { parseConfig } from "../../../core/sdk/config/parse.ts";
import { config, holdOf } from "./config.ts";
import { fromSource, Running, version2Line } from "@dstream/sdk/testing";
import { assert } from "../../../tests/support/assert.ts";
import { FAKE_TARGET } from "../../../tests/support/singer/fakes.ts";
import { TempFolder } from "../../../tests/support/temp_folder.ts";
import { until } from "../../../tests/support/until.ts";

const MAIN = fromSource(new URL("./main.ts", import.meta.url));

/** An adapter with a fake target, spoken to as the CLI does. */
class Trial implements AsyncDisposable {
  private constructor(
    readonly folder: TempFolder,
    readonly running: Running,
  ) {}

  static async start(
    targetConfig: JsonObject = {},
    config: JsonObject = {},
    folder?: TempFolder,
  ): Promise<Trial> {
    const own = folder ?? await TempFolder.make();
    const target_config = {
      path: own.join("rows"),
      log: own.join("log"),
      ...targetConfig,
    };
    const running = new Running({ ...MAIN, cwd: own.path });
    const all = { target: FAKE_TARGET as Json, target_config, ...config };
    await running.send(version2Line(all));
    return new Trial(own, running);
  }

  /** Sends envelopes of changes. */
  async send(...envelopes: readonly object[]): Promise<void> {
    const lines = envelopes.map((each) => `${JSON.stringify(each)}\n`);
    await this.running.send(lines.join(""));
  }

  /** Sends schemas. */
  async schema(...tables: readonly string[]): Promise<void> {
    for (const table of tables) {
      const fields = [
        { name: "id", type: "int64" },
        { name: "n", type: "int64", nullable: true },
      ];
      await this.running.sendControl({
        schema: { table, key: ["id"], fields },
      } as JsonObject);
    }
  }

  /** Control records until the acknowledgement. */
  async until(ack: number): Promise<readonly string[]> {
    return await this.running.linesUntil((line) =>
      line === `\x1e${JSON.stringify({ ack })}`
    );
  }

  /** Waits for what the target got. */
  async untilLogged(text: string): Promise<void> {
    const log = () => this.folder.read("log").catch(() => "");
    await until(
      async () => (await log()).includes(text),
      () => `the target never got ${text}`,
    );
  }

  /** The messages the target got, without states. */
  async messages(): Promise<readonly JsonObject[]> {
    const text = await this.folder.read("log");
    return text.split("\n").filter(Boolean).map((line) => JSON.parse(line))
      .filter(({ type }) => type !== "STATE");
  }

  async rows(): Promise<readonly JsonObject[]> {
    const text = await this.folder.read("rows").catch(() => "");
    return text.split("\n").filter(Boolean).map((line) => JSON.parse(line));
  }

  /** The end of the data. */
  async end(code = 0): Promise<readonly string[]> {
    await this.running.closeStdin();
    const lines = await this.running.allLines();
    await this.running.endsWith(code);
    return lines;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.running[Symbol.asyncDispose]();
    await this.folder[Symbol.asyncDispose]();
  }
}

const insert = (id: number, more: JsonObject = {}) => ({
  data: { id, n: 1 },
  metadata: { table: "orders", operation: "insert", key: ["id"], ...more },
});

Deno.test("singer output: S17: the keys, and what they are when left out", () => {
  assert.deepEqual(Object.keys(config), [
    "target",
    "args",
    "targetConfig",
    "flushInterval",
    "flushEnvelopes",
    "flushBytes",
    "ack",
    "validate",
    "stream",
    "keyProperties",
    "schema",
    "activateVersion",
  ]);
  const { values } = parseConfig(config, { target: "target-x" });
  assert.deepEqual(holdOf(values!), {
    bytes: 64 * 1024 * 1024,
    envelopes: 100_000,
    delayMs: 60_000,
  });
  assert.deepEqual(
    [values!.validate, values!.activateVersion, values!.ack],
    [true, false, "echo"],
  );
});

Deno.test("singer output: S21: a target that gives no state back is never waited for", async () => {
  await using trial = await Trial.start(
    { echo: "never", batch: 100_000 },
    { flush_envelopes: 1000 },
  );
  await trial.schema("orders");
  // With stdin open only cycles can settle it.
  for (let from = 0; from < 3000; from += 1000) {
    const rows = Array.from({ length: 1000 }, (_, n) => insert(from + n + 1));
    await trial.send(...rows);
    await trial.until(from + 1000);
  }
  assert.equal((await trial.rows()).length, 3000);
  const types = (await trial.messages()).map(({ type }) => type);
  assert.equal(types.filter((type) => type === "SCHEMA").length, 3);
  await trial.end();
});

Deno.test("singer output: S27: what a target prints and is no state is log", async () => {
  const chatter = "Loading orders… 5";
  await using trial = await Trial.start({ chatter }, { flush_envelopes: 1 });
  await trial.schema("orders");
  await trial.send(insert(1));
  const lines = await trial.until(1);
  assert.deepEqual(acksIn(lines), [1]);
  await trial.end();
  assert(trial.running.stderr.includes(chatter), trial.running.stderr);
  assert(!lines.join().includes(chatter), lines.join());
});

Deno.test("singer output: S18: SCHEMA before the first RECORD, in each process and when it changes", async () => {
  await using trial = await Trial.start({}, { flush_envelopes: 2 });
  await trial.schema("orders");
  await trial.send(insert(1), insert(2));
  await trial.until(2);
  await trial.send(insert(3));
  const fields = [{ name: "id", type: "int64" }, { name: "x", type: "string" }];
  await trial.running.sendControl({
    schema: { table: "orders", key: ["id"], fields },
  });
  await trial.send({
    data: { id: 4, x: "y" },
    metadata: insert(4).metadata,
  });
  await trial.end();
  const types = (await trial.messages()).map(({ type }) => type);
  assert.equal(
    types.join(" "),
    "SCHEMA RECORD RECORD SCHEMA RECORD SCHEMA RECORD",
  );
});

Deno.test("singer output: S19: a target that gives states back needs no cycle", async () => {
  await using trial = await Trial.start({ echo: "merge", batch: 500 });
  await trial.schema("orders");
  const rows = Array.from({ length: 2500 }, (_, n) => insert(n + 1));
  await trial.send(...rows);
  await trial.until(1000);
  assert((await trial.rows()).length >= 1000);
  const log = await trial.folder.read("log");
  assert(log.startsWith(
    '{"type":"STATE","value":{"bookmarks":{},"dstream":0}}\n',
  ));
  await trial.end();
});

Deno.test('singer output: S19: ack = "exit" believes no state', async () => {
  await using trial = await Trial.start(
    { echo: "early", batch: 10 },
    { ack: "exit", flush_envelopes: 1500 },
  );
  await trial.schema("orders");
  await trial.send(...Array.from({ length: 1500 }, (_, n) => insert(n + 1)));
  const lines = await trial.until(1500);
  assert.deepEqual(acksIn(lines), [1500]);
  await trial.end();
});

Deno.test("singer output: S20: neither state nor status count after a signal", async () => {
  if (Deno.build.os === "windows") return;
  await using trial = await Trial.start(
    { isLyingOnSignal: true, batch: 100_000 },
  );
  await trial.schema("orders");
  await trial.send(...Array.from({ length: 1200 }, (_, n) => insert(n + 1)));
  await trial.untilLogged('"id":1200');
  const pid = await targetOf(trial.running.pid);
  Deno.kill(pid, "SIGTERM");
  await until(() => !isThere(pid), () => "the target lives on");
  const lines = await trial.end(1);
  assert.deepEqual(acksIn(lines), []);
  assert.match(trial.running.stderr, /ended with status 0/);
});

Deno.test("singer output: S22: a target that dies is told with its last words", async () => {
  await using trial = await Trial.start({ dieAt: 2 });
  await trial.schema("orders");
  await trial.send(insert(1), insert(2));
  const lines = await trial.end(1);
  assert.deepEqual(acksIn(lines), []);
  assert.match(trial.running.stderr, /ended with status 1: out of memory/);
});

Deno.test("singer output: S23: what doesn't fit is rejected before the target sees it", async () => {
  await using trial = await Trial.start();
  await trial.schema("orders");
  const wrong = { ...insert(2), data: { id: 2, n: "many" } };
  await trial.send(insert(1), wrong, insert(3));
  const lines = await trial.end();
  const rejects = lines.filter((line) => line.includes('"reject"'));
  assert.equal(rejects.length, 1);
  assert.match(
    rejects[0],
    /"seq":2,"reason":"orders: n must be .*","code":"schema"/,
  );
  assert.equal((await trial.rows()).length, 2);
});

Deno.test("singer output: S24: the next one waits for a target whose dstream is gone", async () => {
  if (Deno.build.os === "windows") return;
  await using folder = await TempFolder.make({ stall: "" });
  const config = { stall: folder.join("stall"), batch: 1 };
  await using first = await Trial.start(config, {}, folder);
  await first.schema("orders");
  await first.send(insert(1));
  await first.untilLogged('"id":1');
  first.running.kill("SIGKILL");
  await first.running.end();
  await using second = await Trial.start(config, {}, folder);
  const ready = second.running.linesUntil((line) => line.includes('"ready"'));
  await until(
    () => second.running.stderr.includes("waiting for the target"),
    () => second.running.stderr,
  );
  await Deno.remove(folder.join("stall"));
  await ready;
  assert.equal((await second.rows()).length, 1);
});

Deno.test("singer output: S25: deletes, new keys and unchanged columns in Singer's words", async () => {
  await using trial = await Trial.start();
  await trial.schema("orders");
  const at = "2026-01-01T00:00:00Z";
  const metadata = (operation: string, more: JsonObject = {}) => ({
    ...insert(0).metadata,
    operation,
    timestamp: at,
    ...more,
  });
  await trial.send(
    { data: { id: 1 }, metadata: metadata("delete") },
    {
      data: { id: 3, n: 1 },
      metadata: metadata("update", { before: { id: 2 } }),
    },
    {
      data: { id: 4 },
      metadata: metadata("update", {
        unchanged: ["n"],
        before: { id: 4, n: 7 },
      }),
    },
    { data: { id: 5 }, metadata: metadata("update", { unchanged: ["n"] }) },
    { data: null, metadata: metadata("truncate") },
    { data: null, metadata: metadata("gap") },
  );
  const lines = await trial.end();
  const records = (await trial.messages()).filter(({ type }) =>
    type === "RECORD"
  )
    .map(({ record }) => record);
  assert.deepEqual(records, [
    { id: 1, _sdc_deleted_at: at },
    { id: 2, _sdc_deleted_at: at },
    { id: 3, n: 1 },
    { id: 4, n: 7 },
  ]);
  const codes = lines.flatMap((line) => /"code":"(\w+)"/.exec(line)?.[1] ?? []);
  assert.deepEqual(codes, ["incomplete", "truncate"]);
});

Deno.test("singer output: S25: a truncate is ACTIVATE_VERSION where that is wished", async () => {
  await using trial = await Trial.start({}, { activate_version: true });
  await trial.schema("orders");
  const truncate = {
    data: null,
    metadata: { ...insert(0).metadata, operation: "truncate" },
  };
  await trial.send(insert(1), truncate, insert(2));
  await trial.end();
  const [, first, activate, second] = await trial.messages();
  assert.equal(first.version, 1);
  assert.equal(activate.type, "ACTIVATE_VERSION");
  assert(Number(activate.version) > 1_000_000);
  assert.equal(second.version, activate.version);
});

Deno.test("singer output: S25: without a schema it is rejected, unless one is made", async () => {
  await using trial = await Trial.start();
  await trial.send(insert(1));
  const lines = await trial.end();
  assert.match(lines.join("\n"), /"code":"no_schema"/);
  await using other = await Trial.start({}, {
    schema: "infer",
    stream: "shop-{metadata.table}",
  });
  await other.send(insert(1));
  await other.end();
  const [schema] = await other.messages();
  assert.equal(schema.stream, "shop-orders");
  assert.deepEqual(schema.key_properties, ["id"]);
});

Deno.test("singer output: S26: a stream without a key is warned of", async () => {
  await using trial = await Trial.start({}, { schema: "infer" });
  await trial.send({ data: { a: 1 }, metadata: {} });
  await trial.end();
  assert.match(trial.running.stderr, /has no key: what is sent again/);
});

Deno.test("a tap's record goes to the target as it came", async () => {
  await using trial = await Trial.start();
  const fields = [{ name: "id", type: "int64" }];
  const json_schema = { type: "object", properties: { id: {} } };
  await trial.running.sendControl({
    schema: { table: "orders", key: ["id"], fields, json_schema },
  });
  await trial.running.send(
    '{"data":{"id": 123456789012345678901, "x": 1.10},"metadata":{"table":"orders",' +
      '"operation":"read","key":["id"],"source":"singer","time_extracted":"T"}}\n',
  );
  await trial.end();
  const log = await trial.folder.read("log");
  assert.match(
    log,
    /"record":\{"id": 123456789012345678901, "x": 1\.10\},"time_extracted":"T"\}/,
  );
});

/** Without those that only say that it is alive. */
function acksIn(lines: readonly string[]): number[] {
  const all = lines.filter((line) => line.includes('{"ack":'))
    .map((line) => JSON.parse(line.slice(1)).ack as number);
  return [...new Set(all)].filter((ack) => ack > 0);
}

/** The one child of a process. */
async function targetOf(pid: number): Promise<number> {
  const { stdout } = await new Deno.Command("ps", {
    args: ["-o", "pid=", "--ppid", String(pid)],
  }).output();
  return Number(new TextDecoder().decode(stdout).trim().split("\n")[0]);
}

function isThere(pid: number): boolean {
  try {
    return !Deno.readTextFileSync(`/proc/${pid}/stat`).includes(") Z ");
  } catch {
    return false;
  }
}
