/**
 * The keys of the root block `publisher`.
 *
 * @module
 */

import {
  type Config,
  list,
  object,
  oneOf,
  string,
} from "../../core/sdk/config/mod.ts";
import { keysOf } from "./anything.ts";
import { connectionKeys, restartKey } from "./shared_keys.ts";

const source = object({
  type: oneOf(["azure_service_bus", "servicebus"], {
    doc: "Where the ingest queue is",
  }),
  name: string({
    doc: "The ingest queue; left out, the ingester's",
    optional: true,
    example: "ingest-queue",
  }),
  ...connectionKeys,
  config: keysOf("servicebus input"),
}, {
  doc: "What the router reads; left out, the ingester's queue",
  optional: true,
});

const output = object({
  type: oneOf(["azure_service_bus", "servicebus", "console"], {
    doc: "Where the topics are",
  }),
  ...connectionKeys,
  subscriptions: list(string({ doc: "A subscription" }), {
    doc: "Subscriptions that every topic gets",
    default: ["sub1"],
  }),
  config: keysOf("output"),
}, {
  doc: "What the router writes; left out, topics beside the queue",
  optional: true,
});

/** The keys, for the checker and the mapping. */
export const publisherKeys = { source, output, restart: restartKey };

/** What the mapping reads. */
export type PublisherValues = Config<typeof publisherKeys>;
