/**
 * What providers share that speak with a service, as `@dstream/sdk/service`: a
 * text with expressions ({@link Template}) and what they see of an envelope
 * ({@link Scope}), attempts again, and a wait that ends.
 *
 * @module
 */

export { type RetryDeps, withRetries } from "./retry.ts";
export { Scope, type Side } from "./scope.ts";
export { checkTemplates, Template } from "./template.ts";
export { within } from "./within.ts";
