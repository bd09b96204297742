/**
 * OAuth 2: access tokens, renewed before they end.
 *
 * A refresh token that changes at each use is written to `token_file` before the
 * access token that came with it is used: a process that dies in between would
 * else be locked out.
 * Source: RFC 6749, 4.4 (client credentials), 5.1, 5.2 and 6 (refresh).
 *
 * @module
 */

import { ConfigError, type DstreamError, FinalError } from "@dstream/sdk";
import { writeWholeFile } from "@dstream/sdk/files";
import { basicHeader, type Credentials } from "./credentials.ts";
import type { AuthConfig } from "./fields.ts";
import { FailedRequest, shownUrl } from "./failed_request.ts";
import type { WebRequest, WebResponse } from "./response.ts";
import type { Scrubber } from "./secrets.ts";

/** How long before its end a token is renewed, at most half of its life. */
const MARGIN_MS = 60_000;
/** Of a token that doesn't say how long it is good. */
const USUAL_LIFE_S = 3600;

/** What the token client needs of its surroundings. */
export interface TokenDeps {
  /** Sends one request with retries; answers of any status come back. */
  send(request: WebRequest): Promise<WebResponse>;
  monotonicMs(): number;
  readonly scrubber: Scrubber;
}

interface Token {
  readonly access: string;
  readonly renewAtMs: number;
}

/** The access token of a client. */
export class OAuth2 implements Credentials {
  readonly #auth: AuthConfig;
  readonly #deps: TokenDeps;
  #token: Token | undefined;
  #refreshToken: string | undefined;
  #isRead = false;
  #pending: Promise<Token> | undefined;

  constructor(auth: AuthConfig, deps: TokenDeps) {
    this.#auth = auth;
    this.#deps = deps;
    this.#refreshToken = auth.refreshToken;
  }

  async apply(_url: URL, headers: Headers): Promise<void> {
    const token = this.#token;
    const isFresh = token !== undefined &&
      this.#deps.monotonicMs() < token.renewAtMs;
    const { access } = isFresh ? token : await this.#fetchOnce();
    headers.set("Authorization", `Bearer ${access}`);
  }

  async renew(): Promise<boolean> {
    this.#token = undefined;
    await this.#fetchOnce();
    return true;
  }

  /** Requests that come together share one token. */
  async #fetchOnce(): Promise<Token> {
    this.#pending ??= this.#fetch().finally(() => this.#pending = undefined);
    this.#token = await this.#pending;
    return this.#token;
  }

  async #fetch(): Promise<Token> {
    await this.#readFile();
    const response = await this.#deps.send(this.#request());
    if (response.status !== 200) throw this.#refusal(response);
    const answer = parseAnswer(response);
    const { access_token: access, refresh_token: next } = answer;
    if (typeof access !== "string" || access === "") {
      throw broken(response, "has no access_token");
    }
    this.#deps.scrubber.add(access);
    if (typeof next === "string" && next !== "") await this.#keep(next);
    return { access, renewAtMs: this.#renewAtMs(answer.expires_in) };
  }

  #renewAtMs(expiresIn: unknown): number {
    const seconds = Number(expiresIn ?? USUAL_LIFE_S);
    const lifeMs = (Number.isFinite(seconds) ? seconds : USUAL_LIFE_S) * 1000;
    return this.#deps.monotonicMs() +
      Math.max(lifeMs - MARGIN_MS, lifeMs / 2);
  }

  #request(): WebRequest {
    const { tokenUrl, clientId, clientSecret, clientAuth, scope, audience } =
      this.#auth;
    const headers = new Headers({
      "Content-Type": "application/x-www-form-urlencoded",
      "Accept": "application/json",
    });
    const form = new URLSearchParams(this.#grant());
    if (scope !== undefined) form.set("scope", scope);
    if (audience !== undefined) form.set("audience", audience);
    if (clientAuth === "body" || clientSecret === undefined) {
      form.set("client_id", clientId!);
      if (clientSecret !== undefined) form.set("client_secret", clientSecret);
    } else {
      headers.set("Authorization", clientHeader(clientId!, clientSecret));
    }
    return {
      method: "POST",
      url: new URL(tokenUrl!),
      headers,
      body: form.toString(),
    };
  }

  #grant(): Record<string, string> {
    return this.#refreshToken === undefined
      ? { grant_type: "client_credentials" }
      : { grant_type: "refresh_token", refresh_token: this.#refreshToken };
  }

  /** What an earlier run was given last counts more than the config. */
  async #readFile(): Promise<void> {
    const { tokenFile } = this.#auth;
    if (tokenFile === undefined || this.#isRead) return;
    try {
      const kept = (await Deno.readTextFile(tokenFile)).trim();
      if (kept !== "") this.#refreshToken = kept;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) {
        throw new ConfigError(
          "auth.token_file",
          `cannot read "${tokenFile}": ${(error as Error).message}`,
        );
      }
    }
    if (this.#refreshToken !== undefined) {
      this.#deps.scrubber.add(this.#refreshToken);
    }
    this.#isRead = true;
  }

  async #keep(next: string): Promise<void> {
    if (next === this.#refreshToken) return;
    this.#refreshToken = next;
    this.#deps.scrubber.add(next);
    const { tokenFile } = this.#auth;
    if (tokenFile === undefined) return;
    try {
      await writeWholeFile(tokenFile, `${next}\n`, { mode: 0o600 });
    } catch (error) {
      throw new ConfigError(
        "auth.token_file",
        `cannot write "${tokenFile}": ${(error as Error).message}`,
        "without it the next start would be locked out",
      );
    }
  }

  #refusal(response: WebResponse): DstreamError {
    const said = this.#deps.scrubber.quote(response.bytes);
    const where = shownUrl(response.url);
    if (response.status === 400 && /"invalid_grant"/.test(said)) {
      return new FinalError(
        "http.login_needed",
        `${where} takes the refresh token no longer (invalid_grant)`,
        { key: "auth", hint: "log in again and give the new refresh_token" },
      );
    }
    const failure = FailedRequest.refused(response, this.#deps.scrubber);
    return failure.isTransient ? failure : failure.asFinal("auth");
  }
}

/** Source: RFC 6749, 2.3.1: both are form-encoded first. */
function clientHeader(id: string, secret: string): string {
  const encode = (text: string) =>
    new URLSearchParams({ x: text }).toString().slice(2);
  return basicHeader(encode(id), encode(secret));
}

function parseAnswer(response: WebResponse): Record<string, unknown> {
  try {
    const value = JSON.parse(new TextDecoder().decode(response.bytes));
    if (typeof value === "object" && value !== null) return value;
  } catch {
    // Told below, without what may be a token.
  }
  throw broken(response, "is no JSON object");
}

function broken({ url }: WebResponse, what: string): FinalError {
  return new FinalError(
    "http.token_invalid",
    `the answer of ${shownUrl(url)} ${what}`,
    { key: "auth.token_url", hint: "is this where tokens come from?" },
  );
}
