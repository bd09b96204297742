/**
 * The queues, topics and subscriptions a config means.
 *
 * @module
 */

import type { ServiceBusConfig } from "./config.ts";
import { Router } from "./destination.ts";
import { entityName } from "./table_names.ts";

/** One entity. */
export type Wanted =
  | { readonly type: "queue" | "topic"; readonly name: string }
  | {
    readonly type: "subscription";
    readonly topic: string;
    readonly name: string;
  };

/** Each once, a topic before its subscriptions. */
export function wantedEntities(config: ServiceBusConfig): Wanted[] {
  const { tables = [], tableEntities, entities } = config;
  const ofTables = tables.map((table) => entityName(config, table));
  const { fixed } = new Router(config);
  const single = (text: string | undefined) =>
    text !== undefined && fixed === text ? [text] : [];
  const queues = [
    ...single(config.queue),
    ...entities.queues,
    ...tableEntities === "queues" ? ofTables : [],
  ];
  const topics = [
    ...single(config.topic),
    ...entities.topics,
    ...tableEntities === "topics" ? ofTables : [],
  ];
  return [
    ...unique(queues).map((name) => ({ type: "queue", name }) as const),
    ...unique(topics).flatMap((name): Wanted[] => [
      { type: "topic", name },
      ...unique(entities.subscriptions).map((subscription) =>
        ({ type: "subscription", topic: name, name: subscription }) as const
      ),
    ]),
  ];
}

/** Names are the same in capitals and small letters. */
function unique(names: readonly string[]): string[] {
  const byKey = new Map(names.map((name) => [name.toLowerCase(), name]));
  return [...byKey.values()];
}
