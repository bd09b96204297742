/**
 * `tap.json` and `target.json`: a name, a type, where to connect, and who we are.
 *
 * All keys beyond those are properties that the type knows.
 *
 * @module
 */

import { DstreamError } from "../../core/base/errors.ts";
import { isJsonObject } from "../../core/base/json.ts";
import { didYouMean } from "../../core/base/nearest.ts";
import type { Json, JsonObject } from "../../core/protocol/mod.ts";
import { requireJsonFile } from "./json_file.ts";

/** Where to connect; one of its three forms. */
export type Connection =
  | { readonly kind: "url"; readonly url: string }
  | {
    readonly kind: "host";
    readonly host: string;
    readonly port: number | undefined;
    readonly database: string | undefined;
  }
  | { readonly kind: "path"; readonly path: string };

/** Who we are. */
export type Auth =
  | { readonly type: "none" }
  | { readonly type: "api_key"; readonly key: string; readonly header: string }
  | { readonly type: "bearer"; readonly token: string }
  | {
    readonly type: "basic";
    readonly username: string;
    readonly password: string;
  }
  | { readonly type: "oauth2"; readonly settings: JsonObject }
  | { readonly type: "custom"; readonly headers: JsonObject };

/** A file of either kind. */
export interface Connector {
  readonly name: string;
  readonly type: string;
  readonly connection: Connection;
  readonly auth: Auth;
  /** Names, or objects with a name. */
  readonly streams: readonly JsonObject[] | undefined;
  readonly batchSize: number;
  /** What is done to records on this side, each step an object with one key. */
  readonly steps: readonly JsonObject[];
  /** What else stands there. */
  readonly properties: JsonObject;
}

/** What is needed from outside. */
export interface ConnectorDeps {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

const DEFAULT_BATCH = 1000;
const STEPS = ["filter", "map", "validate"];
const AUTH_TYPES = [
  "none",
  "api_key",
  "bearer",
  "basic",
  "oauth2",
  "custom",
] as const;

/**
 * @param what "the tap config"
 * @throws {DstreamError} which names the key.
 */
export async function readConnector(
  path: string,
  what: string,
  types: readonly string[],
  { cwd, env }: ConnectorDeps,
): Promise<Connector> {
  const file = await requireJsonFile(path, what, cwd);
  const read = new Reader(path, env);
  const {
    name,
    type,
    connection,
    auth,
    streams,
    batch_size,
    transform,
    ...properties
  } = read.withSecrets(file) as JsonObject;
  const known = read.text(type, "type");
  if (!types.includes(known)) {
    throw read.wrong(
      `there is no type "${known}"`,
      didYouMean(known, types, `types: ${types.join(", ")}`),
    );
  }
  return {
    name: read.text(name, "name"),
    type: known,
    connection: read.connection(connection),
    auth: read.auth(auth),
    streams: read.streams(streams),
    batchSize: read.batchSize(batch_size),
    steps: read.steps(transform),
    properties,
  };
}

class Reader {
  constructor(
    readonly path: string,
    readonly env: Readonly<Record<string, string>>,
  ) {}

  wrong(message: string, hint?: string): DstreamError {
    return new DstreamError(
      "singer.config_invalid",
      `${this.path}: ${message}`,
      {
        hint,
      },
    );
  }

  /** `{"env":"NAME"}` anywhere is that variable. */
  withSecrets(value: Json): Json {
    if (Array.isArray(value)) {
      return value.map((each) => this.withSecrets(each));
    }
    if (!isJsonObject(value)) return value;
    const object = value as JsonObject;
    const keys = Object.keys(object);
    if (keys.length === 1 && typeof object.env === "string") {
      const found = this.env[object.env];
      if (found !== undefined) return found;
      throw this.wrong(`the variable ${object.env} is not set`);
    }
    return Object.fromEntries(
      keys.map((key) => [key, this.withSecrets(object[key])]),
    );
  }

