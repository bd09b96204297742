/**
 * Expressions → values. `evaluate` is the way in.
 *
 * @module
 */

export { ConversionError, convert } from "./convert.ts";
export { evaluate } from "./evaluate.ts";
export { readType } from "./type_constraint.ts";
export { EvaluationError, type Problem, ProblemCollector } from "./problem.ts";
export {
  type Binding,
  LazyObject,
  type LazyObjectOptions,
  Scope,
  type ScopeOptions,
} from "./scope.ts";
