/**
 * One suite for both ways to move bytes: what comes out is what went in, counted.
 */

import fc from "fast-check";
import { assert, assertRejects } from "../../../tests/support/assert.ts";
import {
  DEFAULT_MAX_LINE_BYTES,
  type InputRecord,
  type RawSchema,
} from "../../protocol/mod.ts";
import { type Engine, fastEngine, plainEngine } from "./engine.ts";
import { Ledger } from "../settle/ledger.ts";
import { Relay, type RelayOptions } from "./relay.ts";
import type { RelayLane, RelaySource } from "./relay_ports.ts";
import { WholeLines } from "./whole_lines.ts";
import { ReplayWindow } from "./window.ts";

/** A relay between two ends in memory. */
class Bench implements RelayLane, RelaySource {
  readonly ledger = new Ledger();
  readonly window: ReplayWindow;
  readonly states: { readonly state: unknown; readonly at: number }[] = [];
  readonly strays: string[] = [];
  readonly relay: Relay;
  readonly name = "in";
  readonly index = 0;
  output = "";
  read = 0;
  /** How many lines the output takes before it acknowledges all it has. */
  ackEvery = 1;
  #unacknowledged = 0;
  #lines: WholeLines | undefined;

  constructor(
    readonly engine: Engine,
    readonly more: Partial<RelayOptions> & Partial<RelaySource> = {},
    window = { bytes: 65_536, envelopes: 1000 },
  ) {
    this.window = new ReplayWindow(
      engine.createScanner(window.bytes),
      window.bytes,
      window.envelopes,
    );
    this.relay = new Relay({
      lanes: [this],
      counters: {
        readEnvelopes: 0,
        readBytes: 0,
        filteredEnvelopes: 0,
        strayLines: 0,
      },
      over: new AbortController().signal,
      maxLineBytes: DEFAULT_MAX_LINE_BYTES,
      onEnough: () => {},
      ...more,
    });
  }

  get hasRecords(): boolean {
    return this.more.hasRecords ?? true;
  }

  get strayLines() {
    return this.more.strayLines ?? "drop";
  }

  count(lines: number): number {
    return this.read += lines;
  }

  next(): Promise<Uint8Array | undefined> {
    return this.#lines!.next();
  }

  onRecord(record: InputRecord): void {
    if (!("state" in record)) return;
    this.states.push({ state: record.state, at: this.read });
  }

  onStray(line: Uint8Array): void {
    this.strays.push(new TextDecoder().decode(line));
  }

  async pump(
    text: string,
    cuts: readonly number[] = [1000],
  ): Promise<"ended" | "closed"> {
    const source = this.engine.openSource(streamOf(text, cuts));
    this.#lines = new WholeLines(source, {
      chunkBytes: Math.min(this.engine.chunkBytes, 4096),
      maxLineBytes: DEFAULT_MAX_LINE_BYTES,
    });
    return await this.relay.pump(this);
  }

  schema({ table }: RawSchema): Promise<void> {
    this.output += `schema ${table}\n`;
    return Promise.resolve();
  }

  /** What a replay would write. */
  held(): string {
    const decoder = new TextDecoder();
    let text = "";
    const { window } = this;
    for (let held = window.next(0); held; held = window.next(held.last)) {
      text += decoder.decode(held.bytes);
    }
    return text;
  }

  acknowledgeAll(): void {
    this.#unacknowledged = 0;
    this.ledger.acknowledge(this.ledger.handed);
    this.window.settle(this.ledger.settled);
  }

  async flush(): Promise<void> {}

  tookOut(): void {}

  /** Takes lines a turn later, and acknowledges as a batching output would. */
  async hand(bytes: Uint8Array, lines: number): Promise<void> {
    const over = this.more.over ?? new AbortController().signal;
    await this.window.room(0, lines, over);
    this.ledger.hand(lines);
    this.ledger.send(lines);
    this.window.commit(bytes.length, lines, this.ledger.handed);
    await Promise.resolve();
    this.output += new TextDecoder().decode(bytes);
    this.#unacknowledged += lines;
    const isHalfFull = this.window.usedBytes >= this.window.capacityBytes / 2 ||
      this.window.usedEnvelopes >= this.window.maxEnvelopes / 2;
    if (this.#unacknowledged >= this.ackEvery || isHalfFull) {
      this.acknowledgeAll();
    }
  }
}