  text(value: Json | undefined, key: string): string {
    if (typeof value === "string" && value !== "") return value;
    throw this.wrong(
      value === undefined ? `it needs "${key}"` : `"${key}" must be a text`,
    );
  }

  connection(value: Json | undefined): Connection {
    if (value === undefined) throw this.wrong('it needs "connection"');
    if (!isJsonObject(value)) {
      throw this.wrong('"connection" must be an object');
    }
    const { url, host, port, database, path } = value as JsonObject;
    const given = Object.entries({ url, host, path })
      .filter(([, each]) => each !== undefined).map(([key]) => key);
    if (given.length !== 1) {
      throw this.wrong(
        given.length === 0
          ? '"connection" needs url, host or path'
          : `"connection" has ${given.join(" and ")}: which one counts?`,
      );
    }
    if (url !== undefined) {
      return { kind: "url", url: this.text(url, "connection.url") };
    }
    if (path !== undefined) {
      return { kind: "path", path: this.text(path, "connection.path") };
    }
    return {
      kind: "host",
      host: this.text(host, "connection.host"),
      port: this.#port(port),
      database: database === undefined
        ? undefined
        : this.text(database, "connection.database"),
    };
  }

  #port(value: Json | undefined): number | undefined {
    if (value === undefined || value === null) return undefined;
    const port = Number(value);
    if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
    throw this.wrong('"connection.port" must be 1 to 65535');
  }

  auth(value: Json | undefined): Auth {
    if (value === undefined || value === null) return { type: "none" };
    if (!isJsonObject(value)) throw this.wrong('"auth" must be an object');
    const { type, ...rest } = value as JsonObject;
    // What the original's own code knows instead of its README's word.
    const name = type === "o_auth2" ? "oauth2" : this.text(type, "auth.type");
    switch (name) {
      case "none":
        return { type: "none" };
      case "api_key":
        return {
          type: "api_key",
          key: this.text(rest.key, "auth.key"),
          header: typeof rest.header === "string" ? rest.header : "X-API-Key",
        };
      case "bearer":
        return { type: "bearer", token: this.text(rest.token, "auth.token") };
      case "basic":
        return {
          type: "basic",
          username: this.text(rest.username, "auth.username"),
          password: this.text(rest.password, "auth.password"),
        };
      case "oauth2":
        return { type: "oauth2", settings: rest };
      case "custom":
        return { type: "custom", headers: rest };
      default:
        throw this.wrong(
          `there is no auth type "${name}"`,
          didYouMean(name, AUTH_TYPES, `types: ${AUTH_TYPES.join(", ")}`),
        );
    }
  }

  streams(value: Json | undefined): JsonObject[] | undefined {
    if (value === undefined || value === null) return undefined;
    if (!Array.isArray(value)) throw this.wrong('"streams" must be a list');
    return value.map((each: Json, index) => {
      if (typeof each === "string") return { name: each };
      const isNamed = isJsonObject(each) && typeof each.name === "string";
      if (isNamed) return each as JsonObject;
      throw this.wrong(`"streams[${index}]" must be a name or have one`);
    });
  }

  steps(value: Json | undefined): JsonObject[] {
    if (value === undefined || value === null) return [];
    if (!Array.isArray(value)) throw this.wrong('"transform" must be a list');
    return value.map((step: Json, index) => {
      const [key, ...others] = isJsonObject(step) ? Object.keys(step) : [];
      const isStep = others.length === 0 && STEPS.includes(key) &&
        isJsonObject((step as JsonObject)[key]);
      if (isStep) return step as JsonObject;
      throw this.wrong(
        `"transform[${index}]" must be an object with one of ` +
          STEPS.join(", "),
      );
    });
  }

  batchSize(value: Json | undefined): number {
    if (value === undefined) return DEFAULT_BATCH;
    if (Number.isSafeInteger(value) && Number(value) > 0) return Number(value);
    throw this.wrong('"batch_size" must be greater than 0');
  }
}
