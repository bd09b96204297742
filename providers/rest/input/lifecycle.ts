/**
 * `plan`: asks for one page of each stream and says what it found.
 *
 * @module
 */

import type { JsonObject, LifecycleContext, Report } from "@dstream/sdk";
import { WebClient } from "../../web/mod.ts";
import { type RestConfig, type StreamConfig, streamsOf } from "./config.ts";
import { isRecord } from "./exact.ts";
import { nextLink } from "./link_header.ts";
import { type NewRecords, Turn } from "./turn.ts";

/** Fields that are named. */
const MOST_FIELDS = 40;

/** One page of each stream that needs no parent. */
export async function plan(
  config: RestConfig,
  context: LifecycleContext,
): Promise<Report> {
  using client = new WebClient(new URL(config.endpoint), config, {
    signal: context.signal,
    log: context.log,
    now: () => Date.now(),
    monotonicMs: () => performance.now(),
    sleep: (delayMs) => new Promise((done) => setTimeout(done, delayMs)),
  });
  const resources: JsonObject[] = [];
  for (const stream of streamsOf(config)) {
    resources.push(
      stream.parent === undefined
        ? await lookAt(stream, client, config, context)
        : { stream: stream.name, parent: stream.parent },
    );
  }
  return { resources, message: "one page of each was asked for" };
}

async function lookAt(
  stream: StreamConfig,
  client: WebClient,
  { endpoint }: RestConfig,
  { signal, log }: LifecycleContext,
): Promise<JsonObject> {
  const turn = new Turn(stream, {}, undefined, {
    client,
    endpoint,
    signal,
    warn: (message) => log.warn(message),
  });
  for await (const found of turn.run()) {
    for (const hint of hints(stream, found)) log.warn(hint);
    const fields = found.records.find(isRecord) ?? {};
    return {
      stream: stream.name,
      records: found.records.length,
      fields: Object.keys(fields).slice(0, MOST_FIELDS).join(", "),
    };
  }
  return { stream: stream.name, records: 0 };
}

function* hints(
  { name, pagination, cursor, key }: StreamConfig,
  { records, page }: NewRecords,
): Generator<string> {
  const type = pagination?.type ?? "none";
  const link = nextLink(page.response.headers.get("link") ?? "");
  if (type === "none" && link !== undefined) {
    yield `${name}: the answer has a Link header: pagination { type = "link_header" } reads all pages`;
  }
  if (type === "offset" && cursor === undefined) {
    yield `${name}: records that shift while pages are read are missed by ` +
      "offsets; a cursor lets pages overlap";
  }
  if (cursor === undefined) {
    yield `${name}: without a cursor every turn reads all records again`;
  }
  const missing = (key ?? []).filter((field) =>
    records.some((record) => isRecord(record) && !Object.hasOwn(record, field))
  );
  if (missing.length > 0) {
    yield `${name}: there are records without the key "${
      missing.join('", "')
    }"`;
  }
}
