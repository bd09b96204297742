import { assertEquals } from "../../tests/support/assert.ts";
import { type Paint, plain } from "../terminal/colour.ts";
import { formatJsonLine, formatTextLine } from "./log_line.ts";
import type { LogEntry } from "./view.ts";

const entry: LogEntry = {
  level: "info",
  source: "input counter",
  message: "starting",
  fields: {},
};
const time = "2026-01-01T00:00:00.000Z";

Deno.test("a text line names its source, and its level unless it is info", async (t) => {
  const cases: readonly [string, LogEntry, string][] = [
    ["info", entry, "[input counter] starting"],
    [
      "warn",
      { ...entry, level: "warn" },
      "[input counter] warn: starting",
    ],
    [
      "fields",
      {
        ...entry,
        fields: {
          n: 3,
          ok: true,
          s: "x",
          t: "a b",
          e: "",
          q: 'a"',
          o: { a: 1 },
        },
      },
      '[input counter] starting n=3 ok=true s=x t="a b" e="" q="a\\"" o={"a":1}',
    ],
    [
      "a hint",
      { ...entry, level: "warn", hint: "do this" },
      "[input counter] warn: starting\n  hint: do this",
    ],
    [
      "control characters",
      { ...entry, message: "a\x1b[2Jb\nc" },
      "[input counter] ab\\nc",
    ],
  ];
  for (const [name, each, expected] of cases) {
    await t.step(name, () => {
      assertEquals(formatTextLine(each, {}, plain), expected);
    });
  }
});

Deno.test("the time and, among several, the task come first", () => {
  assertEquals(
    formatTextLine(entry, { time, task: "orders" }, plain),
    `${time} [orders input counter] starting`,
  );
});

Deno.test("colours tell the level apart", () => {
  const paint: Paint = (colour, text) => `<${colour}>${text}</>`;
  assertEquals(
    formatTextLine({ ...entry, level: "error" }, { time }, paint),
    `<dim>${time}</> <cyan>[input counter]</> <red>error: starting</>`,
  );
  assertEquals(
    formatTextLine(entry, {}, paint),
    "<cyan>[input counter]</> starting",
  );
});

Deno.test("a JSON line is one object without what is not there", () => {
  assertEquals(
    formatJsonLine({ ...entry, message: "a\nb", fields: { n: 1 } }, {
      task: "orders",
    }),
    '{"level":"info","task":"orders","source":"input counter",' +
      '"message":"a\\nb","fields":{"n":1}}',
  );
});
