/**
 * What happens to an envelope between input and output: filter, map, validate.
 *
 * Nothing here knows of processes or waits for anything. The libraries that
 * compile expressions and schemas are loaded when a transformer is made; a task
 * without transforms never imports this folder.
 *
 * @module
 */

export { checkTransforms } from "./compile.ts";
export type { ChunkOutcome, LineOutcome, RefusedLine } from "./outcome.ts";
export {
  createTransformer,
  Transformer,
  type TransformerOptions,
} from "./transformer.ts";
export type { RejectCode } from "./verdict.ts";
