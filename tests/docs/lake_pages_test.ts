/**
 * Runs what the pages of APIs and object stores show, against servers on this machine
 * in place of the ones that the pages name.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { dstream } from "../e2e/support/program.ts";
import { assertEquals } from "../support/assert.ts";
import { needs } from "../support/needs.ts";
import { Api, json, numbered } from "../support/rest/api.ts";
import { bucketOn } from "../support/s3_bucket.ts";
import { startVersitygw } from "../support/servers/versitygw.ts";
import { TempFolder } from "../support/temp_folder.ts";
import { readBlocks } from "./markdown.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const SHOWN_API = "https://api.example.com";

/** The blocks of a page, whole tasks and inputs alone. */
async function blocksOf(page: string): Promise<string[]> {
  const markdown = await Deno.readTextFile(`${ROOT}docs/${page}`);
  return readBlocks(markdown).filter(({ language }) => language === "hcl")
    .map(({ text }) => text);
}

async function run(
  args: readonly string[],
  folder: TempFolder,
  env: Record<string, string> = {},
): Promise<void> {
  const { code, stderr } = await dstream(args, { cwd: folder.path, env });
  assertEquals(code, 0, stderr);
}

Deno.test("the first block of rest.md reads an API", async () => {
  await using api = new Api(() =>
    json({
      data: numbered(1, 5)
        .map(({ id }) => ({ id, updated_at: `2026-11-30T00:00:0${id}Z` })),
      meta: { next_cursor: null },
    })
  );
  const [block] = await blocksOf("rest.md");
  await using folder = await TempFolder.make({
    "dstream.hcl": block.replace(SHOWN_API, new URL(api.endpoint).origin),
  });
  const env = { API_TOKEN: "a-token" };
  await run(["run", "api-to-file", "--max", "5"], folder, env);
  const lines = (await folder.read("events.jsonl")).trimEnd().split("\n");
  assertEquals(lines.map((line) => JSON.parse(line).id), [1, 2, 3, 4, 5]);
  assertEquals(api.asked[0].headers.get("authorization"), "Bearer a-token");
});

Deno.test("the block of http.md sends requests", async () => {
  await using api = new Api(() => json({}));
  const block = (await blocksOf("http.md"))
    .find((text) => text.includes("orders-to-api"))!;
  await using folder = await TempFolder.make({
    "dstream.hcl": block.replace(SHOWN_API, new URL(api.endpoint).origin),
    "orders.jsonl": '{"id":1,"total":1.50}\n{"id":2}\n',
  });
  await run(["run", "orders-to-api"], folder, { API_TOKEN: "a-token" });
  const asked = api.asked.map(({ url, body }) => [url.pathname, body]).sort();
  assertEquals(asked, [
    ["/orders/1", '{"id":1,"total":1.50}'],
    ["/orders/2", '{"id":2}'],
  ]);
});

Deno.test({
  name: "the first block of object-stores.md fills a bucket",
  ignore: !needs("versitygw"),
  async fn() {
    await using server = await startVersitygw();
    await server.makeBucket("lake");
    const [block] = await blocksOf("object-stores.md");
    await using folder = await TempFolder.make({
      "dstream.hcl": block.replace(
        /^( *)bucket .*$/m,
        `$&\n$1endpoint = "${server.endpoint}"`,
      ),
    });
    await run(["run", "orders-to-lake"], folder, {
      AWS_ACCESS_KEY_ID: server.accessKeyId,
      AWS_SECRET_ACCESS_KEY: server.secretAccessKey,
    });
    const texts = await bucketOn(server, "lake").texts();
    const lines = [...texts.values()].join("").trimEnd().split("\n");
    assertEquals(lines.length, 1000);
  },
});

Deno.test("every other block of these pages has keys that its providers know", async () => {
  const blocks = (await Promise.all(
    ["rest.md", "http.md", "object-stores.md"].map(blocksOf),
  )).flat();
  const tasks = blocks.map((text, at) =>
    text.startsWith("task ")
      ? text
      : `task "shown-${at}" {\n${text}output {\n  provider = "null"\n}\n}\n`
  );
  await using folder = await TempFolder.make({
    "dstream.hcl": tasks.join("\n"),
  });
  await run(["validate"], folder, { API_TOKEN: "t", WEBHOOK_SECRET: "s" });
});
