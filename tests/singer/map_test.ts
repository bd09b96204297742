/**
 * S29: what a target is told of records that a `map` has changed.
 *
 * @module
 */

import { dstream } from "../e2e/support/program.ts";
import { assert } from "../support/assert.ts";
import { FAKE_TAP, FAKE_TARGET } from "../support/singer/fakes.ts";
import { TempFolder } from "../support/temp_folder.ts";

/** The lines of `map`, more keys of the output, the SCHEMA, and a record. */
const CASES: Readonly<
  Record<string, readonly [string, string, object, object]>
> = {
  "what is set has the type of its expression, what is removed is gone": [
    `set    = { "data.big" = "data.id > 1", "data.any" = "data.id + data.id" }
     remove = ["data.mail"]
     rename = { "data.name" = "data.title" }`,
    "",
    {
      // A key is never null.
      id: { type: ["integer"] },
      big: { type: ["null", "boolean"] },
      title: { type: ["null", "string"] },
      // Nobody knows: it is left to the records.
      any: {
        type: [
          "array",
          "boolean",
          "integer",
          "null",
          "number",
          "object",
          "string",
        ],
      },
    },
    { id: 1, title: "x", big: false, any: 2 },
  ],
  "where all of it is made anew, a schema is made of the records": [
    `set = { "data" = "{'one': data.id, 'two': data.name}" }`,
    'schema = "infer"',
    { one: { type: ["null", "integer"] }, two: { type: ["null", "string"] } },
    { one: 1, two: "x" },
  ],
};

for (
  const [name, [map, more, properties, record]] of Object.entries(CASES)
) {
  Deno.test(`S29: ${name}`, async () => {
    await using folder = await TempFolder.make();
    await folder.write("dstream.hcl", task(folder, map, more));
    const { code, stderr } = await dstream(["run", "copy"], {
      cwd: folder.path,
      timeoutMs: 120_000,
    });
    assert.equal(code, 0, stderr);
    const messages = (await folder.read("log")).trim().split("\n")
      .map((line) => JSON.parse(line));
    const schema = messages.findLast(({ type }) => type === "SCHEMA").schema;
    const { _sdc_deleted_at: _, ...told } = schema.properties;
    assert.deepEqual(sorted(told), sorted(properties));
    const first = messages.find(({ type }) => type === "RECORD");
    assert.deepEqual(first.record, record);
  });
}

function task(folder: TempFolder, map: string, more: string): string {
  const schema = {
    type: "SCHEMA",
    stream: "orders",
    schema: {
      type: "object",
      properties: {
        id: { type: ["null", "integer"] },
        name: { type: ["null", "string"] },
        mail: { type: ["null", "string"] },
      },
    },
    key_properties: ["id"],
  };
  const record = {
    type: "RECORD",
    stream: "orders",
    record: { id: 1, name: "x", mail: "m" },
  };
  const steps = [{ say: schema }, { say: record }];
  const target = { path: folder.join("rows"), log: folder.join("log") };
  return `task "copy" {
  input {
    provider = "singer"
    config {
      tap        = ${JSON.stringify(FAKE_TAP)}
      tap_config = jsondecode(${JSON.stringify(JSON.stringify({ steps }))})
    }
  }
  transform {
    map {
      ${map}
    }
  }
  output {
    provider = "singer"
    config {
      target        = ${JSON.stringify(FAKE_TARGET)}
      target_config = jsondecode(${JSON.stringify(JSON.stringify(target))})
      ${more}
    }
  }
}
`;
}

/** Types are sets. */
function sorted(properties: object): object {
  return Object.fromEntries(
    Object.entries(properties).sort().map(([key, schema]) => [
      key,
      "type" in schema
        ? { ...schema, type: [schema.type].flat().sort() }
        : schema,
    ]),
  );
}
