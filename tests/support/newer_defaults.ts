/**
 * Makes an older Deno test as newer ones do: without looking for operations and
 * resources that outlive a test. Tests share servers, which they start in the first
 * that needs one.
 *
 * Preloaded by `.ci/run` for the runtime that executables hold.
 *
 * @module
 */

type Test = typeof Deno.test;

const original = Deno.test;
const DEFAULTS = { sanitizeOps: false, sanitizeResources: false };

/** Every way to declare a test, as one definition. */
function withDefaults(args: readonly unknown[]): Deno.TestDefinition {
  const fn = args.find((each) => typeof each === "function");
  const name = args.find((each) => typeof each === "string");
  const options = args.find((each) =>
    typeof each === "object" && each !== null
  );
  return {
    ...DEFAULTS,
    ...options as object,
    ...(name === undefined ? {} : { name }),
    ...(fn === undefined ? {} : { fn }),
  } as Deno.TestDefinition;
}

const test = ((...args: unknown[]) => original(withDefaults(args))) as Test;
Object.defineProperty(Deno, "test", {
  value: Object.assign(test, {
    ...original,
    ignore: (...args: unknown[]) =>
      original({ ...withDefaults(args), ignore: true }),
    only: (...args: unknown[]) =>
      original({ ...withDefaults(args), only: true }),
  }),
});