function streamOf(
  text: string,
  cuts: readonly number[],
): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  let at = 0;
  let n = 0;
  return new ReadableStream({
    type: "bytes",
    pull(controller: ReadableByteStreamController) {
      if (at >= bytes.length) {
        controller.close();
        controller.byobRequest?.respond(0);
        return;
      }
      const end = at + cuts[n++ % cuts.length];
      controller.enqueue(bytes.slice(at, end));
      at = end;
    },
  });
}

const envelope = fc.nat(60).map((n) => ({
  kind: "envelope" as const,
  text: `{"data":"${"x".repeat(n)}"}`,
}));
const record = fc.nat(9).map((n) => ({
  kind: "state" as const,
  text: `\x1e{"state":${n}}`,
}));
const stray = fc.constantFrom("", "log", " {", "\r", "null").map((text) => ({
  kind: "stray" as const,
  text,
}));
const line = fc.oneof(
  { weight: 8, arbitrary: envelope },
  { weight: 1, arbitrary: record },
  { weight: 1, arbitrary: stray },
);
const cuts = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1 });

for (const engine of [fastEngine, plainEngine]) {
  const title = (text: string) => `${engine.name} relay: ${text}`;

  Deno.test(
    title("envelopes pass in order, the rest is taken out at its place"),
    async () => {
      const lines = fc.array(line, { maxLength: 200, size: "max" });
      const window = fc.record({
        bytes: fc.integer({ min: 256, max: 4096 }),
        envelopes: fc.integer({ min: 1, max: 50 }),
      });
      const ackEvery = fc.integer({ min: 1, max: 1000 });
      await fc.assert(
        fc.asyncProperty(
          lines,
          window,
          ackEvery,
          cuts,
          async (all, w, every, c) => {
            const bench = new Bench(engine, {}, w);
            bench.ackEvery = every;
            await bench.pump(all.map((l) => l.text + "\n").join(""), c);
            const envelopes = all.filter((l) => l.kind === "envelope");
            assert.equal(
              bench.output,
              envelopes.map((l) => l.text + "\n").join(""),
            );
            assert.equal(bench.ledger.handed, envelopes.length);
            assert.equal(
              bench.strays.length,
              all.filter((l) => l.kind === "stray").length,
            );
            const statesAt = all.flatMap((l, i) =>
              l.kind === "state"
                ? [all.slice(0, i).filter((e) => e.kind === "envelope").length]
                : []
            );
            assert.deepEqual(bench.states.map((s) => s.at), statesAt);
            bench.acknowledgeAll();
            assert.equal(bench.window.usedBytes, 0);
          },
        ),
        { numRuns: 150 },
      );
    },
  );

  Deno.test(
    title("what is unsettled can be written again, byte for byte"),
    async () => {
      const lines = fc.array(line, {
        minLength: 1,
        maxLength: 100,
        size: "max",
      });
      await fc.assert(
        fc.asyncProperty(lines, cuts, fc.nat(100), async (all, c, acked) => {
          const bench = new Bench(engine);
          bench.ackEvery = Infinity;
          await bench.pump(all.map((l) => l.text + "\n").join(""), c);
          const texts = all.filter((l) => l.kind === "envelope")
            .map((l) => l.text + "\n");
          const settled = Math.min(acked, texts.length);
          bench.ledger.acknowledge(settled);
          bench.window.settle(settled);
          assert.equal(bench.held(), texts.slice(settled).join(""));
        }),
        { numRuns: 100 },
      );
    },
  );

  Deno.test(
    title("a schema is passed at its place, and counts for nothing"),
    async () => {
      const bench = new Bench(engine);
      const schema = (table: string) =>
        `\x1e{"schema":{"table":"${table}","fields":[]}}\n`;
      await bench.pump(
        schema("a") + '{"n":1}\n' + schema("b") + schema("a") + '{"n":2}\n',
      );
      assert.equal(
        bench.output,
        'schema a\n{"n":1}\nschema b\nschema a\n{"n":2}\n',
      );
      assert.equal(bench.read, 2);
    },
  );

  Deno.test(
    title("a schema goes through the transforms, or ends there"),
    async () => {
      const bench = new Bench(engine, {
        transforms: {
          transformer: {
            applyChunk: (bytes) => ({ bytes, runs: [1], rejects: [] }),
            applySchema: ({ table, record }) =>
              table === "gone" ? undefined : { table: `${table}2`, record },
          },
          keepsRejected: false,
          onRejected: () => Promise.resolve(),
        },
      });
      const schema = (table: string) =>
        `\x1e{"schema":{"table":"${table}","fields":[]}}\n`;
      await bench.pump(schema("a") + '{"n":1}\n' + schema("gone"));
      assert.equal(bench.output, 'schema a2\n{"n":1}\n');
    },
  );

  Deno.test(
    title("`end` is the end, also when stdout stays open"),
    async () => {
      const bench = new Bench(engine);
      const end = await bench.pump('{"a":1}\n\x1e{"end":true}\n{"a":2}\n');
      assert.equal(end, "ended");
      assert.equal(bench.output, '{"a":1}\n');
    },
  );

  Deno.test(title("--max cuts within a chunk"), async () => {
    for (const max of [1, 3, 5]) {
      const bench = new Bench(engine, { maxEnvelopes: max });
      await bench.pump('{"a":1}\n'.repeat(5));
      assert.equal(bench.ledger.handed, Math.min(max, 5));
      assert.equal(bench.output.split("\n").length - 1, max);
    }
  });

  Deno.test(
    title("a version 1 input's 0x1E line is never passed on"),
    async () => {
      const bench = new Bench(engine, {
        hasRecords: false,
        strayLines: "forward",
      });
      await bench.pump('log\n\x1e{"ack":1}\n{"a":1}\n');
      assert.equal(bench.output, 'log\n{"a":1}\n');
    },
  );

  Deno.test(
    title("a full window waits, and ends when the run does"),
    async () => {
      const over = new AbortController();
      const bench = new Bench(engine, { over: over.signal }, {
        bytes: 64,
        envelopes: 10,
      });
      bench.ackEvery = Infinity;
      bench.acknowledgeAll = () => {}; // an output that never acknowledges
      const pumping = bench.pump('{"data":"x"}\n'.repeat(20));
      setTimeout(() => over.abort(new Error("over")), 20);
      await assert.rejects(pumping, /over/);
      assert.ok(bench.window.usedBytes <= 64);
    },
  );

  Deno.test(title("stray_lines = fail names the place"), async () => {
    const bench = new Bench(engine, { strayLines: "fail" });
    const error = await assertRejects(
      () => bench.pump('{"a":1}\noops\n'),
      "protocol.stray_line",
    );
    assert.match(error.message, /after envelope 1: "oops"/);
  });
}

