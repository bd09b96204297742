/**
 * Requests to a registry: who asks, which way, and what an answer means.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { ConfigError, FinalError } from "@dstream/sdk";
import type { RegistryConfig } from "./fields.ts";

const TIMEOUT_MS = 15_000;
const JSON_TYPE = "application/vnd.schemaregistry.v1+json";
/** Those that pass by themselves, besides all from 500 on. */
const PASSING = new Set([408, 425, 429]);

/** Something that passes by itself: the registry is away. */
export class RegistryUnreachable extends Error {
  override readonly name = "RegistryUnreachable";
}

/** What it said. */
export interface Answer {
  readonly status: number;
  /** undefined for what is no JSON. */
  readonly body: unknown;
}

/** Asks one registry. */
export class RegistryRequests {
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #client: Deno.HttpClient | undefined;

  /** @throws {ConfigError} For a file that can't be read. */
  constructor(config: RegistryConfig) {
    this.#url = config.url.replace(/\/+$/, "");
    this.#headers = headersOf(config);
    this.#client = clientOf(config);
  }

  /**
   * @returns undefined for what isn't there.
   * @throws {RegistryUnreachable}
   * @throws {ConfigError} For a wrong login.
   */
  async get<T>(path: string): Promise<T | undefined> {
    const { status, body } = await this.#ask(path);
    if (status === 200 && body !== undefined) return body as T;
    if (status === 404) return undefined;
    const said = (body as { message?: string } | undefined)?.message;
    throw new FinalError(
      "kafka.registry_answer",
      `the schema registry ${this.#url} answers with status ${status}` +
        (said === undefined ? "" : `: ${said.slice(0, 500)}`),
      { key: "schema_registry.url", hint: "is it a registry's address?" },
    );
  }

  /** @throws As {@link get}. */
  post(path: string, body: unknown): Promise<Answer> {
    return this.#ask(path, JSON.stringify(body));
  }

  async #ask(path: string, body?: string): Promise<Answer> {
    const answer = await this.#fetch(path, body);
    const { status } = answer;
    if (status === 401 || status === 403) {
      throw new ConfigError(
        "schema_registry",
        `the schema registry refuses the login: status ${status}`,
      );
    }
    if (status >= 500 || PASSING.has(status)) {
      throw new RegistryUnreachable(
        `the schema registry ${this.#url} answers with status ${status}`,
      );
    }
    return answer;
  }

  async #fetch(path: string, body: string | undefined): Promise<Answer> {
    try {
      const response = await fetch(`${this.#url}/${path}`, {
        method: body === undefined ? "GET" : "POST",
        headers: this.#headers,
        body,
        signal: AbortSignal.timeout(TIMEOUT_MS),
        client: this.#client,
      } as RequestInit);
      const { status } = response;
      return { status, body: await response.json().catch(() => undefined) };
    } catch {
      throw new RegistryUnreachable(
        `cannot reach the schema registry ${this.#url}`,
      );
    }
  }
}

function headersOf({ username, password = "", token }: RegistryConfig) {
  const headers: Record<string, string> = {
    accept: `${JSON_TYPE}, application/json`,
    "content-type": JSON_TYPE,
  };
  if (token !== undefined) headers.authorization = `Bearer ${token}`;
  if (username !== undefined) {
    const login = Buffer.from(`${username}:${password}`).toString("base64");
    headers.authorization = `Basic ${login}`;
  }
  return headers;
}

function clientOf(
  { caFile, certFile, keyFile }: RegistryConfig,
): Deno.HttpClient | undefined {
  if (caFile === undefined && certFile === undefined) return undefined;
  const identity = certFile === undefined || keyFile === undefined ? {} : {
    cert: read("cert_file", certFile),
    key: read("key_file", keyFile),
  };
  return Deno.createHttpClient({
    caCerts: caFile === undefined ? undefined : [read("ca_file", caFile)],
    ...identity,
  } as Deno.CreateHttpClientOptions);
}

function read(key: string, path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    throw new ConfigError(
      `schema_registry.${key}`,
      `cannot read ${JSON.stringify(path)}`,
    );
  }
}
