/**
 * `variable` blocks: declared, given a value, converted, checked.
 *
 * @module
 */

import type { Location } from "../../base/errors.ts";
import {
  type Block,
  ConversionError,
  convert,
  evaluate,
  EvaluationError,
  LazyObject,
  markSensitiveIf,
  readType,
  type Scope,
  type Span,
  type Type,
  type Value,
} from "../../hcl/mod.ts";
import { failSilently, type Problems } from "./problems.ts";
import { BlockReader, headOf, type ReadContext } from "./reader.ts";
import { suggest } from "./suggest.ts";
import type { RootBlock } from "./root.ts";
import { evaluateGiven, type GivenValue } from "./variable_values.ts";

interface Declared {
  readonly name: string;
  readonly reader: BlockReader;
  readonly type: Type | undefined;
  readonly isSensitive: boolean;
  readonly validations: readonly BlockReader[];
}

/** The variables of a configuration. */
export class Variables {
  readonly #declared = new Map<string, Declared>();
  readonly #root: LazyObject;
  readonly #values = new Map<Declared, Value>();

  /** @param scope Functions alone: a default can't use other variables. */
  constructor(
    blocks: readonly RootBlock[],
    readonly given: ReadonlyMap<string, GivenValue>,
    readonly scope: Scope,
    readonly problems: Problems,
  ) {
    for (const { block, source } of blocks) {
      this.#declare(block, { source, problems, scope: scope.in(source) });
    }
    this.#reportUndeclared();
    const entries = [...this.#declared.values()]
      .map((one) => [one.name, () => this.#resolve(one)] as const);
    this.#root = new LazyObject({
      name: "var",
      noun: "variable",
      hint: "declare it with a variable block",
      entries: new Map(entries),
    });
  }

  /** What `var` means in an expression. */
  get root(): LazyObject {
    return this.#root;
  }

  /** Works out every variable, so that all problems come out. */
  resolveAll(): void {
    for (const { name, reader } of this.#declared.values()) {
      const place = reader.place(reader.headSpan);
      this.problems.attempt(() => this.#root.get(name, place));
    }
  }

  /**
   * Checks the `validation` blocks of the variables that were worked out.
   * @param scope With `var` and `local`.
   */
  validate(scope: Scope): void {
    for (const [declared, value] of [...this.#values]) {
      for (const validation of declared.validations) {
        this.#check(declared, value, validation, scope);
      }
    }
  }

  /** Those that were worked out. */
  values(): Iterable<Value> {
    return this.#values.values();
  }

  #declare(block: Block, context: ReadContext): void {
    const [label, extra] = block.labels;
    if (label === undefined || extra !== undefined) {
      const message = 'a variable block has one label, its name: variable "x"';
      const at = { source: context.source, span: headOf(block) };
      this.problems.report(at, "config.label_missing", message);
      return;
    }
    const name = label.value;
    const owner = `variable "${name}"`;
    const reader = new BlockReader(block.body, owner, headOf(block), context);
    if (!/^[\p{L}_][\p{L}\p{Nd}_-]*$/u.test(name)) {
      const message = `"${name}" can't be a variable's name`;
      reader.report(label.span, "config.name_invalid", message);
    }
    const first = this.#declared.get(name);
    if (first !== undefined) {
      const { line, file } = locationOf(first);
      const message = `there is a second variable "${name}"`;
      const hint = `the first is at ${file}:${line}`;
      reader.report(label.span, "config.variable_duplicate", message, hint);
      return;
    }
    this.#declared.set(name, this.#read(name, reader));
  }

  #read(name: string, reader: BlockReader): Declared {
    const type = this.#type(reader);
    reader.attribute("default");
    reader.string("description");
    const isSensitive = reader.boolean("sensitive") === true;
    const validations = reader.blocks("validation").map((block) => {
      const validation = reader.inside(block);
      validation.attribute("condition");
      validation.attribute("error_message");
      validation.finish();
      return validation;
    });
    reader.finish();
    return { name, reader, type, isSensitive, validations };
  }

  #type(reader: BlockReader): Type | undefined {
    const attribute = reader.attribute("type");
    if (attribute === undefined) return { kind: "dynamic" };
    const { scope } = reader.context;
    return this.problems.attempt(() => readType(attribute.value, scope!));
  }

