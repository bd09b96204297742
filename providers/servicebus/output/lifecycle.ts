/**
 * `plan`, `init`, `status` and `destroy`: the entities a config means.
 *
 * `init` makes what is missing and changes what can be changed; what can't is said.
 * `destroy` removes the entities named in the config and no others.
 *
 * @module
 */

import type { ServiceBusAdministrationClient } from "@azure/service-bus";
import {
  DstreamError,
  type LifecycleContext,
  type PlannedChange,
  type Report,
} from "@dstream/sdk";
import { openAdministration } from "../../azure/mod.ts";
import type { ServiceBusConfig } from "./config.ts";
import { describeAdminFailure, EntityKind } from "./entity_kind.ts";
import { type Wanted, wantedEntities } from "./wanted.ts";

/** What would be made or changed. */
export function plan(
  config: ServiceBusConfig,
  context: LifecycleContext,
): Promise<Report> {
  return withClient(config, async (client) => {
    const changes: PlannedChange[] = [];
    for (const wanted of wantedEntities(config)) {
      changes.push(await planOne(client, config, wanted, context));
    }
    return report(changes);
  });
}

/** Makes and changes it. */
export function init(
  config: ServiceBusConfig,
  context: LifecycleContext,
): Promise<Report> {
  return withClient(config, async (client) => {
    const changes: PlannedChange[] = [];
    for (const wanted of wantedEntities(config)) {
      const change = await planOne(client, config, wanted, context);
      const kind = new EntityKind(client, config, wanted);
      if (change.action === "create") await kind.create(context.signal);
      if (change.action === "update") await kind.update(context.signal);
      changes.push(change);
    }
    return report(changes);
  });
}

/** What is there, with its messages. */
export function status(
  config: ServiceBusConfig,
  { signal }: LifecycleContext,
): Promise<Report> {
  return withClient(config, async (client) => {
    const resources = [];
    for (const wanted of wantedEntities(config)) {
      const counts = await new EntityKind(client, config, wanted)
        .counts(signal);
      const state = counts === undefined ? "missing" : "there";
      resources.push({
        type: wanted.type,
        name: fullName(wanted),
        state,
        ...counts,
      });
    }
    return resources.length > 0
      ? { resources }
      : { resources, message: NOTHING_FIXED };
  });
}

/** Removes it, with the messages in it. */
export function destroy(
  config: ServiceBusConfig,
  { signal }: LifecycleContext,
): Promise<Report> {
  return withClient(config, async (client) => {
    const changes: PlannedChange[] = [];
    // Subscriptions before their topics.
    for (const wanted of wantedEntities(config).reverse()) {
      const kind = new EntityKind(client, config, wanted);
      const action = await kind.remove(signal) ? "delete" : "none";
      changes.push({ action, type: wanted.type, name: fullName(wanted) });
    }
    return report(changes);
  });
}

const NOTHING_FIXED = "the destinations are known from the envelopes alone; " +
  "entities { queues, topics } names those to make";

async function planOne(
  client: ServiceBusAdministrationClient,
  config: ServiceBusConfig,
  wanted: Wanted,
  { signal, log }: LifecycleContext,
): Promise<PlannedChange> {
  const kind = new EntityKind(client, config, wanted);
  const found = await kind.find(signal);
  const { type } = wanted;
  const name = fullName(wanted);
  if (found === undefined) return { action: "create", type, name };
  const { changeable, fixed } = kind.differences(found);
  if (fixed.length > 0) {
    log.warn(
      `${type} ${JSON.stringify(name)} is there with another ` +
        `${fixed.join(", ")}, which can't be changed`,
    );
  }
  const kept = fixed.length > 0 ? { unchangeable: fixed.join(", ") } : {};
  return changeable.length > 0
    ? { action: "update", type, name, changes: changeable.join(", "), ...kept }
    : { action: "none", type, name, ...kept };
}

function report(changes: PlannedChange[]): Report {
  return changes.length > 0 ? { changes } : { changes, message: NOTHING_FIXED };
}

function fullName(wanted: Wanted): string {
  return wanted.type === "subscription"
    ? `${wanted.topic}/${wanted.name}`
    : wanted.name;
}

async function withClient(
  config: ServiceBusConfig,
  work: (client: ServiceBusAdministrationClient) => Promise<Report>,
): Promise<Report> {
  const client = await openAdministration(config, config.adminEndpoint);
  try {
    return await work(client);
  } catch (error) {
    if (error instanceof DstreamError) throw error;
    throw new Error(describeAdminFailure(error), { cause: error });
  }
}
