/**
 * `transform` blocks, and the same steps in an output block → what an envelope goes
 * through.
 *
 * Only the shape is read here. What expressions, paths and schemas say is
 * core/transform's business.
 *
 * @module
 */

import {
  type Attribute,
  type Block,
  type StringValue,
  toJson,
  type Type,
  type Value,
} from "../../hcl/mod.ts";
import type {
  FilterStep,
  MapStep,
  PlacedText,
  TransformStep,
  ValidateStep,
} from "../task.ts";
import { placeText } from "./placed_text.ts";
import type { BlockReader } from "./reader.ts";

const STRING: Type = { kind: "string" };
const KINDS = ["filter", "map", "validate"] as const;
const ON_INVALID = ["dead_letter", "drop", "fail"] as const;

/** All steps of all blocks of a task, in the order written. */
export function readTransforms(task: BlockReader): readonly TransformStep[] {
  return task.blocks("transform").flatMap((block) => {
    const [label] = block.labels;
    if (label !== undefined) refuseLabel(task, label);
    const transform = task.inside(block);
    const steps = readSteps(transform);
    transform.finish();
    if (transform.body.items.length === 0) reportEmpty(transform);
    return steps;
  });
}

/** The steps in an output block, which are for this output alone. */
export function readOutputTransforms(
  output: BlockReader,
): readonly TransformStep[] {
  for (const { typeSpan } of output.blocks("transform")) {
    output.report(
      typeSpan,
      "config.block_unknown",
      "the steps of an output stand in its block, without transform",
      "write filter { … }, map { … } and validate { … } in the output block",
    );
  }
  return readSteps(output);
}

/** Steps where envelopes are of no output: said as that. */
export function refuseTransforms(reader: BlockReader, side: string): void {
  for (const { type, typeSpan } of KINDS.flatMap((k) => reader.blocks(k))) {
    reader.report(
      typeSpan,
      "config.block_unknown",
      `the ${side} block has no "${type}"`,
      `for all outputs: transform { ${type} { … } } in the task; for one: in ` +
        "its output block",
    );
  }
}

function refuseLabel(
  task: BlockReader,
  label: Block["labels"][number],
): void {
  const isKind = KINDS.some((kind) => kind === label.value);
  task.report(
    label.span,
    "config.label_unexpected",
    `a "transform" block of ${task.owner} takes no label`,
    isKind ? `write transform { ${label.value} { … } }` : undefined,
  );
}

/** In the order written. */
function readSteps(parent: BlockReader): TransformStep[] {
  // Asking for each kind tells the reader which blocks there may be.
  const known = new Set(KINDS.flatMap((kind) => parent.blocks(kind)));
  const steps = parent.body.items.flatMap((item) =>
    item.kind === "block" && known.has(item) ? [item] : []
  );
  return steps.flatMap((block) => {
    for (const label of block.labels) {
      const message = `a "${block.type}" block takes no label`;
      parent.report(label.span, "config.label_unexpected", message);
    }
    return readStep(parent, block) ?? [];
  });
}

function reportEmpty(transform: BlockReader): void {
  transform.report(
    transform.headSpan,
    "config.block_missing",
    "the transform block is empty",
    "add filter { … }, map { … } or validate { … }",
  );
}

function readStep(
  transform: BlockReader,
  block: Block,
): TransformStep | undefined {
  const reader = transform.inside(block, `the ${block.type} block`);
  const step = readKind(reader, block.type);
  reader.finish();
  return step;
}

function readKind(
  reader: BlockReader,
  type: string,
): TransformStep | undefined {
  switch (type) {
    case "filter":
      return readFilter(reader);
    case "map":
      return readMap(reader);
    default:
      return readValidate(reader);
  }
}

function readFilter(reader: BlockReader): FilterStep | undefined {
  const where = readText(reader, "where");
  return where && { kind: "filter", at: placeOf(reader), where };
}

