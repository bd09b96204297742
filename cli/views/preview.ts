/**
 * An envelope before and after a task's transforms, for a person or a program.
 *
 * @module
 */

import { parseExactJson } from "../../core/protocol/exact_json.ts";
import type { LineOutcome } from "../../core/transform/mod.ts";
import type { Paint } from "../terminal/colour.ts";
import { type DiffLine, diffLines } from "./diff_lines.ts";
import type { PreviewedEnvelope } from "../../core/project/mod.ts";
import { spelledOut, terminalJson, visible } from "./units.ts";

const decoder = new TextDecoder();

/** A heading and the indented JSON, with what changed marked. */
export function formatPreview(
  envelope: PreviewedEnvelope,
  paint: Paint,
): string {
  const before = indent(decoder.decode(envelope.line));
  const after = envelope.outcome.kind === "pass"
    ? indent(decoder.decode(envelope.outcome.line))
    : before;
  const lines = diffLines(before, after);
  return [formatHeading(envelope, lines, paint), ...lines.map(paintLine(paint))]
    .join("\n") + "\n";
}

/** The same as one JSON object on one line, every number with its digits. */
export function formatPreviewJson(envelope: PreviewedEnvelope): string {
  const { block, position, outcome, line } = envelope;
  const { kind } = outcome;
  const fields: Record<string, string | undefined> = {
    input: block.label === undefined ? undefined : JSON.stringify(block.label),
    position: String(position),
    outcome: JSON.stringify(kind),
    step: kind === "pass" ? undefined : JSON.stringify(stepOf(envelope)),
    reason: JSON.stringify(reasonOf(outcome)),
    before: rawJson(decoder.decode(line)),
    after: kind === "pass" ? rawJson(decoder.decode(outcome.line)) : undefined,
  };
  const members = Object.entries(fields)
    .filter(([, text]) => text !== undefined)
    .map(([name, text]) => `${JSON.stringify(name)}:${text}`);
  return terminalJson(`{${members.join(",")}}`);
}

function formatHeading(
  envelope: PreviewedEnvelope,
  lines: readonly DiffLine[],
  paint: Paint,
): string {
  const { block, position, outcome } = envelope;
  const input = block.label === undefined ? "" : `input "${block.label}" `;
  const title = paint("bold", `${input}envelope ${position}`);
  if (outcome.kind === "pass") {
    const isChanged = lines.some(({ mark }) => mark !== " ");
    const what = isChanged ? "changed" : "passes unchanged";
    return `${title}: ${paint("green", what)}`;
  }
  const reason = visible(reasonOf(outcome) ?? `by ${stepOf(envelope)}`);
  const what = VERBS[outcome.kind];
  const colour = outcome.kind === "drop" ? "yellow" : "red";
  const link = outcome.kind === "drop" ? " " : ": ";
  return `${title}: ${paint(colour, what)}${link}${reason}`;
}

const VERBS = {
  drop: "taken out",
  reject: "refused",
  fail: "fails the task",
} as const;

/** `filter (dstream.hcl:9)` */
function stepOf({ task, outcome }: PreviewedEnvelope): string {
  const by = outcome.kind === "pass" ? -1 : outcome.by;
  const step = task.transforms[by];
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

function paintLine(paint: Paint): (line: DiffLine) => string {
  return ({ mark, text }) => {
    const line = `${mark} ${spelledOut(text)}`.trimEnd();
    return mark === " " ? line : paint(mark === "-" ? "red" : "green", line);
  };
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
