/**
 * Takes lines through a task's steps: one at a time, or a chunk of whole lines.
 *
 * The chunk form decodes, cuts and encodes once for all lines. Lines that no step
 * has changed are handed on as the bytes they came as.
 *
 * @module
 */

import {
  formatSchema,
  parseSchema,
  type RawSchema,
  type TableSchema,
} from "../protocol/mod.ts";
import type { TransformStep } from "../config/task.ts";
import { describeRunTime } from "./cel_problem.ts";
import {
  ChunkLines,
  concat,
  splitLines,
  withoutLineFeed,
} from "./chunk_lines.ts";
import { compileSteps } from "./compile.ts";
import { Line } from "./line.ts";
import type { ChunkOutcome, LineOutcome, RefusedLine } from "./outcome.ts";
import { PassedLines, Runs } from "./passed_lines.ts";
import type { Step } from "./step.ts";
import { LineProblem, PASS, type Verdict } from "./verdict.ts";

/** Limits for what steps may make of a line. */
export interface TransformerOptions {
  /** Of a line, without its line feed. */
  readonly maxLineBytes: number;
}

/**
 * Compiles a task's steps.
 *
 * @throws {DiagnosticsError} With everything that is wrong with them.
 */
export async function createTransformer(
  steps: readonly TransformStep[],
  options: TransformerOptions,
): Promise<Transformer> {
  return new Transformer(await compileSteps(steps), options);
}

/** Made by {@link createTransformer}; never waits. */
export class Transformer {
  readonly #steps: readonly Step[];
  readonly #options: TransformerOptions;
  readonly #line = new Line();
  readonly #decoder = new TextDecoder("utf-8", {
    fatal: true,
    ignoreBOM: true,
  });
  readonly #encoder = new TextEncoder();

  constructor(steps: readonly Step[], options: TransformerOptions) {
    this.#steps = steps;
    this.#options = options;
  }

  /** @param line With or without its line feed; what passes ends the same way. */
  apply(line: Uint8Array): LineOutcome {
    const text = this.#decode(line);
    if (text === undefined) return { ...NOT_UTF_8 };
    const end = text.endsWith("\n") ? text.length - 1 : text.length;
    const { verdict, by } = this.#judge(text, 0, end);
    if (verdict.kind !== "pass") return { ...verdict, by };
    if (!this.#line.isChanged) return { kind: "pass", line };
    const changed = this.#line.toString() + text.slice(end);
    return { kind: "pass", line: this.#encoder.encode(changed) };
  }

  /**
   * What the steps make of a table's schema.
   *
   * @returns `undefined` when its envelopes have no known shape any more.
   * @throws {DstreamError} `protocol.schema_invalid` for one that can't be read.
   */
  applySchema(schema: RawSchema): RawSchema | undefined {
    const edits = this.#steps.flatMap(({ reshape }) => reshape ?? []);
    if (edits.length === 0) return schema;
    const before = parseSchema(schema.record);
    let shape: TableSchema | undefined = before;
    for (const reshape of edits) shape = shape && reshape(shape);
    if (shape === before) return schema;
    return shape && formatSchema(shape);
  }

  /** @param chunk Whole lines. */
  applyChunk(chunk: Uint8Array): ChunkOutcome {
    const text = this.#decode(chunk);
    return text === undefined
      ? this.#applyEach(chunk)
      : this.#applyAll(chunk, text);
  }

  #applyAll(chunk: Uint8Array, text: string): ChunkOutcome {
    const lines = new ChunkLines(chunk, text);
    const passed = new PassedLines(lines);
    const rejects: RefusedLine[] = [];
    let failure: ChunkOutcome["failure"];
    while (failure === undefined && lines.advance()) {
      const { verdict, by } = this.#judge(text, lines.start, lines.end);
      if (verdict.kind === "pass") passed.pass(this.#line);
      else if (verdict.kind === "fail") {
        failure = { index: lines.index, error: verdict.error };
      } else {
        passed.takeOut();
        if (verdict.kind === "drop") continue;
        const { reason, code } = verdict;
        rejects.push({
          index: lines.index,
          line: lines.bytes(),
          reason,
          code,
          by,
        });
      }
    }
    return { ...passed.end(), rejects, ...(failure && { failure }) };
  }

  /** A chunk that is not UTF-8 all over: only its bad lines are refused. */
  #applyEach(chunk: Uint8Array): ChunkOutcome {
    const passed: Uint8Array[] = [];
    const runs = new Runs();
    const rejects: RefusedLine[] = [];
    let failure: ChunkOutcome["failure"];
    for (const [index, line] of splitLines(chunk).entries()) {
      const outcome = this.apply(line);
      if (outcome.kind === "fail") {
        failure = { index, error: outcome.error };
        break;
      }
      runs.add(outcome.kind === "pass");
      if (outcome.kind === "pass") passed.push(outcome.line);
      if (outcome.kind !== "reject") continue;
      const { reason, code, by } = outcome;
      rejects.push({ index, line: withoutLineFeed(line), reason, code, by });
    }
    const bytes = concat(passed);
    return { bytes, ...runs.counts(), rejects, ...(failure && { failure }) };
  }

  #judge(text: string, start: number, end: number): Judgement {
    const line = this.#line;
    line.reset(text, start, end);
    for (let by = 0; by < this.#steps.length; by++) {
      const verdict = this.#applyStep(this.#steps[by]);
      if (verdict !== PASS) return { verdict, by };
    }
    return line.isChanged && this.#isTooLong(line) ? this.#tooLong() : PASSED;
  }

  /** Nothing that an envelope holds may stop the task. */
  #applyStep({ step, apply }: Step): Verdict {
    try {
      return apply(this.#line);
    } catch (error) {
      const { file, line } = step.at;
      const reason = `${step.kind} (${file}:${line}): ${describe(error)}`;
      return { kind: "reject", reason, code: "transform" };
    }
  }

  #isTooLong({ text }: Line): boolean {
    const { maxLineBytes } = this.#options;
    const mostBytes = 3 * text.length;
    return mostBytes > maxLineBytes &&
      this.#encoder.encode(text).length > maxLineBytes;
  }

  #tooLong(): Judgement {
    const reason = `the transforms make it longer than max_line_bytes, ` +
      `${this.#options.maxLineBytes} bytes`;
    const verdict: Verdict = { kind: "reject", reason, code: "transform" };
    return { verdict, by: this.#steps.length - 1 };
  }

  #decode(bytes: Uint8Array): string | undefined {
    try {
      return this.#decoder.decode(bytes);
    } catch {
      return undefined;
    }
  }
}

interface Judgement {
  readonly verdict: Verdict;
  readonly by: number;
}

const PASSED: Judgement = { verdict: PASS, by: 0 };
const NOT_UTF_8 = {
  kind: "reject",
  by: 0,
  reason: "the line is not UTF-8",
  code: "transform",
} as const;

function describe(error: unknown): string {
  if (error instanceof LineProblem) return error.message;
  if (error instanceof Error) return describeRunTime(error);
  return String(error);
}