Deno.test("relay: a slow write keeps its bytes, whatever chunks come behind it", async () => {
  const bench = new Bench(fastEngine);
  const writes: Promise<void>[] = [];
  let written = "";
  const slowly = async (lines: Uint8Array) => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    written += new TextDecoder().decode(lines);
  };
  // As a lane does it: a write is awaited before the next one, or by flush().
  bench.hand = async (bytes, lines) => {
    await writes.at(-1);
    bench.ledger.hand(lines);
    bench.ledger.send(lines);
    bench.window.commit(bytes.length, lines, bench.ledger.handed);
    bench.acknowledgeAll();
    writes.push(slowly(bytes));
  };
  bench.flush = async () => await writes.at(-1);
  const chunks = [
    '{"data":1}\n',
    '\x1e{"state":1}\n',
    '\x1e{"state":2}\n',
    "log\n",
    '{"data":2}\n',
    '\x1e{"state":3}\n',
    '{"data":3}\n',
  ];
  let last: Uint8Array | undefined;
  let lastButOne: Uint8Array | undefined;
  bench.next = () => {
    // What was handed out by the last call but one is read into again.
    lastButOne?.fill(0x2a);
    lastButOne = last;
    const text = chunks.shift();
    last = text === undefined ? undefined : new TextEncoder().encode(text);
    return Promise.resolve(last);
  };
  await bench.relay.pump(bench);
  assert.equal(written, '{"data":1}\n{"data":2}\n{"data":3}\n');
});

Deno.test("relay: the state behind the last envelope that was wanted is noted", async () => {
  for (const cut of [1000, 11, 1]) {
    const bench = new Bench(fastEngine, { maxEnvelopes: 2 });
    const pair = (n: number) => `{"data":${n}}\n\x1e{"state":${n}}\n`;
    await bench.pump(pair(1) + pair(2) + pair(3), [cut]);
    assert.deepEqual(bench.states.map((s) => s.state), [1, 2]);
  }
});
