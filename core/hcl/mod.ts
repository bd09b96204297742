/**
 * HCL, the language: text → syntax → values. It knows nothing of tasks.
 *
 * | question                                  | file                           |
 * | ----------------------------------------- | ------------------------------ |
 * | what may stand in a file?                 | `parse.ts`, `syntax/`          |
 * | what is a parsed file made of?            | `syntax_tree.ts`               |
 * | where did this character stand?           | `source_text.ts`               |
 * | what does an expression come to?          | `expressions/`                 |
 * | what can a value be?                      | `value.ts`, `value_json.ts`    |
 * | which functions are there?                | `functions/`                   |
 * | what do `{{ … }}` templates do?           | `template/mod.ts`              |
 * | how is a file laid out?                   | `format.ts`, `mask.ts`         |
 * | what does HashiCorp's parser say?         | `referee.ts`, `hashicorp.ts`   |
 *
 * `template/mod.ts`, `format.ts` and `referee.ts` are imported where they are
 * needed: most files have no templates, and the last two load a program of
 * several megabytes.
 *
 * @module
 */

export { parse } from "./parse.ts";
export { type Segment, SourceText } from "./source_text.ts";
export type * from "./syntax_tree.ts";
export * from "./expressions/mod.ts";
export {
  calledFunctions,
  createFunctions,
  type FileInfo,
  type FunctionTable,
  type World,
} from "./functions/mod.ts";
export * from "./value.ts";
export { toJson, toRedactedJson } from "./value_json.ts";
