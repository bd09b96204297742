import { assertEquals } from "../../../tests/support/assert.ts";
import { checkFields } from "./check_fields.ts";
import type { FieldSchema, JsonObject } from "./messages.ts";

const field = (
  name: string,
  type: string,
  isRequired = false,
  fields: FieldSchema[] = [],
): FieldSchema => ({ name, type, isRequired, description: "", fields });

const FIELDS = [
  field("interval", "int", true),
  field("name", "string"),
  field("on", "bool"),
  field("tables", "list"),
  field("tags", "map"),
  field("lock", "object", false, [field("type", "string", true)]),
  field("other", "whatever"),
];

Deno.test("P6 a config is held against what the plugin says of it", async (t) => {
  const good = {
    interval: 5,
    name: "x",
    on: true,
    tables: [],
    tags: {},
    lock: [{ type: "a" }, { type: "b" }],
    other: 1,
  };
  const cases: [string, JsonObject, string[]][] = [
    ["all right", good, []],
    ["null is left to the plugin", { ...good, name: null }, []],
    ["a required key is missing", { name: "x" }, [
      'config: the plugin needs "interval"',
    ]],
    ["a key is unknown", { interval: 1, intervall: 1 }, [
      'config.intervall: the plugin has no key "intervall"',
    ]],
    ["types are wrong", {
      interval: 1.5,
      name: 1,
      on: "yes",
      tables: {},
      tags: [],
      lock: "x",
    }, [
      'config.interval: "interval" must be a whole number, got a number',
      'config.name: "name" must be a string, got a number',
      'config.on: "on" must be true or false, got a string',
      'config.tables: "tables" must be a list, got a map',
      'config.tags: "tags" must be a map, got a list',
      'config.lock: "lock" must be a block, got a string',
    ]],
    ["a nested key", { interval: 1, lock: { typ: "x" } }, [
      'config.lock.typ: the plugin has no key "typ"',
      'config.lock: the plugin needs "type"',
    ]],
  ];
  for (const [name, config, expected] of cases) {
    await t.step(name, () => {
      const found = checkFields(config, FIELDS);
      assertEquals(found.map((one) => `${one.path}: ${one.message}`), expected);
    });
  }
  await t.step(
    "an empty schema checks nothing",
    () => assertEquals(checkFields({ anything: 1 }, []), []),
  );
});
