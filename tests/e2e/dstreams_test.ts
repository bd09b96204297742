/**
 * The commands of the original's README, word for word, against a local API and a
 * real Postgres; then what each of them promises.
 *
 * @module
 */

import { assert } from "../support/assert.ts";
import { needs } from "../support/needs.ts";
import { startPostgres } from "../support/servers/postgres.ts";
import { TempFolder } from "../support/temp_folder.ts";
import {
  Api,
  FILE_TARGET,
  linesOf,
  makeFolder,
  run,
  user,
  USERS,
} from "./support/dstreams.ts";
import { dstream } from "./support/program.ts";

Deno.test({
  name: "dstreams: the original's quick start, into Postgres",
  ignore: !needs("postgres"),
  async fn() {
    await using server = await startPostgres();
    await using api = new Api();
    await using folder = await makeFolder(api, {
      name: "my-target",
      type: "postgres",
      connection: {
        host: server.host,
        port: server.port,
        database: server.database,
      },
      auth: { type: "basic", username: server.user, password: server.password },
      batch_size: 1000,
    });
    await run(folder, "discover -c examples/tap-config.json -o catalog.json");
    const sync = `sync --tap-config examples/tap-config.json
      --target-config examples/target-config.json
      --catalog catalog.json --state state.json`;
    await run(folder, sync);
    const count = "SELECT count(*), max(name) FROM users";
    assert.equal(await server.sql(count), `${USERS}|Zoë 99`);
    assert.equal(await server.sql("SELECT count(*) FROM orders"), "2");
    // D13: what comes again replaces its row.
    api.count = USERS + 10;
    await run(folder, sync);
    assert.equal(await server.sql(count), `${USERS + 10}|Zoë 99`);
    assert(
      api.asked.at(-2)!.includes("updated_at=2024-09-0"),
      api.asked.join(),
    );
    await run(
      folder,
      "tap -c examples/tap-config.json --catalog catalog.json -o data.jsonl",
    );
    await server.sql("DROP TABLE users");
    await run(folder, "target -c examples/target-config.json -i data.jsonl");
    assert.equal(await server.sql(count), `${USERS + 10}|Zoë 99`);
  },
});

Deno.test("dstreams: catalog commands, word for word", async () => {
  await using api = new Api();
  await using folder = await makeFolder(api, FILE_TARGET);
  await run(folder, "discover -c examples/tap-config.json");
  const catalog = JSON.parse(await folder.read("catalog.json"));
  assert.equal(catalog.streams[0].replication_method, "INCREMENTAL");
  assert.deepEqual(catalog.streams[0].key_properties, ["id"]);
  assert.deepEqual(
    Object.keys(catalog.streams[0].schema_json.properties),
    ["id", "name", "updated_at"],
  );
  await run(folder, "catalog deselect catalog.json users");
  const { stderr } = await run(
    folder,
    "catalog select catalog.json orders user",
  );
  assert.match(
    stderr,
    /Stream 'user' not found in catalog \(did you mean "users"\?\)/,
  );
  const { stdout } = await run(folder, "catalog view catalog.json");
  assert.equal(
    stdout,
    "Catalog: 2 streams\n\nStreams:\n  [ ] users (Incremental)\n" +
      "  [✓] orders (FullTable)\n",
  );
  await run(folder, "catalog select catalog.json", 2);
});

Deno.test("dstreams: D3: a Singer catalog stays one, with all it had", async () => {
  const text = JSON.stringify(
    {
      streams: [{
        tap_stream_id: "a",
        stream: "a",
        custom: 12345678901234567890n.toString(),
        metadata: [
          { breadcrumb: [], metadata: { selected: true, x: 1 } },
          { breadcrumb: ["properties", "id"], metadata: {} },
        ],
      }],
      more: true,
    },
    null,
    2,
  );
  await using folder = await TempFolder.make({ "catalog.json": text });
  await run(folder, "catalog deselect catalog.json a");
  assert.equal(
    await folder.read("catalog.json"),
    text.replace('"selected": true', '"selected": false'),
  );
});

