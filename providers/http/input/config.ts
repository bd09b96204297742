/**
 * The keys of `input { provider = "http" config { … } }`.
 *
 * @module
 */

import {
  type Config,
  type ConfigProblem,
  duration,
  integer,
  list,
  object,
  oneOf,
  secret,
  size,
  string,
} from "@dstream/sdk";

const signature = object({
  type: oneOf(["github", "stripe", "generic"], {
    doc: "Whose way of signing it is",
  }),
  secrets: list(secret({ doc: "A secret" }), {
    doc: "Any of them may have signed, so that one can replace the other",
    minItems: 1,
  }),
  header: string({
    doc: "Of generic: where the signature stands",
    default: "X-Signature",
  }),
  algorithm: oneOf(["sha256", "sha512", "sha1"], {
    doc: "Of generic: HMAC with this",
    default: "sha256",
  }),
  encoding: oneOf(["hex", "base64"], {
    doc: "Of generic",
    default: "hex",
  }),
  prefix: string({
    doc: "Of generic: what stands before the signature",
    default: "",
    minLength: 0,
  }),
  toleranceMs: duration({
    name: "tolerance",
    doc: "Of stripe: how old a request may be",
    default: "5m",
  }),
}, {
  doc: "Takes only what somebody with a secret has signed",
  optional: true,
  example: { type: "github", secrets: ['${env("WEBHOOK_SECRET")}'] },
});

/** The keys, for the parser, the types and the reference page. */
export const config = {
  listen: string({
    doc: "Address and port; an address of the network lets others in",
    default: "127.0.0.1:8080",
    pattern: {
      regexp: /^(\[[0-9a-fA-F:.]+\]|[^:\s]+):\d{1,5}$/,
      says: "must be an address and a port such as 127.0.0.1:8080",
    },
  }),
  path: string({
    doc: "The path that is answered; every other is 404",
    default: "/",
    pattern: { regexp: /^\//, says: "must begin with /" },
  }),
  method: oneOf(["POST", "PUT"], {
    doc: "The method that is answered; every other is 405",
    default: "POST",
  }),
  ack: oneOf(["delivered", "received"], {
    doc:
      "When a request is answered: when its envelopes are delivered, or at " +
      "once, which loses what was under way when dstream is killed",
    default: "delivered",
  }),
  answerTimeoutMs: duration({
    name: "answer_timeout",
    doc: "After so long a request is answered with 503, and its sender tries " +
      "again; it may come twice then",
    default: "30s",
    min: 10,
  }),
  signature,
  token: secret({
    doc: "What must stand in Authorization, behind Bearer",
    optional: true,
    example: '${env("HOOK_TOKEN")}',
  }),
  format: oneOf(["json", "json_lines", "text"], {
    doc: "What a body is; what isn't is answered with 400",
    default: "json",
  }),
  records: string({
    doc:
      "Where in a body its records stand, each an envelope of its own; the " +
      "whole body when left out",
    optional: true,
    example: "events",
  }),
  table: string({
    doc: "What the records are of",
    optional: true,
    example: "events",
  }),
  key: list(string({ doc: "A field" }), {
    doc: "The fields that identify a record",
    optional: true,
    example: ["id"],
  }),
  headers: list(string({ doc: "A header" }), {
    doc: "Headers that become metadata.headers",
    optional: true,
    example: ["X-GitHub-Event"],
  }),
  maxBodyBytes: size({
    name: "max_body",
    doc: "The longest body; a longer one is answered with 413",
    default: "1MiB",
    min: 1,
    max: 16 * 1024 * 1024,
  }),
  maxWaiting: integer({
    doc:
      "Requests that wait for delivery at once; more are answered with 429 " +
      "and Retry-After",
    default: 1000,
    min: 1,
    max: 100_000,
  }),
  tls: object({
    certFile: string({ doc: "The server's certificate (PEM)" }),
    keyFile: string({ doc: "Its key (PEM)" }),
  }, {
    doc: "Answers to https",
    optional: true,
    example: { cert_file: "cert.pem", key_file: "key.pem" },
  }),
  maxCount: integer({
    doc: "Ends after so many envelopes; 0 goes on",
    default: 0,
    min: 0,
    unit: "envelopes",
  }),
};

/** What the code reads. */
export type HttpInputConfig = Config<typeof config>;

const LOOPBACK = /^(127\.|localhost:|\[::1\])/;

/** Mistakes that no single key can see. */
export function* check(values: HttpInputConfig): Generator<ConfigProblem> {
  const { listen, signature, token } = values;
  if (Number(listen.split(":").at(-1)) > 65_535) {
    yield { path: "config.listen", message: "listen has no such port" };
  }
  const isOpen = !LOOPBACK.test(listen) && signature === undefined &&
    token === undefined;
  if (isOpen) {
    yield {
      path: "config.listen",
      message: `everybody who reaches ${listen} could write`,
      hint: "add signature or token, or listen on 127.0.0.1 behind a proxy",
    };
  }
}
