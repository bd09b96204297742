import { ConfigError, FinalError } from "@dstream/sdk";
import { assert } from "../../../tests/support/assert.ts";
import { selectStreams, type Wish } from "./catalog.ts";

const CATALOG = {
  streams: [
    {
      tap_stream_id: "public-orders",
      stream: "orders",
      schema: {
        type: "object",
        properties: {
          id: { type: "integer", maximum: "BIG" },
          total: { type: "number" },
          password: { type: "string" },
          blob: {},
          address: { type: "object", properties: { city: {}, zip: {} } },
        },
      },
      metadata: [
        { breadcrumb: [], metadata: { "table-key-properties": ["id"] } },
        {
          breadcrumb: ["properties", "id"],
          metadata: { inclusion: "automatic" },
        },
        {
          breadcrumb: ["properties", "blob"],
          metadata: { inclusion: "unsupported" },
        },
      ],
    },
    {
      tap_stream_id: "public-users",
      schema: { type: "object", properties: { id: {} } },
      metadata: [{ breadcrumb: [], metadata: { selected: false } }],
    },
  ],
};
const TEXT = JSON.stringify(CATALOG).replace('"BIG"', "9223372036854775807");

function run(wish: Partial<Wish>) {
  const selected = selectStreams(TEXT, {
    select: undefined,
    replication: undefined,
    ...wish,
  });
  const catalog = JSON.parse(selected.text);
  // deno-lint-ignore no-explicit-any
  const fields = catalog.streams[0].metadata.flatMap((each: any) =>
    each.breadcrumb.length > 0 && each.metadata.selected
      ? [
        each.breadcrumb.filter((name: string) => name !== "properties").join(
          ".",
        ),
      ]
      : []
  ).sort();
  return { ...selected, catalog, fields };
}

const SELECTED: Readonly<
  Record<string, readonly [Partial<Wish>, readonly string[], readonly string[]]>
> = {
  "nothing said: what the catalog selects, without what can't be": [
    {},
    ["public-orders"],
    ["address", "address.city", "address.zip", "id", "password", "total"],
  ],
  "everything": [
    { select: ["*"] },
    ["public-orders", "public-users"],
    ["address", "address.city", "address.zip", "id", "password", "total"],
  ],
  "Meltano's everything": [
    { select: ["*.*"] },
    ["public-orders", "public-users"],
    ["address", "address.city", "address.zip", "id", "password", "total"],
  ],
  "a stream without a field": [
    { select: ["public-orders", "!*.password"] },
    ["public-orders"],
    ["address", "address.city", "address.zip", "id", "total"],
  ],
  "only what is left out": [
    { select: ["!public-users"] },
    ["public-orders"],
    ["address", "address.city", "address.zip", "id", "password", "total"],
  ],
  "one field, and what is automatic": [
    { select: ["public-orders.total"] },
    ["public-orders"],
    ["id", "total"],
  ],
  "a field in a field, and what holds it": [
    { select: ["public-orders.address.city"] },
    ["public-orders"],
    ["address", "address.city", "id"],
  ],
};

for (const [name, [wish, streams, fields]] of Object.entries(SELECTED)) {
  Deno.test(`singer catalog: S3: ${name}`, () => {
    const outcome = run(wish);
    assert.deepEqual(outcome.streams, streams);
    assert.deepEqual(outcome.fields, fields);
    const [orders, users] = outcome.catalog.streams;
    for (const entry of [orders, users]) {
      const isSelected = streams.includes(entry.tap_stream_id);
      assert.equal(entry.selected, isSelected);
      assert.equal(entry.schema.selected, isSelected);
    }
  });
}

Deno.test("singer catalog: S3: replication is written to both places", () => {
  const { catalog } = run({
    replication: { "*-orders": { method: "INCREMENTAL", key: "id" } },
  });
  const [orders] = catalog.streams;
  assert.equal(orders.replication_method, "INCREMENTAL");
  assert.equal(orders.replication_key, "id");
  const [root] = orders.metadata;
  assert.equal(root.metadata["replication-method"], "INCREMENTAL");
  assert.equal(root.metadata["replication-key"], "id");
});

Deno.test("singer catalog: numbers keep their digits", () => {
  assert.match(run({}).text, /"maximum":9223372036854775807/);
});

Deno.test("singer catalog: S4: a pattern that nothing fits is an error at its place", () => {
  assert.throws(
    () => run({ select: ["*", "public-order"] }),
    (error: unknown) => {
      assert(error instanceof ConfigError);
      assert.equal(error.path, "config.select[1]");
      assert.match(error.hint!, /public-orders/);
      return true;
    },
  );
  assert.throws(
    () => run({ replication: { x: { method: "FULL_TABLE", key: undefined } } }),
    /replication has "x"/,
  );
});

Deno.test("singer catalog: S4: no stream at all is an error", () => {
  assert.throws(() => run({ select: ["!*"] }), (error: unknown) => {
    assert(error instanceof FinalError);
    assert.equal(error.code, "singer.nothing_selected");
    return true;
  });
});

Deno.test("singer catalog: S5: what can't be is warned of", () => {
  assert.deepEqual(
    run({ select: ["public-orders.total", "public-orders.blob"] }).warnings,
    ["public-orders.blob can't be selected: the tap doesn't support it"],
  );
  assert.deepEqual(
    run({ select: ["public-orders", "!public-orders.id"] }).warnings,
    ["public-orders.id can't be left out: the tap needs it"],
  );
});

Deno.test("singer catalog: what is none is an error", () => {
  assert.throws(
    () => selectStreams("[]", { select: undefined, replication: undefined }),
    /not JSON with a list of streams/,
  );
});