Deno.test("dstreams: state commands, word for word", async () => {
  await using folder = await TempFolder.make({ "broken.json": "{" });
  const view = async () =>
    JSON.parse((await run(folder, "state view state.json")).stdout);
  assert.deepEqual((await view()).bookmarks, {});
  await assert.rejects(folder.read("state.json"));
  await run(folder, 'state set state.json users {"updated_at":"2024-01-01"}');
  const state = await view();
  assert.deepEqual(state.bookmarks.users.value, { updated_at: "2024-01-01" });
  assert.match(state.bookmarks.users.timestamp, /^\d{4}-.*Z$/);
  assert.equal(state.last_updated, state.bookmarks.users.timestamp);
  await run(folder, "state set state.json users 7");
  assert.equal((await view()).bookmarks.users.value, 7);
  const { stderr } = await run(folder, "state set state.json users notjson", 1);
  assert.match(stderr, /Value must be valid JSON: /);
  await run(folder, "state clear state.json");
  assert.deepEqual((await view()).bookmarks, {});
  await run(folder, "state view broken.json", 1);
  await folder.write("singer.json", '{"bookmarks":{"a":{"n":1}},"other":2}');
  await run(folder, "state set singer.json b 3");
  assert.deepEqual(JSON.parse(await folder.read("singer.json")), {
    bookmarks: { a: { n: 1 }, b: 3 },
    other: 2,
  });
});

Deno.test("dstreams: D4: a state file is replaced whole, by one at a time, and refused when broken", async () => {
  await using folder = await TempFolder.make({ "broken.json": '{"a":' });
  const streams = ["a", "b", "c", "d"];
  await Promise.all(
    streams.map((name) => run(folder, `state set state.json ${name} 1`)),
  );
  const { bookmarks } = JSON.parse(await folder.read("state.json"));
  assert.deepEqual(Object.keys(bookmarks).sort(), streams);
  const { stderr } = await run(folder, "state set broken.json a 1", 1);
  assert.match(stderr, /broken\.json/);
  assert.equal(await folder.read("broken.json"), '{"a":');
  const names = [...Deno.readDirSync(folder.path)].map(({ name }) => name);
  // Where an open file can't be removed, the lock stays.
  const left = names.filter((name) => !name.endsWith(".lock"));
  assert.deepEqual(left.sort(), ["broken.json", "state.json"]);
});

Deno.test("dstreams: a bookmark that was set is where the tap goes on", async () => {
  await using api = new Api();
  await using folder = await makeFolder(api, FILE_TARGET);
  await run(folder, "discover -c examples/tap-config.json");
  await run(folder, 'state set state.json users {"updated_at":"2024-09-01"}');
  api.asked.length = 0;
  const { stderr } = await run(
    folder,
    "sync --tap-config examples/tap-config.json --catalog catalog.json " +
      "--target-config examples/target-config.json --state state.json -v",
  );
  assert(
    api.asked[0].includes("updated_at=2024-09-01"),
    api.asked.join() + stderr,
  );
  const { value } = JSON.parse(await folder.read("state.json")).bookmarks.users;
  assert.deepEqual(value, { updated_at: user(USERS - 1).updated_at });
});

Deno.test("dstreams: D5: tap writes SCHEMA first and STATE last, and reads its state alone", async () => {
  await using api = new Api();
  await using folder = await makeFolder(api, FILE_TARGET);
  const { stdout } = await run(
    folder,
    "tap -c examples/tap-config.json --state none.json",
  );
  const types = stdout.trim().split("\n").map((line) => JSON.parse(line).type);
  assert.equal(types[0], "SCHEMA");
  assert.equal(types.at(-1), "STATE");
  assert.equal(types.filter((type) => type === "RECORD").length, USERS + 2);
  await assert.rejects(folder.read("none.json"));
});

Deno.test("dstreams: records are filtered, changed and checked, on the tap's side and the target's", async () => {
  await using folder = await TempFolder.make({
    "orders.jsonl": [1, 2, 3, 4, 5]
      .map((id) => `{"id":${id},"total":${id * 10}}\n`).join(""),
    "tap.json": JSON.stringify({
      name: "t",
      type: "file",
      connection: { path: "orders.jsonl" },
      transform: [{ filter: { where: "data.id > 1" } }],
    }),
    "target.json": JSON.stringify({
      ...FILE_TARGET,
      transform: [
        { map: { set: { "data.big": "data.total >= 40" } } },
        {
          validate: {
            schema: { properties: { total: { maximum: 40 } } },
            on_invalid: "drop",
          },
        },
      ],
    }),
    "wrong.json": JSON.stringify({ ...FILE_TARGET, transform: [{ maps: {} }] }),
  });
  await run(folder, "sync --tap-config tap.json --target-config target.json");
  const expected = [
    '{"id":2,"total":20,"big":false}',
    '{"id":3,"total":30,"big":false}',
    '{"id":4,"total":40,"big":true}',
  ];
  assert.deepEqual(await linesOf(folder, "out/orders.jsonl"), expected);
  // The two halves alone, joined by a file.
  await run(folder, "tap -c tap.json -o data.jsonl");
  await run(folder, "target -c target.json -i data.jsonl");
  assert.deepEqual(await linesOf(folder, "out/orders.jsonl"), [
    ...expected,
    ...expected,
  ]);
  const { stderr } = await run(folder, "target -c wrong.json -i data.jsonl", 1);
  assert.match(stderr, /"transform\[0\]" must be an object with one of filter/);
});

