/**
 * `plan` and `status`: the input makes nothing, and says what waits for it.
 *
 * @module
 */

import type { LifecycleContext, Report } from "@dstream/sdk";
import { failureCode, openAdministration } from "../../azure/mod.ts";
import { type ServiceBusConfig, sourceName } from "./config.ts";

/** Nothing to make. */
export function plan(config: ServiceBusConfig): Promise<Report> {
  const type = config.queue === undefined ? "subscription" : "queue";
  const name = sourceName(config);
  return Promise.resolve({ changes: [{ action: "none", type, name }] });
}

/** How many messages there are; needs the right to manage. */
export async function status(
  config: ServiceBusConfig,
  { signal: abortSignal }: LifecycleContext,
): Promise<Report> {
  const { queue, topic, subscription } = config;
  const type = queue === undefined ? "subscription" : "queue";
  const name = sourceName(config);
  const client = await openAdministration(config, config.adminEndpoint);
  try {
    const found = queue !== undefined
      ? await client.getQueueRuntimeProperties(queue, { abortSignal })
      : await client.getSubscriptionRuntimeProperties(topic!, subscription!, {
        abortSignal,
      });
    const counts = {
      messages: found.activeMessageCount,
      dead_letters: found.deadLetterMessageCount,
    };
    return { resources: [{ type, name, state: "there", ...counts }] };
  } catch (error) {
    const code = failureCode(error);
    if (code === "MessageEntityNotFoundError") {
      return { resources: [{ type, name, state: "missing" }] };
    }
    throw new Error(`the namespace can't be asked: ${code}`, { cause: error });
  }
}
