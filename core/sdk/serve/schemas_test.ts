import { assert, assertEquals } from "../../../tests/support/assert.ts";
import { FakeHost, until } from "../../../tests/support/fake_host.ts";
import {
  defineInput,
  defineOutput,
  type InputBatch,
  type TableSchema,
} from "../mod.ts";
import { MAX_SCHEMA_BYTES } from "../../protocol/schema.ts";
import { OFFER, recordOf, version2Line } from "../testing/start_lines.ts";

const ORDERS: TableSchema = {
  table: "orders",
  key: ["id"],
  fields: [{ name: "id", type: "int64" }],
};
const SENT = { data: 1, metadata: { table: "orders" } };

/** What an input writes after `ready`, as data or the key of a record. */
async function writtenBy(
  batches: readonly InputBatch[],
  line = version2Line({}),
): Promise<{ seen: unknown[]; host: FakeHost }> {
  const host = new FakeHost();
  const provider = defineInput({
    name: "rows",
    summary: "Yields what the test says",
    config: {},
    features: ["state", "schema"],
    open: () => ({
      async *read() {
        for (const batch of batches) yield batch;
      },
    }),
  });
  const ended = provider.serve([], host);
  await host.send(line);
  await ended;
  const lines = host.lines.filter((line) => !line.includes('"status"'));
  const seen = lines.map((line) => {
    const record = recordOf(line);
    if (record === undefined) return JSON.parse(line).data;
    return "schema" in record ? record.schema : Object.keys(record)[0];
  }).filter((each) => each !== "hello");
  return { seen, host };
}

Deno.test("a schema stands before the envelopes it is yielded with, and once", async () => {
  const copy = structuredClone(ORDERS);
  const wider: TableSchema = {
    ...ORDERS,
    fields: [...ORDERS.fields, { name: "total", type: "decimal" }],
  };
  const envelopes = [SENT];
  const { seen } = await writtenBy([
    { envelopes, state: 1, schema: ORDERS },
    { envelopes, schema: ORDERS },
    { envelopes, schema: [copy, { table: "b", fields: [] }] },
    { envelopes, schema: wider },
    { envelopes, schema: ORDERS },
  ]);
  assertEquals(seen, [
    ORDERS,
    1,
    "state",
    1,
    { table: "b", fields: [] },
    1,
    wider,
    1,
    ORDERS,
    1,
    "end",
  ]);
});

Deno.test("nobody who didn't ask gets a schema", async () => {
  const protocol = { ...OFFER, features: ["state"] };
  const { seen } = await writtenBy(
    [{ envelopes: [SENT], schema: ORDERS }],
    version2Line({}, { protocol }),
  );
  assertEquals(seen, [1, "end"]);
});

Deno.test("a schema that is too large ends the input for good, after what came before", async () => {
  const native = "x".repeat(MAX_SCHEMA_BYTES);
  const large = { table: "b", fields: [{ name: "a", type: "any", native }] };
  const { seen, host } = await writtenBy([
    { envelopes: [SENT] },
    { schema: large as TableSchema, envelopes: [SENT] },
  ]);
  assertEquals(seen, [1, "error"]);
  assert.match(host.stdout, /schema of table \\"b\\".*4194304 are allowed/);
});

Deno.test("an output sees schemas beside its lines, and no control record", async () => {
  const host = new FakeHost();
  const seen: string[] = [];
  const provider = defineOutput({
    name: "rows",
    summary: "Looks at schemas",
    config: {},
    features: ["schema"],
    open: () => ({
      write: (batch) => {
        for (let index = 0; index < batch.count; index++) {
          const fields = batch.schemaOf(index)?.fields ?? [];
          const names = fields.map(({ name }) => name).join();
          seen.push(`${batch.envelope(index)?.data}: ${names}`);
        }
        return Promise.resolve();
      },
    }),
  });
  const ended = provider.serve([], host);
  await host.send(version2Line({}));
  await until(() => host.stdout.includes("ready"));
  assert.match(host.stdout, /"features":\["ack","schema"\]/);
  const row = (n: number) => `{"data":${n},"metadata":{"table":"orders"}}\n`;
  const schema = `\x1e${JSON.stringify({ schema: ORDERS })}\n`;
  await host.send(row(1) + schema + row(2) + row(3));
  await host.send(`\x1e{"later":1}\n${row(4)}`);
  await host.endStdin();
  assertEquals(await ended, 0);
  assertEquals(seen, ["1: ", "2: id", "3: id", "4: id"]);
  assertEquals(recordOf(host.lines.at(-1)!), { ack: 4 });
});