const PAGE = 3;

/** An API that refuses now and then, and hands its seven rows out in pages. */
function servePages(kind: string, asked: URL[]) {
  const rows = Array.from({ length: 7 }, (_, n) => ({ id: n + 1 }));
  return Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => {
      const url = new URL(request.url);
      asked.push(url);
      if (asked.length === 2) {
        return new Response("", {
          status: 429,
          headers: { "retry-after": "0" },
        });
      }
      if (asked.length === 4) return new Response("", { status: 503 });
      const given = Number(url.searchParams.get(kind) ?? 0);
      const from = kind === "page" ? Math.max(0, given - 1) * PAGE : given;
      const to = from + PAGE;
      const data = rows.slice(from, to);
      const next = to < rows.length ? String(to) : undefined;
      const link = `<${url.origin}${url.pathname}?link=${to}>; rel="next"`;
      return Response.json({ data, next }, {
        headers: next !== undefined && kind === "link" ? { link } : {},
      });
    },
  );
}

/** How pages are asked for, by the parameter that says which. */
const PAGINATIONS: Readonly<Record<string, object>> = {
  page: { type: "page", param: "page", start: 1 },
  offset: { type: "offset", param: "offset", size: PAGE },
  cursor: { type: "cursor", param: "cursor", next: "next" },
  link: { type: "link_header" },
};

Deno.test("dstreams: D10: pages of each kind, behind a path of its own, through refusals", async (t) => {
  for (const [kind, pagination] of Object.entries(PAGINATIONS)) {
    await t.step(kind, async () => {
      const asked: URL[] = [];
      await using api = servePages(kind, asked);
      await using folder = await TempFolder.make({
        "tap.json": JSON.stringify({
          name: "pages",
          type: "rest-api",
          connection: { url: `http://127.0.0.1:${api.addr.port}/v1` },
          streams: [{
            name: "users",
            path: "/people",
            records_path: "$.data[*]",
            primary_keys: ["id"],
            params: { active: "yes" },
            pagination,
          }],
        }),
      });
      const { stdout } = await run(folder, "tap -c tap.json");
      const ids = stdout.trim().split("\n").map((line) => JSON.parse(line))
        .filter(({ type }) => type === "RECORD")
        .map(({ record }) => record.id);
      assert.deepEqual([...new Set(ids)], [1, 2, 3, 4, 5, 6, 7]);
      assert.equal(asked[0].pathname, "/v1/people");
      assert.equal(asked[0].searchParams.get("active"), "yes");
    });
  }
});

const SCHEMA = '{"type":"SCHEMA","stream":"u","schema":{"type":"object",' +
  '"properties":{"id":{"type":"integer"}}},"key_properties":["id"]}\n';
const RECORD = '{"type":"RECORD","stream":"u","record":{"id":1}}\n';
const STATE = '{"type":"STATE","value":{"bookmarks":{"u":1}}}\n';

Deno.test("dstreams: D6: target says a state when its records are durable", async () => {
  await using folder = await TempFolder.make({
    "target.json": JSON.stringify(FILE_TARGET),
  });
  const text = SCHEMA + RECORD + STATE;
  const { stdout } = await run(folder, "target -c target.json", 0, text);
  assert.equal(stdout, '{"bookmarks":{"u":1}}\n');
  await folder.write("data.jsonl", text);
  const more = await run(
    folder,
    "target -c target.json -i data.jsonl --state state.json",
  );
  assert.equal(more.stdout, "");
  assert.deepEqual(JSON.parse(await folder.read("state.json")), {
    bookmarks: { u: 1 },
  });
  assert.deepEqual(await linesOf(folder, "out/u.jsonl"), [
    '{"id":1}',
    '{"id":1}',
  ]);
});

const WRONG: Readonly<Record<string, readonly [string, RegExp]>> = {
  "half a last line": [
    SCHEMA + RECORD + STATE + '{"type":"REC',
    /data\.jsonl:4: this is no message/,
  ],
  "a RECORD without a SCHEMA": [
    SCHEMA + RECORD + STATE + RECORD.replace('"u"', '"v"'),
    /data\.jsonl:4: a RECORD of "v" comes before its SCHEMA/,
  ],
  "an unknown type": [
    SCHEMA + RECORD + STATE + '{"type":"CATALOG","stream":"u"}\n',
    /data\.jsonl:4: there is no type "CATALOG"/,
  ],
};

