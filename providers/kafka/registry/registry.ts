/**
 * Schemas by their number, asked for once.
 *
 * Source: https://docs.confluent.io/platform/current/schema-registry/develop/api.html
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { ConfigError, FinalError } from "@dstream/sdk";
import type { RegistryConfig } from "./fields.ts";

const TIMEOUT_MS = 15_000;
/** A registry has thousands at most. */
const MOST_SCHEMAS = 10_000;

/** A schema as it was registered. */
export interface RegisteredSchema {
  readonly type: "AVRO" | "JSON" | "PROTOBUF";
  readonly text: string;
  /** What it refers to, each before what needs it. */
  readonly references: readonly string[];
}

/** Something that passes by itself: the registry is away. */
export class RegistryUnreachable extends Error {
  override readonly name = "RegistryUnreachable";
}

interface Answer {
  readonly schema: string;
  readonly schemaType?: RegisteredSchema["type"];
  readonly references?: readonly {
    readonly subject: string;
    readonly version: number;
  }[];
}

/** Asks one registry. */
export class Registry {
  readonly #config: RegistryConfig;
  readonly #schemas = new Map<number, RegisteredSchema>();

  constructor(config: RegistryConfig) {
    this.#config = config;
  }

  /** A schema that was asked for before. */
  known(id: number): RegisteredSchema | undefined {
    return this.#schemas.get(id);
  }

  /**
   * @returns undefined where there is none of that number.
   * @throws {RegistryUnreachable}
   * @throws {ConfigError} For a wrong login.
   */
  async schema(id: number): Promise<RegisteredSchema | undefined> {
    const known = this.#schemas.get(id);
    if (known !== undefined) return known;
    const answer = await this.#get<Answer>(`schemas/ids/${id}`);
    if (answer === undefined) return undefined;
    const schema = {
      type: answer.schemaType ?? "AVRO",
      text: answer.schema,
      references: await this.#referencesOf(answer, 0),
    };
    if (this.#schemas.size < MOST_SCHEMAS) this.#schemas.set(id, schema);
    return schema;
  }

  /**
   * Registers a schema of Avro, or finds the number it has.
   *
   * @throws {FinalError} Where the subject's compatibility forbids it.
   * @throws {RegistryUnreachable}
   */
  async register(subject: string, schema: string): Promise<number> {
    const path = `subjects/${encodeURIComponent(subject)}/versions`;
    const body = JSON.stringify({ schema });
    const { status, answer } = await this.#ask(path, body);
    if (status === 200) return (answer as { id: number }).id;
    const said = (answer as { message?: string } | undefined)?.message ??
      `status ${status}`;
    throw new FinalError(
      "kafka.schema_refused",
      `the schema registry refuses the schema for ${
        JSON.stringify(subject)
      }: ${said}`,
      {
        key: "schema_registry",
        hint: "a column was changed in a way the subject's compatibility " +
          "forbids: lower it, or write to another topic",
      },
    );
  }

  async #referencesOf(
    { references = [] }: Answer,
    depth: number,
  ): Promise<string[]> {
    const texts: string[] = [];
    if (depth > 20) return texts;
    for (const { subject, version } of references) {
      const path = `subjects/${
        encodeURIComponent(subject)
      }/versions/${version}`;
      const answer = await this.#get<Answer>(path);
      if (answer === undefined) continue;
      texts.push(...await this.#referencesOf(answer, depth + 1), answer.schema);
    }
    return texts;
  }

  async #get<T>(path: string): Promise<T | undefined> {
    const { status, answer } = await this.#ask(path);
    if (status === 200) return answer as T;
    if (status === 404) return undefined;
    throw new RegistryUnreachable(
      `the schema registry ${this.#config.url} answers with status ${status}`,
    );
  }

  async #ask(
    path: string,
    body?: string,
  ): Promise<{ status: number; answer: unknown }> {
    const { url, username, password = "" } = this.#config;
    const headers: Record<string, string> = {
      accept: "application/vnd.schemaregistry.v1+json, application/json",
      "content-type": "application/vnd.schemaregistry.v1+json",
    };
    if (username !== undefined) {
      const login = Buffer.from(`${username}:${password}`).toString("base64");
      headers.authorization = `Basic ${login}`;
    }
    let status: number;
    let answer: unknown;
    try {
      const response = await fetch(`${url.replace(/\/+$/, "")}/${path}`, {
        method: body === undefined ? "GET" : "POST",
        headers,
        body,
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      status = response.status;
      answer = await response.json().catch(() => undefined);
    } catch {
      throw new RegistryUnreachable(`cannot reach the schema registry ${url}`);
    }
    if (status === 401 || status === 403) {
      throw new ConfigError(
        "schema_registry",
        `the schema registry refuses the login: status ${status}`,
      );
    }
    if (status >= 500) {
      throw new RegistryUnreachable(
        `the schema registry ${url} answers with status ${status}`,
      );
    }
    return { status, answer };
  }
}
