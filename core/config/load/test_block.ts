/**
 * `test` blocks → {@link TaskTest}.
 *
 * @module
 */

import {
  type Attribute,
  type Block,
  type Body,
  toJson,
  type Value,
} from "../../hcl/mod.ts";
import type { PlacedText } from "../task.ts";
import type {
  Comparison,
  ExpectedLines,
  LettersExpectation,
  OutputExpectation,
  TaskTest,
} from "../task_test_file.ts";
import { isJsonObject, tryParseJson } from "../../base/json.ts";
import { placeText } from "./placed_text.ts";
import { BlockReader, headOf, type ReadContext } from "./reader.ts";

const GIVEN = ["envelopes", "records"] as const;
const COMPARISONS = ["envelopes", "records", "contains"] as const;

/** Without what only the whole file knows. */
type ReadTest = Omit<TaskTest, "secrets">;

/** All tests of a file. */
export function readTests(body: Body, context: ReadContext): ReadTest[] {
  const file = new BlockReader(body, "a test file", body.span, context);
  const blocks = file.blocks("test");
  file.finish();
  reportTwins(file, blocks);
  return blocks.flatMap((block) => readTest(file, block) ?? []);
}

function reportTwins(file: BlockReader, blocks: readonly Block[]): void {
  const seen = new Set<string>();
  for (const { labels: [label] } of blocks) {
    if (label === undefined) continue;
    const message = `there is a second test "${label.value}"`;
    if (seen.has(label.value)) {
      file.report(label.span, "config.block_duplicate", message);
    }
    seen.add(label.value);
  }
}

function readTest(file: BlockReader, block: Block): ReadTest | undefined {
  const name = nameOf(file, block);
  const reader = file.inside(block, name && `test "${name}"`);
  const task = textOf(reader, "task");
  if (reader.attribute("task") === undefined) {
    missing(reader, "task", 'add task = "…", the name of a task');
  }
  const variables = reader.stringMap("variables");
  const env = reader.stringMap("env");
  const given = readGiven(reader);
  const expected = readExpect(reader);
  reader.finish();
  if (name === undefined || task === undefined || expected === undefined) {
    return undefined;
  }
  const at = file.context.source.locate(headOf(block));
  return { name, at, task, variables, env, given, ...expected };
}

function nameOf(file: BlockReader, block: Block): string | undefined {
  const [label, extra] = block.labels;
  if (extra !== undefined) {
    const message = "a test block has one label, its name";
    file.report(extra.span, "config.label_unexpected", message);
  }
  if (label === undefined) {
    const message = "a test block has no name";
    const hint = 'test "big orders" { … }';
    file.report(headOf(block), "config.label_missing", message, hint);
  }
  return label?.value;
}

/** Several `given` blocks follow each other. */
function readGiven(test: BlockReader): readonly string[] {
  const blocks = test.blocks("given");
  if (blocks.length === 0 && !test.hasMisspelt(["given"])) {
    missing(test, "given block", "add given { envelopes = … }");
  }
  return blocks.flatMap((block) => {
    const given = test.inside(block, "the given block");
    const found = GIVEN.flatMap((name) => {
      const attribute = given.attribute(name);
      return attribute === undefined ? [] : readLines(given, attribute)
        .map((line) => name === "records" ? `{"data":${line}}` : line);
    });
    const isNone = GIVEN.every((name) => given.attribute(name) === undefined);
    if (isNone) missing(given, "envelopes", 'or "records", which are data');
    given.finish();
    return found;
  });
}

type Expected = Pick<
  TaskTest,
  "outputs" | "deadLetters" | "filtered" | "error"
>;

function readExpect(test: BlockReader): Expected | undefined {
  const block = test.block("expect");
  if (block === undefined) {
    if (!test.hasMisspelt(["expect"])) {
      missing(test, "expect block", "add expect { records = … }");
    }
    return undefined;
  }
  const expect = test.inside(block, "the expect block");
  const own = readOutput(expect);
  const named = expect.blocks("output").map((output) =>
    readNamed(expect, output)
  );
  const letters = expect.block("dead_letters");
  const filtered = expect.integer("filtered", { min: 0 });
  const error = expect.text("error");
  expect.finish();
  if (block.body.items.length === 0) {
    missing(expect, "expectation", "for example count = 2");
  }
  return {
    outputs: [...isEmpty(own) ? [] : [own], ...named],
    ...letters && { deadLetters: readLetters(expect, letters) },
    ...filtered !== undefined && { filtered },
    ...error !== undefined && { error },
  };
}

