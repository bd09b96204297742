/**
 * The keys of `output { provider = "http" config { … } }`.
 *
 * @module
 */

import {
  type Config,
  type ConfigProblem,
  integer,
  map,
  oneOf,
  size,
  string,
} from "@dstream/sdk";
import { checkTemplates } from "@dstream/sdk/service";
import { checkUrl, checkWeb, webFields } from "../../web/mod.ts";

/** The keys, for the parser, the types and the reference page. */
export const config = {
  url: string({
    doc: "Where requests go; expressions such as {data.id} may stand behind " +
      "the host",
    example: "https://api.example.com/orders/{data.id}",
  }),
  method: oneOf(["POST", "PUT", "PATCH", "DELETE"], {
    doc: "Of the requests",
    default: "POST",
  }),
  ...webFields,
  envelopeHeaders: map(string({ doc: "A value with expressions" }), {
    doc: "Headers that differ; one without a value is left out. Of a batch, " +
      "what its first envelope has",
    optional: true,
    example: { "X-Table": "{metadata.table}" },
  }),
  body: oneOf(["data", "envelope", "template", "none"], {
    doc:
      "What is sent: data alone, the whole envelope, the text in template, " +
      "or nothing",
    default: "data",
  }),
  template: string({
    doc: "The body with expressions, each as JSON: {data.id}",
    optional: true,
    example: '{"order":{data.id},"total":{data.total}}',
  }),
  contentType: string({
    doc: "Of the body; left out, what fits it",
    optional: true,
    example: "application/json",
  }),
  batch: oneOf(["none", "json_array", "json_lines"], {
    doc: "Whether a request carries several, and how",
    default: "none",
  }),
  batchSize: integer({
    doc: "How many at most",
    default: 500,
    min: 1,
    max: 10_000,
    unit: "envelopes",
  }),
  batchBytes: size({
    doc: "How long a batch is at most",
    default: "1MiB",
    min: 1024,
    max: 64 * 1024 * 1024,
  }),
  concurrency: integer({
    doc:
      "Requests at once. Those of one key stay in order: order_key, or what " +
      "identifies the row",
    default: 1,
    min: 1,
    max: 100,
  }),
  orderKey: string({
    doc: "What must stay in order, with concurrency",
    optional: true,
    example: "{data.customer_id}",
  }),
  idempotencyHeader: string({
    doc: "The header by which the service knows a repeat",
    default: "Idempotency-Key",
  }),
  idempotencyKey: string({
    doc: "Its value; left out, made of table and position where both are " +
      "known, so that a repeat after a crash has the same",
    optional: true,
    example: "{data.id}-{data.version}",
  }),
};

/** What the code reads. */
export type HttpConfig = Config<typeof config>;

/** Mistakes that no single key can see. */
export function* check(values: HttpConfig): Generator<ConfigProblem> {
  const { url, template, orderKey, idempotencyKey, batch, body } = values;
  yield* checkTemplates({
    url,
    order_key: orderKey,
    idempotency_key: idempotencyKey,
    ...values.envelopeHeaders,
  });
  const host = /^[a-z]+:\/\/[^/?#]*/i.exec(url)?.[0] ?? url;
  if (host.includes("{")) {
    yield problem("url", "url must name its host: expressions stand behind it");
  } else yield* checkUrl("url", url.replaceAll(/\{[^}]*\}/g, "x"));
  yield* checkWeb(values);
  if ((body === "template") !== (template !== undefined)) {
    yield problem("template", 'template and body = "template" need each other');
  }
  if (batch !== "none" && (body === "template" || body === "none")) {
    yield problem("batch", 'a batch is of body = "data" or "envelope"');
  }
}

function problem(key: string, message: string): ConfigProblem {
  return { path: `config.${key}`, message };
}
