import {
  assert,
  assertEquals,
  assertRejects,
} from "../../../tests/support/assert.ts";
import {
  Api,
  type Asked,
  json,
  numbered,
} from "../../../tests/support/rest/api.ts";
import { runRest } from "../../../tests/support/rest/rest_input.ts";

const ALL = 25;

/** Ten at a time, from an offset on. */
function slice(from: number): { id: number }[] {
  return numbered(from + 1, Math.min(from + 10, ALL));
}

const number = (asked: Asked, name: string) =>
  Number(asked.url.searchParams.get(name) ?? 0);

Deno.test("3.3.1 pages of every kind are read to their end", async (t) => {
  const cases: [string, Record<string, unknown>, (asked: Asked) => Response][] =
    [
      ["none", {}, () => json(numbered(1, ALL))],
      [
        "page number",
        { type: "page", param: "page", size: 10, size_param: "per_page" },
        (asked) => json(slice((number(asked, "page") - 1) * 10)),
      ],
      [
        "offset",
        { type: "offset", param: "offset", size: 10 },
        (asked) => json(slice(number(asked, "offset"))),
      ],
      [
        "cursor in the body",
        { type: "cursor", param: "after", next: "meta.next" },
        (asked) => {
          const at = number(asked, "after");
          const next = at + 10 < ALL ? String(at + 10) : null;
          return json({ items: slice(at), meta: { next } });
        },
      ],
      [
        "cursor that is a large number",
        { type: "cursor", param: "after", next: "next" },
        (asked) => {
          const after = asked.url.searchParams.get("after");
          const at = after === null ? 0 : Number(BigInt(after) - 2n ** 60n);
          const next = at + 10 < ALL
            ? String(2n ** 60n + BigInt(at + 10))
            : "null";
          return json(`{"items":${JSON.stringify(slice(at))},"next":${next}}`);
        },
      ],
      [
        "cursor in a header",
        { type: "cursor", param: "after", next_header: "X-Next" },
        (asked) => {
          const at = number(asked, "after");
          const headers = { "X-Next": at + 10 < ALL ? String(at + 10) : "" };
          return json(slice(at), { headers });
        },
      ],
      [
        "next link in the body",
        { type: "next_link", next: "links.next" },
        (asked) => {
          const at = number(asked, "o");
          const next = at + 10 < ALL ? `?o=${at + 10}` : undefined;
          return json({ items: slice(at), links: { next } });
        },
      ],
      [
        "Link header",
        { type: "link_header" },
        (asked) => {
          const at = number(asked, "o");
          const Link =
            `<${asked.url.origin}/x?a=1,2>; rel="first"; title="a, b"` +
            (at + 10 < ALL
              ? `, <${asked.url.pathname}?o=${
                at + 10
              }>; title=x; rel="last next"`
              : "");
          return json(slice(at), { headers: { Link } });
        },
      ],
      [
        "last key of the page",
        { type: "last_key", param: "after_id", key: "id" },
        (asked) => json(slice(number(asked, "after_id"))),
      ],
    ];
  for (const [name, pagination, answer] of cases) {
    await t.step(name, async () => {
      await using api = new Api(answer);
      const hasItems = "next" in pagination && !("next_header" in pagination);
      const { data } = await runRest({
        endpoint: api.endpoint,
        ...(name === "none" ? {} : { pagination: pagination as never }),
        ...(hasItems ? { records: "items" } : {}),
      });
      assertEquals(data, numbered(1, ALL));
    });
  }
});

Deno.test("3.3.2 a next page that is the page just fetched ends the turn with a warning", async () => {
  await using api = new Api(() => json({ items: [{ id: 1 }], next: "same" }));
  const { data, context } = await runRest({
    endpoint: api.endpoint,
    records: "items",
    pagination: { type: "cursor", param: "after", next: "next" },
  });
  assertEquals(data.length, 2);
  assertEquals(api.asked.length, 2);
  assert.match(context.warnings[0], /one that was asked for before/);
});

Deno.test("3.3.2 pages that go round in a circle end too", async () => {
  await using api = new Api(({ url }) =>
    json({
      items: [{ id: 1 }],
      next: url.searchParams.get("after") === "a" ? "b" : "a",
    })
  );
  const { context } = await runRest({
    endpoint: api.endpoint,
    records: "items",
    pagination: { type: "cursor", param: "after", next: "next" },
  });
  assert.ok(api.asked.length < 10, `${api.asked.length} requests`);
  assert.match(context.warnings[0], /was asked for before/);
});

