/**
 * Gets us in: answers a registry's challenge with what credentials.ts finds.
 *
 * Nothing is sent unasked, a token goes only to the registry it was made for, and
 * a password only to that registry and to the token server it names.
 *
 * @see https://distribution.github.io/distribution/spec/auth/token/
 * @see https://distribution.github.io/distribution/spec/auth/oauth/
 * @module
 */

import { DstreamError } from "../base/errors.ts";
import type { Clock } from "../ports/mod.ts";
import { wholeBody } from "./body.ts";
import { type Challenge, parseChallenges } from "./challenge.ts";
import type { Credentials } from "./credentials.ts";
import type { Attempted } from "./problem.ts";
import type { Answer, RegistryRequest, Transport } from "./transport.ts";

/** What a request wants to do, and where. */
export interface Access extends Attempted {
  /** `https://ghcr.io` */
  readonly baseUrl: string;
  readonly repository: string;
  /** `repository:acme/in-pg:pull`; several for a mount. */
  readonly scopes: readonly string[];
}

/** Looks for who we are, when somebody asks. */
export type FindCredentials = (
  registry: string,
  repository: string,
) => Promise<Credentials | undefined>;

interface Pass {
  readonly header: string;
  /** Monotonic. */
  readonly untilMs: number;
}

const MAX_TOKEN_BYTES = 1024 * 1024;
/** What the token specification says when nothing is said. */
const DEFAULT_LIFE_S = 60;
/** A token this close to its end may be too old when it arrives. */
const MARGIN_MS = 10_000;
/** A server that counts requests must know the program. */
const CLIENT_ID = "dstream";

/** Remembers tokens for as long as they live; one for all requests of a process. */
export class Authorizer {
  readonly #passes = new Map<string, Pass>();
  readonly #found = new Map<string, Promise<Credentials | undefined>>();
  /** Why nobody could be asked who we are; told where that is wanted. */
  readonly #problems = new Map<string, DstreamError>();

  constructor(
    readonly transport: Transport,
    readonly find: FindCredentials,
    readonly clock: Clock,
  ) {}

  /**
   * Sends a request; once more, with what the registry asks for, if it asks.
   * @throws {DstreamError} `registry.unauthorized` and what sending throws.
   */
  async send(access: Access, request: RegistryRequest): Promise<Answer> {
    const pass = this.#passFor(access);
    // Uploads and pages may be elsewhere: nobody there gets our pass.
    if (!isAt(request.url, access)) return await this.transport.send(request);
    const first = await this.transport.send(withPass(request, pass));
    if (first.response.status !== 401 || !isAt(first.url, access)) return first;
    const header = first.response.headers.get("www-authenticate");
    const challenges = parseChallenges(header);
    const fresh = await this.#answer(access, challenges);
    if (fresh === undefined) return this.#unlessUnasked(access, first);
    first.cancel();
    this.#passes.set(keyOf(access), fresh);
    const second = await this.transport.send(withPass(request, fresh));
    this.#unlessUnasked(access, second);
    if (second.response.status !== 401) return second;
    throw await this.#refusal(access, second);
  }

  /** Whether it was us, or nobody, whom the registry doesn't let in. */
  async #refusal(access: Access, answer: Answer): Promise<DstreamError> {
    const credentials = await this.#credentials(access);
    if (credentials !== undefined) {
      answer.cancel();
      return credentialsRefused(access);
    }
    return await this.transport.refusal(access, answer);
  }

  /**
   * A no to nobody in particular may be a yes to us.
   * @throws {DstreamError} Why we could not say who we are.
   */
  #unlessUnasked(access: Access, answer: Answer): Answer {
    const problem = this.#problems.get(placeOf(access));
    if (problem === undefined || !isRefusal(answer)) return answer;
    answer.cancel();
    throw problem;
  }

  #passFor(access: Access): Pass | undefined {
    const pass = this.#passes.get(keyOf(access));
    return pass && pass.untilMs > this.clock.monotonicMs() ? pass : undefined;
  }

  async #answer(
    access: Access,
    challenges: readonly Challenge[],
  ): Promise<Pass | undefined> {
    // Only a token lets in who has no name, so it goes first, wherever it stands.
    const bearer = challenges.find(({ scheme, parameters }) =>
      scheme === "bearer" && parameters.realm !== undefined
    );
    if (bearer !== undefined) {
      return await this.#fetchToken(access, bearer.parameters);
    }
    const isBasic = challenges.some(({ scheme }) => scheme === "basic");
    return isBasic ? await this.#basic(access) : undefined;
  }

  async #basic(access: Access): Promise<Pass | undefined> {
    const credentials = await this.#credentials(access);
    return credentials?.kind === "password"
      ? { header: basicHeader(credentials), untilMs: Infinity }
      : undefined;
  }

  async #fetchToken(
    access: Access,
    { realm, service, scope }: Readonly<Record<string, string>>,
  ): Promise<Pass> {
    const url = realmUrl(realm, access);
    const credentials = await this.#credentials(access);
    const scopes = scopesOf(access, scope);
    const request = credentials?.kind === "identity"
      ? exchange(url, service, scopes, credentials.secret)
      : ask(url, service, scopes, credentials);
    const attempted = {
      registry: url.host,
      action: `log in to ${access.registry}`,
      staysAtHost: credentials?.kind === "identity",
    };
    const answer = await this.transport.send({ ...attempted, ...request });
    this.#unlessUnasked(access, answer);
    if (answer.response.status === 401) {
      throw await this.#refusal(access, answer);
    }
    if (!answer.response.ok) {
      throw await this.transport.refusal(attempted, answer);
    }
    return await this.#readToken(attempted, answer);
  }

  async #readToken(attempted: Attempted, answer: Answer): Promise<Pass> {
    const startedMs = this.clock.monotonicMs();
    const bytes = await wholeBody(answer, MAX_TOKEN_BYTES, this.transport.deps)
      .catch((cause) => {
        throw invalidToken(attempted, "its answer can't be read", cause);
      });
    const { token, lifeS } = parseToken(bytes);
    if (token === undefined) throw invalidToken(attempted, "no token came");
    const lifeMs = Math.max(lifeS * 1000 - MARGIN_MS, lifeS * 500);
    return { header: `Bearer ${token}`, untilMs: startedMs + lifeMs };
  }

  #credentials(access: Access): Promise<Credentials | undefined> {
    const key = placeOf(access);
    const found = this.#found.get(key) ?? this.#find(access);
    this.#found.set(key, found);
    return found;
  }

  /** What is for everybody needs nobody's name: a keychain may be out of order. */
  async #find(access: Access): Promise<Credentials | undefined> {
    try {
      return await this.find(access.registry, access.repository);
    } catch (error) {
      const isHelper = error instanceof DstreamError &&
        error.code === "registry.credential_helper";
      if (!isHelper) throw error;
      this.#problems.set(placeOf(access), error);
      return undefined;
    }
  }
}

