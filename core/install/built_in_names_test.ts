import { assertEquals, assertFails } from "../../tests/support/assert.ts";
import {
  type BuiltInName,
  findBuiltIn,
  fullName,
  shortName,
} from "./built_in_names.ts";

const counter: BuiltInName = { role: "input", name: "counter" };
const fileIn: BuiltInName = { role: "input", name: "file" };
const fileOut: BuiltInName = { role: "output", name: "file" };
const bus: BuiltInName = { role: "output", name: "service_bus" };
const all = [counter, fileIn, fileOut, bus];

Deno.test("a name is short where it means one provider only", () => {
  assertEquals(all.map((b) => shortName(b, all)), [
    "counter",
    "in-file",
    "out-file",
    "service_bus",
  ]);
  assertEquals(all.map(fullName), [
    "in-counter",
    "in-file",
    "out-file",
    "out-service-bus",
  ]);
});

Deno.test("findBuiltIn() takes every name a provider has", () => {
  const cases: readonly [string, BuiltInName][] = [
    ["counter", counter],
    ["in-counter", counter],
    ["in_file", fileIn],
    ["out-file", fileOut],
    ["OUT-FILE", fileOut],
    ["service-bus", bus],
    ["out_service_bus", bus],
  ];
  for (const [text, expected] of cases) {
    assertEquals(findBuiltIn(text, all), expected, text);
  }
});

Deno.test("findBuiltIn() asks back when a name means two or none", () => {
  const ambiguous = assertFails(
    () => findBuiltIn("file", all),
    "usage.provider_ambiguous",
  );
  assertEquals(ambiguous.hint, 'say "in-file" or "out-file"');
  const unknown = assertFails(
    () => findBuiltIn("coutner", all),
    "usage.provider_unknown",
  );
  assertEquals(
    unknown.hint,
    'did you mean "counter"? `dstream provider list` shows all',
  );
});
