import { assertEquals } from "../support/assert.ts";
import { map, type MapParts, outcomeOf } from "./steps.ts";

interface Case {
  readonly name: string;
  readonly map: MapParts;
  readonly line: string;
  /** The line that comes out; absent: the same. */
  readonly becomes?: string;
}

const CASES: readonly Case[] = [
  {
    name: "sets a new field at the end",
    map: { set: { "data.total": "data.amount * data.qty" } },
    line: '{"data":{"amount":2.5,"qty":4},"metadata":{}}',
    becomes: '{"data":{"amount":2.5,"qty":4,"total":10},"metadata":{}}',
  },
  {
    name: "writes an existing field in its place",
    map: { set: { "data.a": "data.a + 1" } },
    line: '{"data":{"x":0,"a":1,"y":2},"metadata":{}}',
    becomes: '{"data":{"x":0,"a":2,"y":2},"metadata":{}}',
  },
  {
    name: "makes what is missing on the way",
    map: { set: { "data.a.b.c": "'x'", "metadata.source": "'shop'" } },
    line: '{"data":{}}',
    becomes: '{"data":{"a":{"b":{"c":"x"}}},"metadata":{"source":"shop"}}',
  },
  {
    name: "removes fields wherever they stand",
    map: { remove: ["data.a", "data.c", "data.missing"] },
    line: '{"data":{"a":1, "b":{"a":1}, "c":[{}]},"metadata":{}}',
    becomes: '{"data":{"b":{"a":1}},"metadata":{}}',
  },
  {
    name: "removes all there is",
    map: { remove: ["data.a", "data.b"] },
    line: '{"data":{ "a":1 , "b":2 },"metadata":{}}',
    becomes: '{"data":{},"metadata":{}}',
  },
  {
    name: "renames, and what is missing is no matter",
    map: { rename: { "data.a": "data.b", "data.missing": "data.c" } },
    line: '{"data":{"a":1.50,"c":3},"metadata":{}}',
    becomes: '{"data":{"c":3,"b":1.50},"metadata":{}}',
  },
  {
    name: "moves from data to metadata",
    map: { rename: { "data.op": "metadata.op" } },
    line: '{"data":{"op":"i"}}',
    becomes: '{"data":{},"metadata":{"op":"i"}}',
  },
  {
    name: "exchanges two fields",
    map: { rename: { "data.a": "data.b", "data.b": "data.a" } },
    line: '{"data":{"a":1,"b":2},"metadata":{}}',
    becomes: '{"data":{"a":2,"b":1},"metadata":{}}',
  },
  {
    name: "puts a field into itself",
    map: { rename: { "data.a": "data.a.old" } },
    line: '{"data":{"a":{"x":1}},"metadata":{}}',
    becomes: '{"data":{"a":{"old":{"x":1}}},"metadata":{}}',
  },
  {
    name: "expressions see the envelope as it came in",
    map: {
      set: { "data.full": "data.first + ' ' + data.last" },
      remove: ["data.first"],
      rename: { "data.last": "data.name" },
    },
    line: '{"data":{"first":"Ann","last":"Lee"},"metadata":{}}',
    becomes: '{"data":{"name":"Lee","full":"Ann Lee"},"metadata":{}}',
  },
  {
    name: "a renamed field can be set anew",
    map: { set: { "data.a": "1" }, rename: { "data.a": "data.b" } },
    line: '{"data":{"a":"old"},"metadata":{}}',
    becomes: '{"data":{"a":1,"b":"old"},"metadata":{}}',
  },
  {
    name: "what is copied by its path keeps its digits",
    map: { set: { "data.b": "data.a", "data.d": "data['c']" } },
    line: '{"data":{"a":0.123456789012345678901,"c":[1.0,1e400]}}',
    becomes:
      '{"data":{"a":0.123456789012345678901,"c":[1.0,1e400],"b":0.123456789012345678901,"d":[1.0,1e400]}}',
  },
  {
    name: "what is not named keeps its bytes",
    map: { set: { "data.b": "1" } },
    line:
      ' { "data" : {"x": "\\u00e9" , "y":1.50 , "b":0, "z":-0} , "m":1e2 } \r',
    becomes:
      ' {"data" : {"x": "\\u00e9" , "y":1.50 , "b":1, "z":-0} , "m":1e2} \r',
  },
  {
    name: "integers are exact",
    map: { set: { "data.n": "data.a + 1", "data.m": "-data.b" } },
    line: '{"data":{"a":9007199254740993,"b":12345678901234567890}}',
    becomes:
      '{"data":{"a":9007199254740993,"b":12345678901234567890,"n":9007199254740994,"m":-12345678901234567890}}',
  },
  {
    name: "every kind of result has its JSON",
    map: {
      set: {
        "data.list": "[1, 'a', 2.5, null, true]",
        "data.object": "{'a': {'b': 1}, 'c': []}",
        "data.time": "timestamp('2024-05-01T12:00:00Z')",
        "data.duration": "duration('90s')",
        "data.bytes": "b'hi'",
        "data.unsigned": "7u",
        "data.type": "type(1)",
        "data.quoted": `'"\\n'`,
        "data.some": "data.?x",
      },
    },
    line: '{"data":{"x":1}}',
    becomes: '{"data":{"x":1,"list":[1,"a",2.5,null,true],' +
      '"object":{"a":{"b":1},"c":[]},"time":"2024-05-01T12:00:00.000Z",' +
      '"duration":"90s","bytes":"aGk=","unsigned":7,"type":"int",' +
      '"quoted":"\\"\\n","some":1}}',
  },
  {
    name: "an empty optional sets nothing",
    map: { set: { "data.b": "data.?a" } },
    line: '{"data":{"b":1.0}}',
  },
  {
    name: "removing and renaming nothing leaves the line alone",
    map: { remove: ["data.a.b"], rename: { "data.c": "data.d" } },
    line: '{ "data" : { "a" : [ 1 ] } }',
  },
  {
    name: "data itself can be set",
    map: { set: { data: "{'id': data.id}", metadata: "{'was': data}" } },
    line: '{"data":{"id":1,"x":2}}',
    becomes: '{"data":{"id":1},"metadata":{"was":{"id":1,"x":2}}}',
  },
  {
    name: "the names of version 1 with capitals",
    map: { set: { "data.b": "data.a", "metadata.c": "1" } },
    line: '{"Data":{"a":1},"Metadata":{}}',
    becomes: '{"Data":{"a":1,"b":1},"Metadata":{"c":1}}',
  },
  {
    name: "names that were written with escapes",
    map: { set: { "data.b": "data['é']" }, remove: ["data.é"] },
    line: '{"data":{"\\u00e9":1.0}}',
    becomes: '{"data":{"b":1.0}}',
  },
  {
    name: "odd names in quotes",
    map: {
      set: { 'data["a.b"]["c d"]': "data['a.b']['c d'] + 1" },
      remove: ['data["\\"q\\""]'],
    },
    line: '{"data":{"a.b":{"c d":1},"\\"q\\"":2}}',
    becomes: '{"data":{"a.b":{"c d":2}}}',
  },
  {
    name: "of two fields with one name the last one counts",
    map: { set: { "data.b": "data.a" }, remove: ["data.a"] },
    line: '{"data":{"a":1,"a":2}}',
    becomes: '{"data":{"b":2}}',
  },
];

Deno.test("map", async (t) => {
  for (const { name, map: parts, line, becomes = line } of CASES) {
    await t.step(name, async () => {
      assertEquals(await outcomeOf([map(parts)], line), becomes);
    });
  }
});

Deno.test("a map that can't be done refuses the envelope", async (t) => {
  const cases: readonly [string, MapParts, string][] = [
    [
      "a missing field",
      { set: { "data.b": "data.x + 1" } },
      "there is no data.x",
    ],
    [
      "copying a missing field",
      { set: { "data.b": "data.x" } },
      "there is no data.x",
    ],
    [
      "setting inside what is no object",
      { set: { "data.list.a": "1" } },
      "data.list is no object, so nothing can be set in it",
    ],
    [
      "a result JSON can't hold",
      { set: { "data.b": "1.0 / 0.0" } },
      "the result is Infinity, which JSON has no word for",
    ],
    [
      "metadata that is no object",
      { set: { metadata: "data.list" } },
      "metadata must be an object",
    ],
  ];
  for (const [name, parts, reason] of cases) {
    await t.step(name, async () => {
      assertEquals(
        await outcomeOf([map(parts)], '{"data":{"list":[1]}}'),
        `transform: map (dstream.hcl:3): ${reason}`,
      );
    });
  }
});
