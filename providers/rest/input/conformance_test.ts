import { fromSource, testInput } from "@dstream/sdk/testing";
import { Api, json, numbered } from "../../../tests/support/rest/api.ts";

const COUNT = 60;
const PAGE = 7;

/** `count` records, a page at a time, by a cursor. */
async function withApi<T>(
  count: number,
  run: (config: Record<string, unknown>) => Promise<T>,
): Promise<T> {
  await using api = new Api(({ url }) => {
    const at = Number(url.searchParams.get("after") ?? 0);
    const to = Math.min(at + PAGE, count);
    const next = to < count ? String(to) : null;
    return json({ items: numbered(at + 1, to), next });
  });
  return await run({
    endpoint: api.endpoint,
    records: "items",
    key: ["id"],
    pagination: { type: "cursor", param: "after", next: "next" },
  });
}

testInput({
  name: "rest input",
  subject: fromSource(new URL("./main.ts", import.meta.url)),
  finite: (test) =>
    withApi(
      COUNT,
      (config) =>
        test({ config: { ...config, follow: false } as never, count: COUNT }),
    ),
  endless: (test) =>
    withApi(
      COUNT,
      (config) => test({ config: { ...config, poll_interval: 20 } as never }),
    ),
});
