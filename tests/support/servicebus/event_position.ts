/**
 * Where a reader of a partition begins: the filter of its link, in the words of
 * Event Hubs.
 *
 * @module
 */

import { type Amqp, plain } from "./rhea.ts";

const SELECTOR = "apache.org:selector-filter:string";
const CLAUSE =
  /amqp\.annotation\.x-opt-(offset|sequence-number|enqueued-time(?:-utc)?)\s*>(=?)\s*'([^']*)'/;

/**
 * @param filter Of the link's source.
 * @param times When each event came, in milliseconds since 1970.
 * @returns The place of the first event to send. An event's offset and number are
 * its place.
 */
export function startPlace(filter: Amqp, times: readonly number[]): number {
  const clause = CLAUSE.exec(String(plain(filter?.[SELECTOR]) ?? ""));
  if (clause === null) return 0;
  const [, annotation, orEqual, value] = clause;
  if (annotation.startsWith("enqueued")) {
    const place = times.findIndex((time) => time > Number(value));
    return place === -1 ? times.length : place;
  }
  if (value === "@latest") return times.length;
  return Math.max(0, Number(value) + (orEqual ? 0 : 1));
}
