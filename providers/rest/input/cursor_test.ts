import {
  assert,
  assertEquals,
  assertRejects,
} from "../../../tests/support/assert.ts";
import { Api, json, numbered } from "../../../tests/support/rest/api.ts";
import { runRest } from "../../../tests/support/rest/rest_input.ts";
import { TestContext } from "@dstream/sdk/testing";
import { Cursor } from "./cursor.ts";
import type { CursorConfig } from "./config.ts";

interface Row {
  readonly id: number;
  readonly at: string;
}

/** Rows by the minute, and whoever asks for those since a time. */
function minutes(from: number, to: number): Row[] {
  return numbered(from, to).map(({ id }) => ({
    id,
    at: `2026-01-01T00:${String(id).padStart(2, "0")}:00Z`,
  }));
}

function since(rows: readonly Row[], url: URL, size = 4): Response {
  const from = url.searchParams.get("since") ?? "";
  const page = Number(url.searchParams.get("page") ?? 1);
  const found = rows.filter(({ at }) => at >= from);
  return json(found.slice((page - 1) * size, page * size));
}

const PAGED = {
  key: ["id"],
  pagination: { type: "page", param: "page" },
};

Deno.test("3.3.8 the cursor is kept after each page only where the stream is sorted", async (t) => {
  for (const order of ["ascending", "unknown"]) {
    await t.step(order, async () => {
      await using api = new Api(({ url, count }) =>
        count === 3 ? json("", { status: 400 }) : since(minutes(1, 12), url)
      );
      const states: unknown[] = [];
      const context = new TestContext();
      const { driveInput } = await import("@dstream/sdk/testing");
      const { RestInput } = await import("./input.ts");
      const { readConfig } = await import(
        "../../../tests/support/rest/rest_input.ts"
      );
      const config = readConfig({
        endpoint: api.endpoint,
        ...PAGED,
        cursor: { field: "at", param: "since", order },
      });
      const input = await RestInput.open(config, context);
      await assertRejects(async () => {
        for await (const { state } of driveInput(input, undefined, context)) {
          if (state !== undefined) states.push(state);
        }
      }, "http.refused");
      const { orders } = (states.at(-1) as {
        streams: { orders: { cursor?: string } };
      }).streams;
      assertEquals(
        orders.cursor,
        order === "ascending" ? "2026-01-01T00:08:00Z" : undefined,
      );
    });
  }
});

Deno.test("3.3.9 the next run asks from the cursor on and drops what it has sent", async (t) => {
  for (const key of [["id"], undefined]) {
    await t.step(
      key === undefined ? "by all of a record" : "by key",
      async () => {
        let rows = minutes(1, 6);
        await using api = new Api(({ url }) => since(rows, url, 100));
        const values = {
          endpoint: api.endpoint,
          ...(key === undefined ? {} : { key }),
          cursor: { field: "at", param: "since", order: "ascending" },
        };
        const first = await runRest(values);
        rows = [...rows, { id: 60, at: rows[5].at }, ...minutes(7, 8)];
        const second = await runRest(values, first.state);
        assertEquals(api.params("since"), [null, "2026-01-01T00:06:00Z"]);
        assertEquals(second.data.map((row) => (row as unknown as Row).id), [
          60,
          7,
          8,
        ]);
        const third = await runRest(values, second.state);
        assertEquals(third.data, []);
        assertEquals([...first.positions, ...second.positions], [
          ...numbered(1, 9).map(({ id }) => String(id).padStart(19, "0")),
        ]);
      },
    );
  }
});

Deno.test("3.3.9 what is remembered is bounded, and the error names the field", async () => {
  const rows = numbered(1, 20).map(({ id }) => ({ id, at: "2026-01-01" }));
  await using api = new Api(() => json(rows));
  const error = await assertRejects(
    () =>
      runRest({
        endpoint: api.endpoint,
        cursor: { field: "at", max_remembered: 10 },
      }),
    "rest.too_many_alike",
  );
  assert.match(error.message, /more than 10 records .* "at"/);
});

Deno.test("3.3.10 lookback reaches behind the cursor for records that come late", async () => {
  let rows = minutes(1, 10);
  await using api = new Api(({ url }) => since(rows, url, 100));
  const values = {
    endpoint: api.endpoint,
    key: ["id"],
    cursor: { field: "at", param: "since", lookback: "3m" },
  };
  const first = await runRest(values);
  rows = [...rows, { id: 99, at: "2026-01-01T00:08:30Z" }, ...minutes(11, 11)];
  const second = await runRest(values, first.state);
  assertEquals(api.params("since")[1], "2026-01-01T00:07:00Z");
  assertEquals(second.data.map((row) => (row as unknown as Row).id), [99, 11]);
});

Deno.test("3.3.11 cursors compare as times with a zone, as numbers or text", async (t) => {
  const cases: [CursorConfig["type"], string, string][] = [
    ["time", "2026-01-01T01:00:00+02:00", "2026-01-01T00:00:00Z"],
    ["time", "2026-01-01", "2026-01-01T00:00:00.000000001Z"],
    ["time", "2026-01-01T00:00:00.1Z", "2026-01-01T00:00:00.12Z"],
    ["time", "1767225600", "1767225601000"],
    ["time", "Thu, 01 Jan 2026 00:00:00 GMT", "2026-01-01T00:00:01Z"],
    ["number", "9", "10"],
    ["number", "9007199254740993", "9007199254740994"],
    ["number", "-2", "-1.5"],
    ["text", "10", "9"],
  ];
  for (const [type, less, more] of cases) {
    await t.step(`${type}: ${less} < ${more}`, () => {
      const cursor = new Cursor({ type, field: "x" } as CursorConfig);
      assert.ok(cursor.read(less).order < cursor.read(more).order);
    });
  }
  for (const [type, text] of [["time", "soon"], ["number", "abc"]] as const) {
    await t.step(`${text} is no ${type}`, async () => {
      const cursor = new Cursor({ type, field: "x" } as CursorConfig);
      await assertRejects(
        () => Promise.resolve().then(() => cursor.read(text)),
        "rest.cursor_invalid",
      );
    });
  }
});

