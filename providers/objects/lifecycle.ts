/**
 * `init`, `plan` and `status` of the outputs: the bucket, and what lies below prefix.
 *
 * @module
 */

import type {
  JsonObject,
  Lifecycle,
  LifecycleContext,
  PlannedChange,
  Report,
} from "@dstream/sdk";
import { PrefixTemplate } from "./prefix.ts";
import type { ObjectStore } from "./store.ts";

/** Objects listed at most. */
const MOST_LISTED = 100;
/** Objects looked at for that; they come in the order of their names. */
const MOST_LOOKED_AT = 100_000;

/**
 * @param openStore Connects to what a config means.
 * @param type What the store calls it: "bucket".
 */
export function objectLifecycle<C extends { readonly prefix: string }>(
  openStore: (config: C, context: LifecycleContext) => ObjectStore,
  type: string,
): Lifecycle<C> {
  const planned = async (
    store: ObjectStore,
    { signal }: LifecycleContext,
  ): Promise<PlannedChange> => {
    const action = await store.exists(signal) ? "none" : "create";
    return { action, type, name: store.address };
  };
  return {
    async plan(config, context) {
      return { changes: [await planned(openStore(config, context), context)] };
    },
    async init(config, context) {
      const store = openStore(config, context);
      const change = await planned(store, context);
      if (change.action === "create") await store.create(context.signal);
      return { changes: [change] };
    },
    async status(config, context) {
      const store = openStore(config, context);
      const { fixedPart } = new PrefixTemplate(config.prefix);
      return await statusOf(store, fixedPart, context);
    },
  };
}

async function statusOf(
  store: ObjectStore,
  prefix: string,
  { signal }: LifecycleContext,
): Promise<Report> {
  const newest: JsonObject[] = [];
  let [count, sizeBytes] = [0, 0];
  for await (const page of store.list(prefix, signal)) {
    for (const object of page) {
      count++;
      sizeBytes += object.sizeBytes;
      newest.push({
        type: "object",
        name: object.key,
        size_bytes: object.sizeBytes,
        modified: new Date(object.modifiedMs).toISOString(),
      });
    }
    newest.splice(0, newest.length - MOST_LISTED);
    if (count >= MOST_LOOKED_AT) break;
  }
  const more = count >= MOST_LOOKED_AT ? " or more" : "";
  return {
    resources: newest,
    message: `${count}${more} objects, ${sizeBytes} bytes below ` +
      `${store.address}/${prefix}`,
  };
}
