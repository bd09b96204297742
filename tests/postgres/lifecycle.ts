/**
 * `plan`, `init` and `status` of the `postgres` input, asked from a test.
 *
 * @module
 */

import { type JsonObject, parseConfig } from "@dstream/sdk";
import { config as fields } from "../../providers/postgres/input/config.ts";
import { lifecycle } from "../../providers/postgres/input/lifecycle.ts";
import { TestContext } from "../../core/sdk/testing/test_context.ts";
import type { Postgres } from "../support/servers/postgres.ts";

/** What a command reports. */
export async function ask(
  command: "plan" | "init" | "status" | "destroy",
  server: Postgres,
  database: string,
  more: JsonObject,
) {
  const { pathname } = new URL(server.url);
  const { values, problems } = parseConfig(fields, {
    connection_string: server.url.replace(pathname, `/${database}`),
    slot: database,
    ...more,
  });
  if (values === undefined) throw new Error(JSON.stringify(problems));
  return await lifecycle[command]!(values, new TestContext() as never);
}

/** The resource of that type. */
export function resourceOf(
  report: Awaited<ReturnType<typeof ask>>,
  type: string,
): JsonObject {
  const all = [...report?.changes ?? [], ...report?.resources ?? []];
  return all.find((each) => each.type === type) as JsonObject;
}