function isEmpty({ lines, count, checks }: OutputExpectation): boolean {
  return lines === undefined && count === undefined && checks.length === 0;
}

function readNamed(expect: BlockReader, block: Block): OutputExpectation {
  const [label] = block.labels;
  const output = expect.inside(block, "the output block");
  const expected = readOutput(output);
  output.finish();
  if (label === undefined) return expected;
  const value = { kind: "string" as const, value: label.value };
  return { ...expected, label: placeText(value, output.place(label.span)) };
}

function readOutput(reader: BlockReader): OutputExpectation {
  const lines = readExpected(reader);
  const count = reader.integer("count", { min: 0 });
  return {
    at: reader.context.source.locate(reader.headSpan),
    ...lines && { lines },
    ...count !== undefined && { count },
    checks: readChecks(reader),
  };
}

function readLetters(expect: BlockReader, block: Block): LettersExpectation {
  const reader = expect.inside(block, "the dead_letters block");
  const lines = readExpected(reader);
  const count = reader.integer("count", { min: 0 });
  const reasons = reader.attribute("reasons") &&
    reader.strings("reasons").map(({ text }) => text);
  reader.finish();
  return {
    at: reader.context.source.locate(reader.headSpan),
    ...lines && { lines },
    ...count !== undefined && { count },
    ...reasons && { reasons },
  };
}

/** One of the three; a second is a mistake. */
function readExpected(reader: BlockReader): ExpectedLines | undefined {
  const written = COMPARISONS.flatMap((name) => {
    const attribute = reader.attribute(name);
    return attribute === undefined ? [] : [{ name, attribute }];
  });
  const [first, second] = written;
  if (second !== undefined) {
    reader.report(
      second.attribute.nameSpan,
      "config.value_invalid",
      `"${second.name}" and "${first.name}" exclude each other`,
      "keep one of them",
    );
  }
  if (first === undefined) return undefined;
  const comparison: Comparison = first.name;
  return { comparison, lines: readLines(reader, first.attribute) };
}

/** JSON Lines, as from `file()`, or a list of objects. */
function readLines(
  reader: BlockReader,
  attribute: Attribute,
): readonly string[] {
  const value = reader.value(attribute.name);
  if (value === undefined) return [];
  const lines = value.kind === "string"
    ? value.value.split("\n").filter((line) => line.trim() !== "")
    : itemsOf(value)?.map(toJson);
  if (lines === undefined) {
    wrong(reader, attribute, "must be a list of objects, or JSON Lines");
    return [];
  }
  const bad = lines.findIndex((line) => !isJsonObject(tryParseJson(line)));
  if (bad >= 0) {
    wrong(reader, attribute, `holds no JSON object as number ${bad + 1}`);
  }
  return lines;
}

function itemsOf(value: Value): readonly Value[] | undefined {
  return value.kind === "list" ? value.items : undefined;
}

/** One expression, or a list of them. */
function readChecks(reader: BlockReader): readonly PlacedText[] {
  const attribute = reader.attribute("check");
  const value = reader.value("check");
  if (attribute === undefined || value === undefined) return [];
  const items = itemsOf(value) ?? [value];
  return items.flatMap((item) => {
    if (item.kind === "string") {
      return [placeText(item, reader.place(attribute.value.span))];
    }
    wrong(reader, attribute, "must be an expression in a string");
    return [];
  });
}

function textOf(reader: BlockReader, name: string): PlacedText | undefined {
  const attribute = reader.attribute(name);
  const text = reader.text(name);
  if (attribute === undefined || text === undefined) return undefined;
  const value = { kind: "string" as const, value: text };
  return placeText(value, reader.place(attribute.value.span));
}

function wrong(reader: BlockReader, { name, value }: Attribute, what: string) {
  reader.report(
    value.span,
    "config.value_invalid",
    `"${name}" ${what}`,
    `${name} = file("orders.jsonl"), or [{ … }, { … }]`,
  );
}

function missing(reader: BlockReader, what: string, hint: string): void {
  reader.report(
    reader.headSpan,
    "config.attribute_missing",
    `${reader.owner} has no ${what}`,
    hint,
  );
}