Deno.test("dstreams: D8: what is wrong has its line, and what came before is there", async (t) => {
  for (const [name, [text, message]] of Object.entries(WRONG)) {
    await t.step(name, async () => {
      await using folder = await TempFolder.make({
        "target.json": JSON.stringify(FILE_TARGET),
        "data.jsonl": text,
      });
      const { stderr } = await run(
        folder,
        "target -c target.json -i data.jsonl --state state.json",
        1,
      );
      assert.match(stderr, message);
      assert.deepEqual(await linesOf(folder, "out/u.jsonl"), ['{"id":1}']);
      assert.match(await folder.read("state.json"), /"u": 1/);
    });
  }
});

const REFUSED: Readonly<Record<string, readonly [object, RegExp]>> = {
  "D9: an unknown type has the nearest and the list": [
    { type: "rest_api" },
    /there is no type "rest_api"[\s\S]*did you mean "rest-api"/,
  ],
  "D12: url beside host": [
    { connection: { url: "http://x", host: "y" } },
    /"connection" has url and host: which one counts/,
  ],
  "no connection": [{ connection: undefined }, /it needs "connection"/],
  "D11: an unknown auth": [
    { auth: { type: "bearerr" } },
    /there is no auth type "bearerr"[\s\S]*did you mean "bearer"/,
  ],
  "D11: a variable that isn't set": [
    { auth: { type: "bearer", token: { env: "NO_SUCH_VARIABLE" } } },
    /the variable NO_SUCH_VARIABLE is not set/,
  ],
  "D14: no streams": [{ streams: [] }, /the tap config needs "streams"/],
};

Deno.test("dstreams: a config that can't be is refused with its key", async (t) => {
  for (const [name, [change, message]] of Object.entries(REFUSED)) {
    await t.step(name, async () => {
      const config = {
        name: "t",
        type: "rest-api",
        connection: { url: "http://127.0.0.1:1" },
        streams: ["a"],
        ...change,
      };
      await using folder = await TempFolder.make({
        "tap.json": JSON.stringify(config),
      });
      assert.match((await run(folder, "tap -c tap.json", 1)).stderr, message);
    });
  }
});

Deno.test("dstreams: D2: usage is status 2, and a missing file is 1", async () => {
  await using folder = await TempFolder.make();
  await run(folder, "sync", 2);
  await run(folder, "nope", 2);
  await run(folder, "tap -c none.json", 1);
  assert.match((await run(folder, "--help")).stdout, /discover/);
});

Deno.test("dstreams: D11: a secret is printed nowhere", async () => {
  await using api = new Api();
  await using folder = await makeFolder(api, FILE_TARGET);
  const text = await folder.read("examples/tap-config.json");
  const secret = "s3cr3t-k3y-{{x}}-${y}";
  await folder.write("tap.json", text.replace("your-key", secret));
  const { stdout, stderr } = await run(folder, "tap -c tap.json -v", 1);
  assert(!(stdout + stderr).includes("s3cr3t"), stderr);
  assert.match(stderr, /401/);
});

Deno.test("dstreams: a file becomes a stream", async () => {
  await using folder = await TempFolder.make({
    "target.json": JSON.stringify(FILE_TARGET),
    "orders.csv": "id,total\n1,12.50\n2,30\n",
    "tap.json": JSON.stringify({
      name: "t",
      type: "file",
      connection: { path: "orders.csv" },
    }),
  });
  await run(folder, "discover -c tap.json");
  await run(
    folder,
    "sync --tap-config tap.json --target-config target.json --catalog catalog.json",
  );
  assert.deepEqual(await linesOf(folder, "out/orders.jsonl"), [
    '{"id":"1","total":"12.50"}',
    '{"id":"2","total":"30"}',
  ]);
});

Deno.test("dstream singer import: D16: Meltano's state becomes a task's", async () => {
  await using folder = await TempFolder.make({
    "dstream.hcl": `task "copy" {
  input {
    provider = "singer"
    config { tap = "tap-x" }
  }
  output { provider = "null" }
}`,
    "state.json": JSON.stringify({
      completed: { singer_state: { bookmarks: { a: { n: 1 }, b: { n: 1 } } } },
      partial: { singer_state: { bookmarks: { b: { n: 2 } } } },
    }),
    "wrong.json": "{}",
  });
  await run(folder, "import state.json copy");
  const { stdout } = await dstream(["state", "view", "copy"], {
    cwd: folder.path,
  });
  assert.deepEqual(JSON.parse(stdout).input.state, {
    bookmarks: { a: { n: 1 }, b: { n: 2 } },
  });
  await run(folder, "import wrong.json copy", 1);
});
