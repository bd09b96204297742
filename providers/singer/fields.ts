/**
 * Keys that both sides have: the program and what it is told.
 *
 * @module
 */

import type { Field, Json, JsonObject } from "@dstream/sdk";

/** A program: its name on PATH, its path, or a command with its first words. */
export type Program = readonly [string, ...string[]];

/** What the program's own config is: a file of the user's, or values. */
export type ProgramConfig =
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "values"; readonly values: JsonObject };

/** @param example As in `tap = …`. */
export function program(doc: string, example: Json): Field<Program> {
  return {
    options: { doc, example },
    type: "string or list of string",
    isSecret: false,
    read(value, place) {
      const words = typeof value === "string" ? [value] : value;
      const isProgram = Array.isArray(words) && words.length > 0 &&
        words.every((word) => typeof word === "string" && word !== "");
      if (isProgram) return words as unknown as Program;
      return place.fail(
        "must be a program's name or path, or a list of its command's words",
      );
    },
    schema: (): JsonObject => ({
      anyOf: [
        { type: "string", minLength: 1 },
        {
          type: "array",
          items: { type: "string", minLength: 1 },
          minItems: 1,
        },
      ],
    }),
  };
}

/**
 * The config of a tap or target.
 * @param program The key that names the program, which tells of its settings.
 */
export function programConfig(
  program: "tap" | "target",
  doc: string,
): Field<ProgramConfig | undefined> {
  return {
    options: { doc, optional: true, example: { start_date: "2026-01-01" } },
    type: "map or string (a file)",
    isSecret: true,
    read(value, place) {
      if (typeof value === "string" && value !== "") {
        return { kind: "file", path: value };
      }
      if (isObject(value)) return { kind: "values", values: value };
      return place.fail(
        "must be a map of the program's settings, or the path of its JSON file",
      );
    },
    schema: (): JsonObject => ({
      anyOf: [
        { type: "object", properties: SECRETS },
        { type: "string", minLength: 1 },
      ],
      "x-described-by": { program, args: ABOUT, answer: "settings" },
    }),
  };
}

/** What programs on Meltano's SDK answer with their settings. */
const ABOUT = ["--about", "--format", "json"];

/**
 * Settings that are secrets in most taps and targets: their values are printed
 * nowhere. A table or a host in the same config must stay readable in logs.
 */
const SECRETS: JsonObject = Object.fromEntries(
  [
    "access_token",
    "api_key",
    "api_secret",
    "api_token",
    "auth_token",
    "aws_secret_access_key",
    "aws_session_token",
    "client_secret",
    "consumer_secret",
    "credentials",
    "credentials_json",
    "pass",
    "passphrase",
    "password",
    "private_key",
    "private_key_passphrase",
    "refresh_token",
    "secret",
    "secret_key",
    "sqlalchemy_url",
    "ssl_client_private_key",
    "token",
  ].map((name) => [name, { writeOnly: true }]),
);

function isObject(value: Json): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
