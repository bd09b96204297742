/**
 * An envelope, or a schema, before and after a task's transforms, for a person or a
 * program.
 *
 * @module
 */

import type { TransformStep } from "../../core/config/task.ts";
import { parseExactJson } from "../../core/protocol/exact_json.ts";
import type { LineOutcome } from "../../core/transform/mod.ts";
import type { Paint } from "../terminal/colour.ts";
import { type DiffLine, diffLines } from "./diff_lines.ts";
import {
  outputName,
  type PreviewedEnvelope,
  type PreviewedSchema,
  type RoutedLine,
} from "../../core/project/mod.ts";
import { paintDiffLine } from "./paint_diff.ts";
import { terminalJson, visible } from "./units.ts";

const decoder = new TextDecoder();

/** A heading and the indented JSON, with what changed marked. */
export function formatPreview(
  previewed: PreviewedEnvelope | PreviewedSchema,
  paint: Paint,
): string {
  return "line" in previewed
    ? formatEnvelope(previewed, paint)
    : formatSchema(previewed, paint);
}

/** The same as one JSON object on one line, every number with its digits. */
export function formatPreviewJson(
  previewed: PreviewedEnvelope | PreviewedSchema,
): string {
  return "line" in previewed ? envelopeJson(previewed) : schemaJson(previewed);
}

function formatSchema(
  { block, before, after }: PreviewedSchema,
  paint: Paint,
): string {
  const input = block.label === undefined ? "" : `input "${block.label}" `;
  const title = paint("bold", `${input}schema of ${visible(before.table)}`);
  if (after === undefined) {
    const why = "what the transforms make of its envelopes has no known shape";
    return `${title}: ${paint("yellow", "dropped")}, ${why}\n`;
  }
  const isChanged = after.record !== before.record;
  const what = isChanged ? "changed" : "passes unchanged";
  const lines = diffLines(indent(before.record), indent(after.record));
  return [
    `${title}: ${paint("green", what)}`,
    ...lines.map((line) => paintDiffLine(line, paint)),
  ]
    .join("\n") + "\n";
}

function schemaJson({ block, before, after }: PreviewedSchema): string {
  const input = block.label === undefined
    ? ""
    : `"input":${JSON.stringify(block.label)},`;
  const texts = [before, after].map((schema) =>
    schema === undefined ? "null" : rawJson(schema.record)
  );
  return terminalJson(`{${input}"before":${texts[0]},"after":${texts[1]}}`);
}

function formatEnvelope(
  envelope: PreviewedEnvelope,
  paint: Paint,
): string {
  const before = indent(decoder.decode(envelope.line));
  const after = envelope.outcome.kind === "pass"
    ? indent(decoder.decode(envelope.outcome.line))
    : before;
  const lines = diffLines(before, after);
  return [
    formatHeading(envelope, lines, paint),
    ...lines.map((line) => paintDiffLine(line, paint)),
    ...envelope.outputs.map((output) => formatOutput(output, paint)),
  ].join("\n") + "\n";
}

/** What the output's own transforms do to it, where that is something. */
function formatOutput(output: RoutedLine, paint: Paint): string {
  const { block, line, outcome } = output;
  const title = paint("bold", `  output "${visible(outputName(block))}"`);
  if (outcome.kind !== "pass") {
    return `${title}: ${notPassed(outcome, block.transforms, paint)}`;
  }
  const lines = diffLines(
    indent(decoder.decode(line)),
    indent(decoder.decode(outcome.line)),
  );
  if (lines.every(({ mark }) => mark === " ")) {
    return `${title}: ${paint("green", "passes unchanged")}`;
  }
  const heading = `${title}: ${paint("green", "changed")}`;
  return [heading, ...lines.map((line) => paintDiffLine(line, paint))].join(
    "\n",
  );
}

function envelopeJson(envelope: PreviewedEnvelope): string {
  const { block, position, line, outputs, outcome, task } = envelope;
  return terminalJson(joinMembers({
    input: block.label === undefined ? undefined : JSON.stringify(block.label),
    position: String(position),
    ...outcomeMembers(outcome, task.transforms, line),
    outputs: outputs.length === 0
      ? undefined
      : `[${outputs.map(outputJson).join(",")}]`,
  }));
}

function outputJson({ block, line, outcome }: RoutedLine): string {
  return joinMembers({
    output: JSON.stringify(outputName(block)),
    ...outcomeMembers(outcome, block.transforms, line),
  });
}

function outcomeMembers(
  outcome: LineOutcome,
  steps: readonly TransformStep[] | undefined,
  line: Uint8Array,
): Record<string, string | undefined> {
  const { kind } = outcome;
  return {
    outcome: JSON.stringify(kind),
    step: kind === "pass" ? undefined : JSON.stringify(stepOf(outcome, steps)),
    reason: JSON.stringify(reasonOf(outcome)),
    before: rawJson(decoder.decode(line)),
    after: kind === "pass" ? rawJson(decoder.decode(outcome.line)) : undefined,
  };
}

/** @param members Names and the JSON of their values; what is absent is left out. */
function joinMembers(members: Record<string, string | undefined>): string {
  const texts = Object.entries(members)
    .filter(([, text]) => text !== undefined)
    .map(([name, text]) => `${JSON.stringify(name)}:${text}`);
  return `{${texts.join(",")}}`;
}

function formatHeading(
  envelope: PreviewedEnvelope,
  lines: readonly DiffLine[],
  paint: Paint,
): string {
  const { block, position, outcome, task } = envelope;
  const input = block.label === undefined ? "" : `input "${block.label}" `;
  const title = paint("bold", `${input}envelope ${position}`);
  if (outcome.kind === "pass") {
    const isChanged = lines.some(({ mark }) => mark !== " ");
    const what = isChanged ? "changed" : "passes unchanged";
    return `${title}: ${paint("green", what)}`;
  }
  return `${title}: ${notPassed(outcome, task.transforms, paint)}`;
}

function notPassed(
  outcome: Exclude<LineOutcome, { readonly kind: "pass" }>,
  steps: readonly TransformStep[] | undefined,
  paint: Paint,
): string {
  const reason = visible(reasonOf(outcome) ?? `by ${stepOf(outcome, steps)}`);
  const what = VERBS[outcome.kind];
  const colour = outcome.kind === "drop" ? "yellow" : "red";
  const link = outcome.kind === "drop" ? " " : ": ";
  return `${paint(colour, what)}${link}${reason}`;
}

const VERBS = {
  drop: "taken out",
  reject: "refused",
  fail: "fails the task",
} as const;

/** `filter (dstream.hcl:9)` */
function stepOf(
  outcome: LineOutcome,
  steps: readonly TransformStep[] = [],
): string {
  const step = steps[outcome.kind === "pass" ? -1 : outcome.by];
  return step && `${step.kind} (${step.at.file}:${step.at.line})`;
}

function reasonOf(outcome: LineOutcome): string | undefined {
  switch (outcome.kind) {
    case "pass":
    case "drop":
      return undefined;
    case "reject":
      return outcome.reason;
    case "fail":
      return outcome.error.message;
  }
}

/** Lines of indented JSON; what is no JSON is one line. */
function indent(text: string): string[] {
  try {
    return JSON.stringify(parseExactJson(text), null, 2).split("\n");
  } catch {
    return [text.trimEnd()];
  }
}

function rawJson(text: string): string {
  try {
    return JSON.stringify(parseExactJson(text));
  } catch {
    return JSON.stringify(text);
  }
}
