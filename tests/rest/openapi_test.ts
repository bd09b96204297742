/**
 * The `rest` input against APIs that are made of public descriptions, with the
 * schemas of these.
 *
 * @module
 */

import galaxy from "@scalar/galaxy/3.1.json" with { type: "json" };
import petstore from "@readme/oas-examples/3.0/json/petstore.json" with {
  type: "json",
};
import type { Json, JsonObject } from "@dstream/sdk";
import { type TableSchema, valueOf } from "@dstream/sdk/changes";
import { assert, assertEquals, assertRejects } from "../support/assert.ts";
import {
  type Description,
  serveDescription,
} from "../support/rest/openapi_mock.ts";
import { runRest } from "../support/rest/rest_input.ts";
import { TempFolder } from "../support/temp_folder.ts";

/** An API and a stream of it. */
interface Case {
  readonly name: string;
  readonly description: unknown;
  readonly path: string;
  readonly pointer: string;
  readonly config: Readonly<Record<string, Json>>;
  /** Types of the fields, as the description means them. */
  readonly types: Readonly<Record<string, string>>;
}

const CASES: readonly Case[] = [
  {
    name: "Swagger's pet store",
    description: petstore,
    path: "/pet/findByStatus",
    pointer: "#/components/schemas/Pet",
    config: { params: { status: "available" }, key: ["id"] },
    types: {
      id: "int64",
      category: "struct",
      name: "string",
      photoUrls: "list",
      tags: "list",
      status: "string",
    },
  },
  {
    name: "Scalar's galaxy",
    description: galaxy,
    path: "/planets",
    pointer: "#/components/schemas/Planet",
    config: {
      records: "data",
      key: ["id"],
      pagination: {
        type: "offset",
        param: "offset",
        size: 10,
        size_param: "limit",
      },
    },
    types: { id: "int64", name: "string" },
  },
];

for (const { name, description, path, pointer, config, types } of CASES) {
  Deno.test(`an API made of its public description is read: ${name}`, async () => {
    await using folder = await TempFolder.make({
      "api.json": JSON.stringify(description),
    });
    await using api = await serveDescription(
      description as Description,
      (headers) => headers.get("authorization") === "Bearer right",
    );
    const values = {
      ...config,
      endpoint: api.endpoint.replace("/v1/orders", path),
      auth_token: "right",
      schema: { file: folder.join("api.json"), pointer },
    };
    const { data, schemas } = await runRest(values);
    assert(data.length > 0);
    const [schema] = schemas as unknown as TableSchema[];
    const found = Object.fromEntries(
      schema.fields.map((field) => [field.name, field.type]),
    );
    assertEquals({ ...found, ...types }, found);
    for (const record of data as JsonObject[]) {
      for (const field of schema.fields) {
        const value = record[field.name];
        if (value !== undefined && value !== null) valueOf(value, field);
      }
    }
  });
}

Deno.test("a request that the description doesn't allow is refused by the API, and told", async () => {
  await using api = await serveDescription(
    petstore as unknown as Description,
    () => true,
  );
  const endpoint = api.endpoint.replace("/v1/orders", "/pet/findByStatus");
  const error = await assertRejects(
    () => runRest({ endpoint, params: { status: "sleeping" } }),
    "http.refused",
  );
  assert(/400/.test(error.message), error.message);
});
