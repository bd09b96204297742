/**
 * Parsed files → a configuration: names first, then every block.
 *
 * @module
 */

import {
  objectValue,
  type Scope,
  type SourceText,
  type Span,
  stringValue,
} from "../../hcl/mod.ts";
import type { Configuration, Task } from "../task.ts";
import { type EvaluatedConfig, readConfig } from "./config_tree.ts";
import { Locals } from "./locals.ts";
import { checkTaskName } from "./names.ts";
import type { Problems } from "./problems.ts";
import { BlockReader, headOf } from "./reader.ts";
import {
  onlyBlock,
  type RootBlock,
  type RootBlocks,
  sortRoot,
} from "./root.ts";
import { readSettings, type Settings } from "./settings.ts";
import type { Secrets } from "./secrets.ts";
import type { SourceFile } from "./source_file.ts";
import { readTask } from "./task_block.ts";
import type { GivenValue } from "./variable_values.ts";
import { Variables } from "./variables.ts";

/** What there is to read, and where problems and secrets go. */
export interface ReadInputs {
  readonly files: readonly SourceFile[];
  readonly values: ReadonlyMap<string, GivenValue>;
  /** Functions alone. */
  readonly scope: Scope;
  readonly folder: string;
  readonly tasks: readonly string[] | undefined;
  /** Whether the root blocks of the older programs are evaluated. */
  readonly hasServerBlocks: boolean;
  readonly version: string | undefined;
  readonly problems: Problems;
  readonly secrets: Secrets;
}

/** Reads one configuration. */
export class ConfigurationReader {
  readonly #blocks: RootBlocks;
  readonly #variables: Variables;
  readonly #locals: Locals;
  readonly #scope: Scope;

