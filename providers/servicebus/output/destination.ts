/**
 * Where an envelope goes: one queue, or what an expression or its table says.
 *
 * @module
 */

import type { JsonObject } from "@dstream/sdk";
import { type Scope, Template } from "@dstream/sdk/service";
import type { ServiceBusConfig } from "./config.ts";
import { entityName, tableKey } from "./table_names.ts";

/** Where it goes, or why nobody knows. */
export type Destination = { readonly name: string } | {
  readonly name?: undefined;
  readonly problem: string;
};

/** Finds the destination of envelopes. */
export class Router {
  /** The only destination, if there is only one. */
  readonly fixed: string | undefined;
  readonly #template: Template | undefined;
  readonly #byTable: ReadonlyMap<string, string>;

  constructor(config: ServiceBusConfig) {
    const text = config.queue ?? config.topic;
    this.#template = text === undefined ? undefined : new Template(text);
    this.fixed = this.#template?.isFixed ? text : undefined;
    this.#byTable = new Map(
      (config.tables ?? []).map((table) => [
        tableKey(table),
        entityName(config, table),
      ]),
    );
  }

  /** The destination of one envelope. */
  of(scope: Scope): Destination {
    if (this.fixed !== undefined) return { name: this.fixed };
    return this.#template === undefined
      ? this.#ofTable(scope)
      : this.#ofTemplate(this.#template, scope);
  }

  #ofTemplate(template: Template, scope: Scope): Destination {
    const name = template.render(scope);
    if (name) return { name };
    return { problem: `${template.text} has no value here` };
  }

  #ofTable(scope: Scope): Destination {
    const table = tableOf(scope.value("metadata") as JsonObject);
    if (table === undefined) {
      return { problem: "the metadata has no table (nor TableName)" };
    }
    const name = this.#byTable.get(tableKey(table));
    if (name !== undefined) return { name };
    return { problem: `${JSON.stringify(table)} is not one of tables` };
  }
}

/** As the metadata of a change says it, or as upstream does. */
function tableOf(metadata: JsonObject): string | undefined {
  const { table, TableName, Schema } = metadata;
  if (typeof table === "string") return table;
  if (typeof TableName !== "string") return undefined;
  const isQualified = TableName.includes(".") || typeof Schema !== "string";
  return isQualified ? TableName : `${Schema}.${TableName}`;
}
