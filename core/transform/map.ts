/**
 * `map { set = {…} remove = […] rename = {…} }`.
 *
 * All expressions see the envelope as it came into the block. Then fields are
 * removed, then renamed, then set. What no path names keeps its bytes, and so does
 * a field that is only moved or copied.
 *
 * @module
 */

import type { MapStep, PlacedText } from "../config/task.ts";
import type { TableSchema } from "../protocol/mod.ts";
import type { Diagnostic } from "../base/errors.ts";
import { Bindings } from "./bindings.ts";
import type { CelCompiler, CelContext, Expression } from "./cel.ts";
import { toJsonText } from "./from_cel.ts";
import { findValue, skipBlanks } from "./json_scan.ts";
import type { Line } from "./line.ts";
import { type FieldPath, formatPath, parsePath } from "./path.ts";
import { Edits } from "./rewrite.ts";
import { ShapeEdits } from "./shape.ts";
import type { Compiled } from "./step.ts";
import { LineProblem, PASS, type Verdict } from "./verdict.ts";

/** Where a field's new text comes from. */
type Source = (line: Line, context: CelContext) => string | undefined;

/** @returns The compiled step, or what is wrong with it. */
export function compileMap(step: MapStep, cel: CelCompiler): Compiled {
  const compiler = new MapCompiler(step, cel);
  const { problems } = compiler;
  if (problems.length > 0) return { problems };
  const { bindings, edits, sources, shape } = compiler;
  const texts: (string | undefined)[] = sources.map(() => undefined);
  const apply = (line: Line): Verdict => {
    const context = bindings.of(line);
    for (let i = 0; i < sources.length; i++) {
      texts[i] = sources[i](line, context);
    }
    edits.apply(line, texts);
    return PASS;
  };
  const reshape = (schema: TableSchema) => shape.apply(schema);
  return { step, apply, reshape, problems };
}

class MapCompiler {
  readonly problems: Diagnostic[] = [];
  readonly bindings = new Bindings();
  readonly edits = new Edits();
  readonly shape = new ShapeEdits();
  readonly sources: Source[] = [];
  readonly #cel: CelCompiler;
  /** Fields that get a value, and the text that says so. */
  readonly #written: { path: FieldPath; by: PlacedText }[] = [];

  constructor(step: MapStep, cel: CelCompiler) {
    this.#cel = cel;
    for (const path of step.remove) this.#remove(path);
    for (const { from, to } of step.rename) this.#rename(from, to);
    for (const { path, value } of step.set) this.#set(path, value);
  }

  #remove(written: PlacedText): void {
    const path = this.#path(written, true);
    if (path === undefined) return;
    this.edits.remove(path);
    this.shape.remove(path);
  }

  #rename(from: PlacedText, to: PlacedText): void {
    const source = this.#path(from, true);
    const target = this.#path(to, true);
    if (source === undefined || target === undefined) return;
    if (formatPath(source) === formatPath(target)) {
      return this.#report(to, "a field can't be renamed to its own name");
    }
    this.edits.remove(source);
    this.shape.rename(source, target);
    this.#write(target, to, fieldText(source));
  }

  #set(path: PlacedText, value: PlacedText): void {
    const target = this.#path(path, false);
    const expression = this.#cel.compile(value, "any", this.bindings.needs);
    if ("code" in expression) this.problems.push(expression);
    if (target === undefined || "code" in expression) return;
    const source = sourceOf(expression);
    this.shape.set(target, expression);
    const isMetadata = target.length === 1 && target[0] === "metadata";
    this.#write(target, path, isMetadata ? requireObject(source) : source);
  }

  #write(path: FieldPath, by: PlacedText, source: Source): void {
    const other = this.#written.find((one) => overlap(one.path, path));
    if (other !== undefined) {
      const message = `"${by.text}" and "${other.by.text}" overlap`;
      return this.#report(by, message, "set one of them in a map of its own");
    }
    this.#written.push({ path, by });
    this.edits.set(path, this.sources.length);
    this.sources.push(source);
  }

  #path(written: PlacedText, isField: boolean): FieldPath | undefined {
    const { path, problem } = parsePath(written, isField);
    if (problem !== undefined) this.problems.push(problem);
    return path;
  }

  #report({ at }: PlacedText, message: string, hint?: string): void {
    const code = "config.map_conflict";
    this.problems.push({ severity: "error", code, message, at, hint });
  }
}

/** A field that is only copied keeps its text. */
function sourceOf({ path, evaluate }: Expression): Source {
  if (path === undefined) return (_, context) => toJsonText(evaluate(context));
  const source = fieldText(path);
  return (line) => {
    const text = source(line);
    if (text === undefined) {
      throw new LineProblem(`there is no ${formatPath(path)}`);
    }
    return text;
  };
}

function requireObject(source: Source): Source {
  return (line, context) => {
    const text = source(line, context);
    if (text === undefined || text.startsWith("{")) return text;
    throw new LineProblem("metadata must be an object");
  };
}

/** Finds a field's text in a line. */
function fieldText(path: FieldPath): (line: Line) => string | undefined {
  const [root, ...fields] = path;
  const names = fields.map((name) => JSON.stringify(name));
  return (line) => {
    const { text } = line;
    const key = root === "data" ? line.dataKey : line.metadataKey;
    const start = skipBlanks(text, line.start);
    const span = findValue(text, start, [`"${key}"`, ...names]);
    return span && text.slice(span.start, span.end);
  };
}

function overlap(a: FieldPath, b: FieldPath): boolean {
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  return short.every((name, i) => name === long[i]);
}