  constructor(readonly inputs: ReadInputs) {
    const { files, values, problems, folder } = inputs;
    this.#blocks = sortRoot(files, problems);
    const path = objectValue([["root", stringValue(folder)]]);
    const base = inputs.scope.with([["path", path]]);
    this.#variables = new Variables(
      this.#blocks.variable,
      values,
      base,
      problems,
    );
    const scope = () => this.#scope;
    this.#locals = new Locals(this.#blocks.locals, scope, problems);
    this.#scope = base.with([
      ["var", this.#variables.root],
      ["local", this.#locals.root],
    ]);
  }

  /** Complete only when no problem was reported. */
  read(): Configuration {
    const { folder, files, tasks: wanted } = this.inputs;
    const isWhole = wanted === undefined;
    this.#reportFiles();
    const settings = this.#settings();
    if (isWhole) this.#variables.resolveAll();
    if (isWhole) this.#locals.resolveAll();
    const { tasks, names } = this.#tasks();
    const ingester = this.#serverBlock(this.#blocks.ingester);
    const publisher = this.#serverBlock(this.#blocks.publisher);
    this.#variables.validate(this.#scope);
    this.#collectSecrets();
    return {
      folder,
      files: files.map(({ source }) => source.file),
      ...settings,
      tasks,
      taskNames: names,
      ...(ingester && { ingester }),
      ...(publisher && { publisher }),
      secrets: this.inputs.secrets.texts(),
    };
  }

  #isWanted(task: string): boolean {
    const { tasks } = this.inputs;
    return tasks === undefined || tasks.includes(task);
  }

  /** What parsing found; a template's failure counts only where it is used. */
  #reportFiles(): void {
    const { problems, files } = this.inputs;
    for (const { source, diagnostics, failures } of files) {
      for (const diagnostic of diagnostics) problems.add(diagnostic);
      const unused = this.#unusedSpans(source);
      for (const { diagnostic, offset } of failures) {
        const isUnused = unused.some(({ start, end }) =>
          start <= offset && offset <= end
        );
        if (!isUnused) problems.add(diagnostic);
      }
    }
  }

  #unusedSpans(source: SourceText): Span[] {
    const { ingester, publisher, task } = this.#blocks;
    if (this.inputs.tasks === undefined) return [];
    const tasks = task.filter(({ block }) =>
      !this.#isWanted(block.labels[0]?.value ?? "")
    );
    const ours = this.inputs.hasServerBlocks ? [] : [...ingester, ...publisher];
    return [...tasks, ...ours]
      .filter((one) => one.source === source)
      .map(({ block }) => block.span);
  }

  #settings(): Settings {
    const { problems, version } = this.inputs;
    const found = onlyBlock(this.#blocks.dstream, problems);
    if (found === undefined) return {};
    const reader = this.#reader(found, "the dstream block", this.#scope);
    return readSettings(reader, version);
  }

  #tasks(): { tasks: Map<string, Task>; names: string[] } {
    const tasks = new Map<string, Task>();
    const seen = new Map<string, RootBlock>();
    const names: string[] = [];
    for (const found of this.#blocks.task) {
      const name = this.#taskName(found, seen);
      const task = this.#task(found, name);
      if (name === undefined) continue;
      names.push(name);
      if (task !== undefined) tasks.set(name, task);
    }
    return { tasks, names };
  }

  #task(found: RootBlock, name: string | undefined): Task | undefined {
    const title = found.block.labels[0]?.value ?? "";
    const owner = title === "" ? "the task" : `task "${title}"`;
    const self = objectValue([["name", stringValue(title)]]);
    const scope = this.#isWanted(title)
      ? this.#scope.with([["task", self]])
      : undefined;
    const reader = this.#reader(found, owner, scope);
    const { folder } = this.inputs;
    const onConfig = (config: EvaluatedConfig) =>
      this.inputs.secrets.noteTexts(config.secretTexts());
    return readTask(reader, { name: name ?? title, folder, onConfig });
  }

  /** @returns `undefined` when it is none, or taken; that is reported. */
  #taskName(
    { block, source }: RootBlock,
    seen: Map<string, RootBlock>,
  ): string | undefined {
    const { problems } = this.inputs;
    const [label, extra] = block.labels;
    if (label === undefined) {
      const at = { source, span: headOf(block) };
      const hint = 'write task "my-pipeline" { … }';
      problems.report(at, "config.label_missing", "a task needs a name", hint);
      return undefined;
    }
    if (extra !== undefined) {
      const at = { source, span: extra.span };
      const message = "a task has one label, its name";
      problems.report(at, "config.label_unexpected", message);
    }
    const at = { source, span: label.span };
    const wrong = checkTaskName(label.value);
    if (wrong !== undefined) {
      problems.report(at, "config.name_invalid", wrong.message, wrong.hint);
      return undefined;
    }
    const key = label.value.toLowerCase();
    const first = seen.get(key);
    if (first === undefined) {
      seen.set(key, { block, source });
      return label.value;
    }
    const taken = first.block.labels[0].value;
    const { file, line } = first.source.locate(headOf(first.block));
    problems.report(
      at,
      "config.task_duplicate",
      taken === label.value
        ? `there is a second task "${taken}"`
        : `the tasks "${taken}" and "${label.value}" differ only in case`,
      `the first is at ${file}:${line}`,
    );
    return undefined;
  }

  /** Root blocks of the older programs. */
  #serverBlock(blocks: readonly RootBlock[]): EvaluatedConfig | undefined {
    const { problems, hasServerBlocks } = this.inputs;
    const found = onlyBlock(blocks, problems);
    if (found === undefined) return undefined;
    const scope = hasServerBlocks ? this.#scope.in(found.source) : undefined;
    const { source, block } = found;
    const config = readConfig(block, { source, problems, scope });
    if (config) this.inputs.secrets.noteTexts(config.secretTexts());
    return config;
  }

  #reader(
    { block, source }: RootBlock,
    owner: string,
    scope: Scope | undefined,
  ): BlockReader {
    return new BlockReader(block.body, owner, headOf(block), {
      source,
      problems: this.inputs.problems,
      scope: scope?.in(source),
    });
  }

  #collectSecrets(): void {
    const { files, secrets } = this.inputs;
    for (const { secrets: texts, defaults, body, source } of files) {
      for (const text of texts) secrets.note(text);
      for (const text of defaults) secrets.noteDefault(text);
      if (source.written.includes("sensitive(")) secrets.noteLiterals(body);
    }
    for (const value of this.#variables.values()) secrets.noteVariable(value);
  }
}