function readMap(reader: BlockReader): MapStep | undefined {
  const set = readEntries(reader, "set")
    .map(({ key, value }) => ({ path: key, value }));
  const rename = readEntries(reader, "rename")
    .map(({ key, value }) => ({ from: key, to: value }));
  const remove = readList(reader, "remove");
  if (reader.body.items.length === 0) {
    const hint = "add set, remove or rename";
    const message = "the map block changes nothing";
    reader.report(reader.headSpan, "config.attribute_missing", message, hint);
  }
  if (!reader.isEvaluated) return undefined;
  return { kind: "map", at: placeOf(reader), set, remove, rename };
}

function readValidate(reader: BlockReader): ValidateStep | undefined {
  const schema = readSchema(reader);
  const onInvalid = reader.choice("on_invalid", ON_INVALID) ?? "dead_letter";
  return schema &&
    { kind: "validate", at: placeOf(reader), schema, onInvalid };
}

/** JSON text, as from `file()`, or the schema itself as an object. */
function readSchema(reader: BlockReader): PlacedText | undefined {
  const attribute = requireAttribute(reader, "schema");
  const value = reader.value("schema");
  if (attribute === undefined || value === undefined) return undefined;
  const isText = value.kind === "string";
  if (isText || value.kind === "object") {
    const { isSensitive } = value;
    const text = isText ? value.value : toJson(value);
    const written: StringValue = { kind: "string", value: text, isSensitive };
    return placeText(written, reader.place(attribute.value.span));
  }
  reader.report(
    attribute.value.span,
    "config.value_invalid",
    '"schema" must be JSON text or an object',
    'for example schema = file("order.schema.json")',
  );
  return undefined;
}

function readText(reader: BlockReader, name: string): PlacedText | undefined {
  const attribute = requireAttribute(reader, name);
  if (attribute === undefined || reader.text(name) === undefined) {
    return undefined;
  }
  return placed(reader, attribute, reader.converted(name, STRING));
}

function requireAttribute(
  reader: BlockReader,
  name: string,
): Attribute | undefined {
  const attribute = reader.attribute(name);
  if (attribute === undefined) {
    const message = `${reader.owner} has no "${name}"`;
    reader.report(reader.headSpan, "config.attribute_missing", message);
  }
  return attribute;
}

function readList(reader: BlockReader, name: string): PlacedText[] {
  const attribute = reader.attribute(name);
  const list = reader.converted(name, { kind: "list", element: STRING });
  if (attribute === undefined || list?.kind !== "list") return [];
  return list.items.flatMap((item) => placed(reader, attribute, item) ?? []);
}

function readEntries(
  reader: BlockReader,
  name: string,
): { key: PlacedText; value: PlacedText }[] {
  const attribute = reader.attribute(name);
  const map = reader.converted(name, { kind: "map", element: STRING });
  if (attribute === undefined || map?.kind !== "object") return [];
  return [...map.entries].flatMap(([text, entry]) => {
    const key = placedKey(reader, attribute, text);
    const value = placed(reader, attribute, entry);
    return value === undefined ? [] : [{ key, value }];
  });
}

/** Where a key of an object was written as such, else the whole attribute. */
function placedKey(
  reader: BlockReader,
  { value: expression }: Attribute,
  text: string,
): PlacedText {
  const items = expression.kind === "object" ? expression.items : [];
  const item = items.find(({ key }) =>
    key.kind === "template" && key.parts.length === 1 &&
    key.parts[0].kind === "text" && key.parts[0].value === text
  );
  const span = (item?.key ?? expression).span;
  const place = reader.place(span);
  return placeText({ kind: "string", value: text, ...place }, place);
}

function placed(
  reader: BlockReader,
  { name, value: expression }: Attribute,
  value: Value | undefined,
): PlacedText | undefined {
  const { span } = expression;
  if (value?.kind === "string") return placeText(value, reader.place(span));
  if (value !== undefined) {
    const message = `no part of "${name}" may be null`;
    reader.report(span, "config.value_invalid", message);
  }
  return undefined;
}

function placeOf({ context, headSpan }: BlockReader) {
  return context.source.locate(headSpan);
}