function placeOf({ registry, repository }: Access): string {
  return `${registry}/${repository}`;
}

function isRefusal({ response }: Answer): boolean {
  return response.status === 401 || response.status === 403;
}

/** Tokens are for one scope; a password opens the whole registry. */
function keyOf({ baseUrl, scopes }: Access): string {
  return `${baseUrl} ${scopes.join(" ")}`;
}

function withPass(
  request: RegistryRequest,
  pass: Pass | undefined,
): RegistryRequest {
  if (pass === undefined) return request;
  const headers = { ...request.headers, authorization: pass.header };
  return { ...request, headers };
}

/** A redirect's target has no right to ask who we are. */
function isAt(url: string, { baseUrl }: Access): boolean {
  return new URL(url).origin === new URL(baseUrl).origin;
}

/** A token server in the clear is only for a registry in the clear. */
function realmUrl(realm: string, { baseUrl, registry }: Access): URL {
  const url = URL.canParse(realm) ? new URL(realm) : undefined;
  const mayBePlain = baseUrl.startsWith("http://");
  const isFine = url?.protocol === "https:" ||
    (mayBePlain && url?.protocol === "http:");
  if (url !== undefined && isFine) return url;
  throw new DstreamError(
    "registry.auth_invalid",
    `cannot log in to ${registry}: its token server has no https address`,
    { hint: "this is the registry's mistake; no password was sent" },
  );
}

/** The registry's own words first; what a mount needs besides. */
function scopesOf(access: Access, said: string | undefined): string[] {
  return [...new Set([...said ? [said] : [], ...access.scopes])];
}

function ask(
  url: URL,
  service: string | undefined,
  scopes: readonly string[],
  credentials: Credentials | undefined,
) {
  const target = new URL(url);
  if (service !== undefined) target.searchParams.set("service", service);
  for (const scope of scopes) target.searchParams.append("scope", scope);
  target.searchParams.set("client_id", CLIENT_ID);
  return {
    method: "GET" as const,
    url: target.href,
    ...credentials?.kind === "password" &&
      { headers: { authorization: basicHeader(credentials) } },
  };
}

function exchange(
  url: URL,
  service: string | undefined,
  scopes: readonly string[],
  secret: string,
) {
  const form = new URLSearchParams({
    grant_type: "refresh_token",
    refresh_token: secret,
    client_id: CLIENT_ID,
    ...service !== undefined && { service },
    scope: scopes.join(" "),
  });
  return {
    method: "POST" as const,
    url: url.href,
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: form.toString(),
  };
}

function basicHeader({ user, secret }: { user: string; secret: string }) {
  const bytes = new TextEncoder().encode(`${user}:${secret}`);
  return `Basic ${bytes.toBase64()}`;
}

function parseToken(bytes: Uint8Array) {
  try {
    const value = JSON.parse(new TextDecoder().decode(bytes));
    const token = value?.token ?? value?.access_token;
    const lifeS = Number(value?.expires_in);
    return {
      token: isToken(token) ? token : undefined,
      lifeS: lifeS > 0 ? lifeS : DEFAULT_LIFE_S,
    };
  } catch {
    return { token: undefined, lifeS: 0 };
  }
}

/** It becomes a header: nothing else may hide in it. */
function isToken(token: unknown): token is string {
  return typeof token === "string" && /^[\x21-\x7e]+$/.test(token);
}

function credentialsRefused({ action, registry }: Access): DstreamError {
  return new DstreamError(
    "registry.unauthorized",
    `cannot ${action}: ${registry} does not accept the user name and password ` +
      "or token it was given",
    {
      hint:
        "check DSTREAM_REGISTRY_TOKEN, or what `dstream provider login` or " +
        "Docker has kept: it may have expired",
    },
  );
}

function invalidToken(
  { action, registry }: Attempted,
  reason: string,
  cause?: unknown,
): DstreamError {
  return new DstreamError(
    "registry.auth_invalid",
    `cannot ${action}: ${reason} from ${registry}`,
    { cause, hint: "this is the token server's mistake" },
  );
}