Deno.test("3.3.11 a time is asked for at the API's granularity", async (t) => {
  const cases: [string, string, string, string][] = [
    [
      "as_found",
      "0s",
      "2026-01-02T03:04:05.678+02:00",
      "2026-01-02T03:04:05.678+02:00",
    ],
    [
      "as_found",
      "1s",
      "2026-01-02T03:04:05.678+02:00",
      "2026-01-02T01:04:04.678Z",
    ],
    ["as_found", "24h", "2026-01-02", "2026-01-01"],
    ["as_found", "1s", "1767225601", "1767225600"],
    ["as_found", "1s", "1767225601000", "1767225600000"],
    ["as_found", "1s", "2026-01-02 03:04:05", "2026-01-02T03:04:04"],
    ["rfc3339", "0s", "1767225600000", "2026-01-01T00:00:00Z"],
    ["date", "0s", "2026-01-02T03:04:05Z", "2026-01-02"],
    ["unix", "0s", "2026-01-01T00:00:00.9Z", "1767225600"],
    ["unix_ms", "0s", "2026-01-01T00:00:00.9Z", "1767225600900"],
  ];
  const { readConfig } = await import(
    "../../../tests/support/rest/rest_input.ts"
  );
  for (const [format, lookback, text, expected] of cases) {
    await t.step(`${format}, ${lookback}: ${text} → ${expected}`, () => {
      const { cursor: config } = readConfig({
        endpoint: "http://127.0.0.1/x",
        cursor: { field: "at", format, lookback },
      });
      const cursor = new Cursor(config!);
      assertEquals(cursor.paramOf(cursor.read(text)), expected);
    });
  }
});

Deno.test("3.3.12 a record without a cursor value is an error, kept or dropped", async (t) => {
  await using api = new Api(() =>
    json([{ id: 1, at: "2026-01-01" }, { id: 2, at: null }])
  );
  const run = (missing: string) =>
    runRest({ endpoint: api.endpoint, cursor: { field: "at", missing } });
  await t.step("fail", async () => {
    const error = await assertRejects(() => run("fail"), "rest.cursor_missing");
    assert.match(error.message, /has no "at": {"id":2,"at":null}/);
  });
  await t.step(
    "keep",
    async () => assertEquals((await run("keep")).data.length, 2),
  );
  await t.step(
    "drop",
    async () => assertEquals((await run("drop")).data.length, 1),
  );
});

Deno.test("3.3.13 a newest-first stream stops at the old cursor, its state moves at the end", async () => {
  let rows = minutes(1, 8).reverse();
  await using api = new Api(({ url }) => {
    const page = Number(url.searchParams.get("page"));
    return json(rows.slice((page - 1) * 3, page * 3));
  });
  const values = {
    endpoint: api.endpoint,
    ...PAGED,
    cursor: { field: "at", order: "descending" },
  };
  const first = await runRest(values);
  assertEquals(first.data.length, 8);
  const before = api.asked.length;
  rows = minutes(1, 10).reverse();
  const second = await runRest(values, first.state);
  assertEquals(second.data.map((row) => (row as unknown as Row).id), [10, 9]);
  // The page after the one with the old cursor isn't asked for.
  assertEquals(api.asked.length - before, 2);
});

Deno.test("a turn that was broken off goes on from the page the API named", async () => {
  const { driveInput } = await import("@dstream/sdk/testing");
  const { RestInput } = await import("./input.ts");
  const { readConfig } = await import(
    "../../../tests/support/rest/rest_input.ts"
  );
  await using api = new Api(({ url }) => {
    const at = Number(url.searchParams.get("after") ?? 0);
    return json({
      items: numbered(at + 1, at + 5),
      next: at < 15 ? String(at + 5) : null,
    });
  });
  const values = {
    endpoint: api.endpoint,
    records: "items",
    pagination: { type: "cursor", param: "after", next: "next" },
  };
  const input = await RestInput.open(readConfig(values), new TestContext());
  let state;
  for await (const batch of driveInput(input)) {
    state = batch.state ?? state;
    if (api.asked.length === 2 && batch.state !== undefined) break;
  }
  await input.close();
  const rest = await runRest(values, state);
  assertEquals(rest.data, numbered(11, 20));
});

Deno.test("a kept page that is gone is asked for from the start, with a warning", async () => {
  await using api = new Api(({ url }) =>
    url.searchParams.has("after")
      ? json("gone", { status: 410 })
      : json({ items: [{ id: 1 }] })
  );
  const { data, context } = await runRest(
    {
      endpoint: api.endpoint,
      records: "items",
      pagination: { type: "cursor", param: "after", next: "next" },
    },
    { streams: { orders: { page: { params: { after: "x" } } } } },
  );
  assertEquals(data, [{ id: 1 }]);
  assert.match(context.warnings[0], /is gone .*asking from the start/);
});
