/**
 * D15: `--format arrow`, read and written by pyarrow.
 *
 * @module
 */

import { pythonOf } from "../../scripts/setup/folders.ts";
import { assert } from "../support/assert.ts";
import { needs } from "../support/needs.ts";
import {
  Api,
  FILE_TARGET,
  linesOf,
  makeFolder,
  run,
  USERS,
} from "./support/dstreams.ts";

const ignore = !needs("parquet");

async function python(script: string, ...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(
    pythonOf("parquet"),
    { args: ["-c", script, ...args] },
  ).output();
  assert(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout).trim();
}

/** Each Arrow stream of a file: its stream, its types, its rows. */
const READ = `
import json, sys
import pyarrow as pa
with open(sys.argv[1], "rb") as file:
    while file.peek(1):
        with pa.ipc.open_stream(file) as reader:
            table = reader.read_all()
        meta = {k.decode(): v.decode() for k, v in table.schema.metadata.items()}
        print(json.dumps({
            "stream": meta.get("singer.stream"),
            "state": meta.get("singer.state"),
            "types": {f.name: str(f.type) for f in table.schema},
            "rows": table.num_rows,
            "first": (table.slice(0, 1).to_pylist() or [None])[0],
        }, default=str))
`;

/** All types that JSON has a word for, and some rows. */
const WRITE = `
import datetime, decimal, sys
import pyarrow as pa
table = pa.table({
    "id": pa.array([1, 2**62, None], pa.int64()),
    "small": pa.array([1, 2, 3], pa.uint8()),
    "name": pa.array(["Zoë", "", None]).dictionary_encode(),
    "total": pa.array([decimal.Decimal("-12.50"), None,
                       decimal.Decimal("12345678901234567890.12")],
                      pa.decimal128(38, 2)),
    "at": pa.array([datetime.datetime(2026, 1, 31, 12, 0, 0, 1), None, None],
                   pa.timestamp("us", "UTC")),
    "day": pa.array([datetime.date(2026, 1, 31), None, None]),
    "bytes": pa.array([b"\\x00\\xff", None, b""]),
    "list": pa.array([[1, None], [], None], pa.list_(pa.int32())),
    "point": pa.array([{"x": 1.5, "y": None}, None, None]),
})
with open(sys.argv[1], "wb") as file:
    with pa.ipc.new_stream(file, table.schema) as writer:
        writer.write_table(table)
`;

Deno.test({
  name:
    "dstreams: D15: pyarrow reads what tap writes, and target reads it back",
  ignore,
  async fn() {
    await using api = new Api();
    await using folder = await makeFolder(api, FILE_TARGET);
    await run(
      folder,
      "tap -c examples/tap-config.json --format arrow -o data.arrow",
    );
    const said = await python(READ, folder.join("data.arrow"));
    const [users, orders, state] = said.split("\n").map((line) =>
      JSON.parse(line)
    );
    assert.deepEqual(users, {
      stream: "users",
      state: null,
      types: {
        id: "int64",
        name: "string",
        updated_at: "string",
        // What has a key may be deleted.
        _sdc_deleted_at: "string",
      },
      rows: USERS,
      first: {
        id: 1,
        name: "Zoë 0",
        updated_at: "2024-01-01T00:00:00.000Z",
        _sdc_deleted_at: null,
      },
    });
    assert.deepEqual(
      [orders.stream, orders.rows, orders.types],
      ["orders", 2, { id: "int64", total: "double" }],
    );
    assert.match(state.state, /"users"/);
    await run(
      folder,
      "target -c examples/target-config.json --format arrow -i data.arrow " +
        "--state state.json",
    );
    const rows = await linesOf(folder, "out/users.jsonl");
    assert.equal(rows.length, USERS);
    assert.equal(
      rows[0],
      '{"id":1,"name":"Zoë 0","updated_at":"2024-01-01T00:00:00.000Z",' +
        '"_sdc_deleted_at":null}',
    );
    assert.deepEqual(await linesOf(folder, "out/orders.jsonl"), [
      '{"id":1,"total":12.5}',
      '{"id":2,"total":30}',
    ]);
    assert.match(await folder.read("state.json"), /"users"/);
  },
});

Deno.test({
  name: "dstreams: D15: target reads what pyarrow writes, with all its digits",
  ignore,
  async fn() {
    await using api = new Api();
    await using folder = await makeFolder(api, FILE_TARGET);
    await python(WRITE, folder.join("orders.arrow"));
    await run(
      folder,
      "target -c examples/target-config.json --format arrow -i orders.arrow",
    );
    assert.deepEqual(await linesOf(folder, "out/orders.jsonl"), [
      '{"id":1,"small":1,"name":"Zoë","total":-12.50,' +
      '"at":"2026-01-31T12:00:00.000001Z","day":"2026-01-31","bytes":"AP8=",' +
      '"list":[1,null],"point":{"x":1.5,"y":null}}',
      '{"id":4611686018427387904,"small":2,"name":"","total":null,"at":null,' +
      '"day":null,"bytes":null,"list":[],"point":null}',
      '{"id":null,"small":3,"name":null,"total":12345678901234567890.12,' +
      '"at":null,"day":null,"bytes":"","list":null,"point":null}',
    ]);
  },
});

Deno.test("dstreams: D15: what is no Arrow, or no format, is told", async () => {
  await using api = new Api();
  await using folder = await makeFolder(api, FILE_TARGET);
  await folder.write("data.arrow", "something else entirely\n");
  const target = "target -c examples/target-config.json -i data.arrow --format";
  const { stderr } = await run(folder, `${target} arrow`, 1);
  assert.match(stderr, /data\.arrow: this is no Arrow stream/);
  await run(folder, `${target} parquet`, 2);
});
