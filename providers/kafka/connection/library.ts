/**
 * The library that speaks with brokers, loaded when the first of them is.
 *
 * Its sockets, logins, codecs and small requests are used. Batches of records are
 * written and read here (../wire): so the order of a partition, the sequence numbers
 * and what is repeated are in our hands, and a value is copied once.
 *
 * @module
 */

import type * as Library from "@platformatic/kafka";

export type { Library };
export type Connection = InstanceType<typeof Library.Connection>;
export type Writer = InstanceType<typeof Library.Writer>;
export type Reader = InstanceType<typeof Library.Reader>;

/** It is large, so it lies beside the bundle. */
export function loadLibrary(): Promise<typeof Library> {
  return import("@platformatic/kafka");
}
