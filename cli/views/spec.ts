/**
 * A provider's self-description, for people.
 *
 * @module
 */

import type { JsonObject } from "../../core/protocol/envelope.ts";
import type { ProviderSpec } from "../../core/sdk/provider.ts";
import { type SchemaKey, schemaKeys } from "../providers/schema.ts";
import { toHclBlock } from "./hcl.ts";
import { formatWrappedTable } from "./table.ts";

const HEADINGS = ["KEY", "TYPE", "DEFAULT", "MEANING"];

/** Name, keys and examples; several lines. */
export function formatSpec(spec: ProviderSpec, columns: number): string {
  const facts = [
    `${spec.name} ${spec.version} · ${spec.role} · protocol ${spec.protocol.version}` +
    listed(" · ", spec.features),
    spec.description,
  ];
  const keys = schemaKeys(spec.config);
  const table = keys.length === 0
    ? "It takes no configuration."
    : formatWrappedTable(HEADINGS, keys.map(toRow), columns);
  return [
    facts.join("\n"),
    table,
    ...spec.examples.map((e) => example(e, spec)),
  ]
    .join("\n\n");
}

function toRow(key: SchemaKey): string[] {
  const fallback = key.default === undefined ? "" : JSON.stringify(key.default);
  return [
    key.path,
    key.isSecret ? `${key.type} (secret)` : key.type,
    key.isRequired ? "required" : fallback,
    key.description,
  ];
}

function example(config: JsonObject, { role, name }: ProviderSpec): string {
  const technology = name.replace(/^(dstream-)?(in|out)[-_]/, "");
  const inner = toHclBlock("config", config, 1);
  return `${role} {\n  provider = ${JSON.stringify(technology)}\n${inner}\n}`;
}

function listed(before: string, words: readonly string[]): string {
  return words.length === 0 ? "" : before + words.join(", ");
}
