/**
 * What `dstream provider` and `dstream init` do with providers and registries.
 *
 * | question                               | file                          |
 * | -------------------------------------- | ----------------------------- |
 * | which registries are meant?            | `registries.ts`               |
 * | what is in a registry?                 | `inspect_reference.ts`        |
 * | how is a provider published?           | `push.ts`, `ask_for_spec.ts`  |
 * | how are versions locked?               | `locking.ts`                  |
 * | who is the user to a registry?         | `login.ts`                    |
 * | which keys does a config have?         | `schema.ts`                   |
 *
 * @module
 */

export { nearbySettings, openRegistries } from "./registries.ts";