Deno.test("3.3.3 a token that stops coming, or is empty, is none", async (t) => {
  for (const next of [undefined, null, ""]) {
    await t.step(String(next), async () => {
      await using api = new Api(({ count }) =>
        json({ items: [{ id: count }], next: count === 1 ? "b" : next })
      );
      const { data } = await runRest({
        endpoint: api.endpoint,
        records: "items",
        pagination: { type: "cursor", param: "after", next: "next" },
      });
      assertEquals(data.length, 2);
      assertEquals(api.params("after"), [null, "b"]);
    });
  }
});

Deno.test("3.3.4 a configured has_more alone decides", async (t) => {
  const cursor = {
    type: "cursor",
    param: "after",
    next: "next",
    has_more: "more",
  };
  await t.step("false, though a cursor is there", async () => {
    await using api = new Api(() =>
      json({ items: [{ id: 1 }], next: "b", more: false })
    );
    await runRest({
      endpoint: api.endpoint,
      records: "items",
      pagination: cursor,
    });
    assertEquals(api.asked.length, 1);
  });
  await t.step("true, though a page is empty", async () => {
    await using api = new Api(({ count }) =>
      json({ items: count === 2 ? [] : [{ id: count }], more: count < 3 })
    );
    const { data } = await runRest({
      endpoint: api.endpoint,
      records: "items",
      pagination: { type: "page", param: "page", has_more: "more" },
    });
    assertEquals(data, [{ id: 1 }, { id: 3 }]);
  });
  await t.step("true without a cursor is an error", async () => {
    await using api = new Api(() => json({ items: [{ id: 1 }], more: true }));
    await assertRejects(
      () =>
        runRest({
          endpoint: api.endpoint,
          records: "items",
          pagination: cursor,
        }),
      "rest.no_next_page",
    );
  });
});

Deno.test("3.3.5 an empty page ends page numbers, but not cursors that go on", async () => {
  await using api = new Api(({ count }) =>
    json({
      items: count === 2 ? [] : [{ id: count }],
      next: count < 3 ? `c${count}` : null,
    })
  );
  const { data } = await runRest({
    endpoint: api.endpoint,
    records: "items",
    pagination: { type: "cursor", param: "after", next: "next" },
  });
  assertEquals(data, [{ id: 1 }, { id: 3 }]);

  await using numbers = new Api(({ count }) =>
    json(count === 2 ? [] : [{ id: count }])
  );
  await runRest({
    endpoint: numbers.endpoint,
    pagination: { type: "page", param: "p" },
  });
  assertEquals(numbers.params("p"), ["1", "2"]);
});

Deno.test("3.3.6 where results are capped, paging starts again from the newest cursor", async () => {
  const rows = numbered(1, 57).map(({ id }) => ({ id, at: Math.ceil(id / 3) }));
  await using api = new Api(({ url }) => {
    const since = Number(url.searchParams.get("since") ?? 0);
    const page = Number(url.searchParams.get("page") ?? 1);
    const found = rows.filter(({ at }) => at >= since).slice(0, 20);
    return json(found.slice((page - 1) * 5, page * 5));
  });
  const capped = {
    endpoint: api.endpoint,
    key: ["id"],
    cursor: { field: "at", param: "since", type: "number", order: "ascending" },
    pagination: { type: "page", param: "page", size: 5, cap: 20 },
  };
  const { data } = await runRest(capped);
  assertEquals(data, rows);

  await using stuck = new Api(() =>
    json(numbered(1, 20).map(({ id }) => ({ id, at: 1 })))
  );
  await assertRejects(
    () => runRest({ ...capped, endpoint: stuck.endpoint }),
    "rest.cap_reached",
  );
});

Deno.test("3.3.7 offset paging with a cursor reads pages with an overlap", async () => {
  const rows = numbered(1, 30).map(({ id }) => ({ id, at: id }));
  // After the first page one of its records goes, so that all move up by one.
  await using api = new Api(({ url, count }) => {
    const offset = Number(url.searchParams.get("offset"));
    const left = count === 1 ? rows : rows.slice(1);
    return json(left.slice(offset, offset + 10));
  });
  const { data } = await runRest({
    endpoint: api.endpoint,
    key: ["id"],
    cursor: { field: "at", type: "number", order: "ascending" },
    pagination: { type: "offset", param: "offset", size: 10 },
  });
  assertEquals(data, rows);
});
