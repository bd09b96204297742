/**
 * The config keys of whoever sends HTTP requests: who it is, how patient it is,
 * how it gets there.
 *
 * @module
 */

import {
  type Config,
  type ConfigProblem,
  duration,
  map,
  number,
  object,
  oneOf,
  secret,
  size,
  string,
} from "@dstream/sdk";

const HOUR_MS = 3_600_000;

/** Inside `auth { … }`. */
export const authFields = {
  type: oneOf(["none", "bearer", "api_key", "basic", "oauth2"], {
    doc: "How requests say who sends them",
  }),
  token: secret({ doc: "Of bearer", optional: true }),
  name: string({
    doc: "Of api_key: the header or parameter",
    default: "X-API-Key",
  }),
  in: oneOf(["header", "query"], {
    doc: "Of api_key: where it stands",
    default: "header",
  }),
  key: secret({ doc: "Of api_key", optional: true }),
  username: string({ doc: "Of basic", optional: true }),
  password: secret({ doc: "Of basic", optional: true, minLength: 0 }),
  tokenUrl: string({
    doc: "Of oauth2: where tokens come from",
    optional: true,
  }),
  clientId: string({ doc: "Of oauth2", optional: true }),
  clientSecret: secret({ doc: "Of oauth2", optional: true }),
  clientAuth: oneOf(["basic", "body"], {
    doc: "Of oauth2: where the client's id and secret stand",
    default: "basic",
  }),
  scope: string({ doc: "Of oauth2", optional: true }),
  audience: string({ doc: "Of oauth2", optional: true }),
  refreshToken: secret({
    doc:
      "Of oauth2: the first one; without it the client's own rights are used",
    optional: true,
  }),
  tokenFile: string({
    doc: "Of oauth2: keeps a refresh token that changes at each use; it is " +
      "written before the new token is used, and read before refresh_token",
    optional: true,
    example: "orders.token",
  }),
};

/** The keys that the `rest` input and the `http` output share. */
export const webFields = {
  authToken: secret({
    doc: "Short for auth with type bearer",
    optional: true,
    example: '${env("API_TOKEN")}',
  }),
  auth: object(authFields, {
    doc: "Who sends the requests",
    optional: true,
    example: { type: "basic", username: "me", password: '${env("PASSWORD")}' },
  }),
  headers: map(secret({ doc: "Its value" }), {
    doc: "Sent with every request; like a secret never printed",
    optional: true,
    example: { "X-Tenant": "north" },
  }),
  requestTimeoutMs: duration({
    name: "request_timeout",
    doc: "How long an answer may take to begin, and then to stand still",
    default: "30s",
    min: 10,
    max: HOUR_MS,
  }),
  retryTimeoutMs: duration({
    name: "retry_timeout",
    doc: "How long one request is tried again; 408, 429, 5xx and broken " +
      "connections are",
    default: "5m",
    max: 24 * HOUR_MS,
  }),
  maxRetryAfterMs: duration({
    name: "max_retry_after",
    doc: "The longest wait that a service may ask for with Retry-After or a " +
      "reset of its rate limit",
    default: "15m",
    max: 24 * HOUR_MS,
  }),
  rateLimit: number({
    doc: "Requests per second at most",
    optional: true,
    min: 0.001,
    example: 5,
  }),
  maxResponseBytes: size({
    name: "max_response",
    doc: "The longest answer, unpacked",
    default: "64MiB",
    min: 1024,
    max: 1024 ** 3,
  }),
  tls: object({
    caFile: string({
      doc: "Certificates (PEM) to trust besides the usual",
      optional: true,
    }),
    certFile: string({ doc: "The client's certificate (PEM)", optional: true }),
    keyFile: string({ doc: "Its key (PEM)", optional: true }),
  }, {
    doc: "Certificates of a company, or of the client",
    optional: true,
    example: { ca_file: "company.pem" },
  }),
  proxy: string({
    doc: "A proxy for all requests; HTTPS_PROXY and the like count without it",
    optional: true,
    example: "http://proxy.example:3128",
  }),
};

/** What the code reads. */
export type WebConfig = Config<typeof webFields>;
/** What stands in `auth`. */
export type AuthConfig = NonNullable<WebConfig["auth"]>;

const NEEDED: Readonly<Record<string, readonly (keyof AuthConfig)[]>> = {
  bearer: ["token"],
  api_key: ["key"],
  basic: ["username"],
  oauth2: ["tokenUrl", "clientId"],
};

const KEY_OF: Partial<Record<keyof AuthConfig, string>> = {
  tokenUrl: "token_url",
  clientId: "client_id",
};

/** Mistakes no single key can see. */
export function* checkWeb(config: WebConfig): Generator<ConfigProblem> {
  const { auth, authToken, tls } = config;
  if (auth !== undefined && authToken !== undefined) {
    yield problem("auth_token", "auth_token and auth exclude each other");
  }
  for (const property of NEEDED[auth?.type ?? "none"] ?? []) {
    if (auth![property] !== undefined) continue;
    const key = KEY_OF[property] ?? property;
    yield problem(
      `auth.${key}`,
      `auth.${key} is required with type = "${auth!.type}"`,
    );
  }
  if (auth?.tokenUrl !== undefined) {
    yield* checkUrl("auth.token_url", auth.tokenUrl);
  }
  if ((tls?.certFile === undefined) !== (tls?.keyFile === undefined)) {
    yield problem("tls", "tls needs both cert_file and key_file, or neither");
  }
  if (config.proxy !== undefined) yield* checkUrl("proxy", config.proxy);
}

/** A key that must be a whole address. */
export function* checkUrl(key: string, text: string): Generator<ConfigProblem> {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol)) {
    if (url.username === "" && url.password === "") return;
    yield problem(key, `${key} must not hold a password: use auth`);
    return;
  }
  yield {
    ...problem(key, `${key} must be an address, got ${JSON.stringify(text)}`),
    hint: "for example https://api.example.com/v1",
  };
}

function problem(key: string, message: string): ConfigProblem {
  return { path: `config.${key}`, message };
}

/** Every text in the config that must never be shown. */
export function secretsOf({ authToken, auth, headers }: WebConfig): string[] {
  return [
    authToken,
    auth?.token,
    auth?.key,
    auth?.password,
    auth?.clientSecret,
    auth?.refreshToken,
    ...Object.values(headers ?? {}),
  ].filter((text): text is string => text !== undefined && text.length > 3);
}