  /** @throws {EvaluationError} */
  #resolve(declared: Declared): Value {
    const { name, reader, isSensitive, type } = declared;
    const given = this.given.get(name);
    if (type === undefined) failSilently();
    const value = given === undefined
      ? this.#default(declared)
      : evaluateGiven(given, type, isSensitive, this.scope, this.problems);
    if (value === undefined) failSilently();
    const marked = markSensitiveIf(value, isSensitive);
    try {
      const converted = convert(marked, type);
      this.#values.set(declared, converted);
      return converted;
    } catch (error) {
      if (!(error instanceof ConversionError)) throw error;
      const message = `variable "${name}": ${error.message}`;
      const hint = given && `the value comes from ${given.origin}`;
      throw problem(
        placeOf(reader, given, isSensitive),
        "config.variable_invalid",
        message,
        hint,
      );
    }
  }

  #default({ name, reader }: Declared): Value | undefined {
    const attribute = reader.attribute("default");
    const scope = reader.context.scope!;
    if (attribute !== undefined) return evaluate(attribute.value, scope);
    if (reader.hasMisspelt(["default"])) failSilently();
    throw problem(
      reader.context.source.locate(reader.headSpan),
      "config.variable_missing",
      `variable "${name}" has no value`,
      `give one with --var ${name}=…, DSTREAM_VAR_${name} or a default`,
    );
  }

  #check(
    { name, isSensitive, reader }: Declared,
    value: Value,
    validation: BlockReader,
    scope: Scope,
  ): void {
    const condition = validation.attribute("condition");
    if (condition === undefined) {
      const message = "a validation block needs a condition";
      validation.report(
        validation.headSpan,
        "config.attribute_missing",
        message,
      );
      return;
    }
    const inFile = scope.in(validation.context.source);
    const result = this.problems.attempt(() =>
      evaluate(condition.value, inFile)
    );
    if (result === undefined) return;
    if (result.kind !== "boolean") {
      const message = "a condition must be true or false";
      validation.report(condition.value.span, "config.value_invalid", message);
      return;
    }
    if (result.value) return;
    const why = this.#errorMessage(validation, inFile);
    const given = this.given.get(name);
    const isHidden = isSensitive || value.isSensitive === true;
    this.problems.report(
      placeOf(reader, given, isHidden),
      "config.variable_invalid",
      `variable "${name}": ${why}`,
      given && `the value comes from ${given.origin}`,
    );
  }

  #errorMessage(validation: BlockReader, scope: Scope): string {
    const attribute = validation.attribute("error_message");
    if (attribute === undefined) return "its value is not valid";
    const text = this.problems.attempt(() => evaluate(attribute.value, scope));
    if (text?.kind !== "string") return "its value is not valid";
    return text.isSensitive ? "(sensitive)" : text.value;
  }

  #reportUndeclared(): void {
    for (const [name, { given, origin }] of this.given) {
      // An environment is shared by many programs and configurations.
      const isShared = origin.startsWith("DSTREAM_VAR_");
      if (this.#declared.has(name) || isShared) continue;
      const at = given.kind === "expression"
        ? given.file.source.locate(given.nameAt)
        : undefined;
      const from = at === undefined ? ` for ${origin}` : "";
      this.problems.report(
        at,
        "config.variable_unknown",
        `there is no variable "${name}"${from}`,
        suggest(name, this.#declared.keys(), "the files declare") ??
          "the files declare none",
      );
    }
  }
}

/** Points at the value, unless that would show a secret. */
function placeOf(
  reader: BlockReader,
  given: GivenValue | undefined,
  isSensitive: boolean,
): Location {
  const { source } = reader.context;
  const head = source.locate(reader.headSpan);
  if (isSensitive) return head;
  if (given?.given.kind === "expression") {
    const { expression, file } = given.given;
    return file.source.locate(expression.span);
  }
  const attribute = reader.attribute("default");
  return given === undefined && attribute !== undefined
    ? source.locate(attribute.value.span)
    : head;
}

function locationOf({ reader }: Declared): Location {
  return reader.context.source.locate(reader.headSpan);
}

const NOWHERE: Span = { start: 0, end: 0 };

function problem(
  at: Location,
  code: `config.${string}`,
  message: string,
  hint?: string,
): EvaluationError {
  return new EvaluationError([
    { severity: "error", code, message, at, hint, span: NOWHERE },
  ]);
}
