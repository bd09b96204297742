/**
 * Schemas by their number or their subject, each asked for once.
 *
 * Source: https://docs.confluent.io/platform/current/schema-registry/develop/api.html
 *
 * @module
 */

import { FinalError } from "@dstream/sdk";
import type { RegistryConfig } from "./fields.ts";
import { type Answer, RegistryRequests } from "./requests.ts";

/** A registry has thousands at most. */
const MOST_SCHEMAS = 10_000;
const MOST_REFERENCES = 1000;

/** What schemas are written in. */
export type SchemaType = "AVRO" | "JSON" | "PROTOBUF";

/** A schema and what it refers to. */
export interface SchemaText {
  readonly text: string;
  /** By the names they are referred to, each before what needs it. */
  readonly references: readonly {
    readonly name: string;
    readonly text: string;
  }[];
}

/** A schema as it was registered. */
export interface RegisteredSchema extends SchemaText {
  readonly type: SchemaType;
}

interface SchemaAnswer {
  readonly schema: string;
  readonly schemaType?: SchemaType;
  readonly references?: readonly {
    readonly name: string;
    readonly subject: string;
    readonly version: number;
  }[];
}

/** Asks one registry. */
export class Registry {
  readonly #requests: RegistryRequests;
  readonly #schemas = new Map<number, RegisteredSchema>();

  /** @throws {ConfigError} For a file that can't be read. */
  constructor(config: RegistryConfig) {
    this.#requests = new RegistryRequests(config);
  }

  /**
   * @returns undefined where there is none of that number.
   * @throws {RegistryUnreachable}
   * @throws {ConfigError} For a wrong login.
   */
  async schema(id: number): Promise<RegisteredSchema | undefined> {
    const known = this.#schemas.get(id);
    if (known !== undefined) return known;
    const schema = await this.#read(`schemas/ids/${id}`);
    if (schema !== undefined && this.#schemas.size < MOST_SCHEMAS) {
      this.#schemas.set(id, schema);
    }
    return schema;
  }

  /**
   * The newest version of a subject.
   *
   * @returns undefined where there is none.
   * @throws {RegistryUnreachable}
   */
  latest(subject: string): Promise<RegisteredSchema | undefined> {
    return this.#read(`${subjectPath(subject)}/versions/latest`);
  }

  /**
   * Registers a schema, or finds the number it has.
   *
   * @throws {FinalError} Where the subject's compatibility forbids it.
   * @throws {RegistryUnreachable}
   */
  async register(
    subject: string,
    type: SchemaType,
    text: string,
  ): Promise<number> {
    const path = `${subjectPath(subject)}/versions`;
    const answer = await this.#requests.post(path, bodyOf(type, text));
    if (answer.status === 200) return idOf(answer);
    throw refused(subject, answer);
  }

  /**
   * The number of a schema that was registered before.
   *
   * @throws {FinalError} Where the subject has no such schema.
   * @throws {RegistryUnreachable}
   */
  async find(subject: string, type: SchemaType, text: string): Promise<number> {
    const path = subjectPath(subject);
    const answer = await this.#requests.post(path, bodyOf(type, text));
    if (answer.status === 200) return idOf(answer);
    if (answer.status !== 404) throw refused(subject, answer);
    throw new FinalError(
      "kafka.schema_unknown",
      `${JSON.stringify(subject)} has not the schema that the rows have now`,
      {
        key: "schema_registry.register",
        hint: "register it, or leave out register = false; it is " +
          (text.length <= 2000 ? text : `${text.slice(0, 2000)}…`),
      },
    );
  }

  async #read(path: string): Promise<RegisteredSchema | undefined> {
    const answer = await this.#requests.get<SchemaAnswer>(path);
    if (answer === undefined) return undefined;
    const references = new Map<string, string>();
    await this.#addReferences(answer, references);
    return {
      type: answer.schemaType ?? "AVRO",
      text: answer.schema,
      references: [...references].map(([name, text]) => ({ name, text })),
    };
  }

  /** Deepest first. */
  async #addReferences(
    { references = [] }: SchemaAnswer,
    found: Map<string, string>,
  ): Promise<void> {
    for (const { name, subject, version } of references) {
      if (found.has(name) || found.size >= MOST_REFERENCES) continue;
      const path = `${subjectPath(subject)}/versions/${version}`;
      const answer = await this.#requests.get<SchemaAnswer>(path);
      if (answer === undefined) continue;
      found.set(name, answer.schema); // it may refer to itself in a circle
      await this.#addReferences(answer, found);
      found.delete(name);
      found.set(name, answer.schema);
    }
  }
}

function subjectPath(subject: string): string {
  return `subjects/${encodeURIComponent(subject)}`;
}

function bodyOf(type: SchemaType, schema: string): unknown {
  return type === "AVRO" ? { schema } : { schemaType: type, schema };
}

function idOf({ body }: Answer): number {
  return (body as { id: number }).id;
}

/** In the registry's words, without the names of its classes. */
function refused(subject: string, { status, body }: Answer): FinalError {
  const said = (body as { message?: string } | undefined)?.message ??
    `status ${status}`;
  const words = said.replace(/^[\w.]+(Exception|Error): /, "").slice(0, 1000);
  return new FinalError(
    "kafka.schema_refused",
    `the schema registry refuses the schema for ${
      JSON.stringify(subject)
    }: ${words}`,
    {
      key: "schema_registry",
      hint: status === 409
        ? "a column was changed in a way the subject's compatibility " +
          "forbids: lower it, or write to another topic"
        : "the registry doesn't take such a schema",
    },
  );
}
