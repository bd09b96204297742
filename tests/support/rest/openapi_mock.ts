/**
 * An API made of its description: it refuses requests that the description doesn't
 * allow, and answers with the description's examples.
 *
 * @module
 */

import { type Context, OpenAPIBackend } from "openapi-backend";
import type { JsonObject } from "@dstream/sdk";
import { Api, json } from "./api.ts";

/** An OpenAPI document. */
export type Description = JsonObject;

/** @param mayPass Whether a request has what the description's security asks for. */
export async function serveDescription(
  description: Description,
  mayPass: (headers: Headers) => boolean,
): Promise<Api> {
  const api = new OpenAPIBackend({
    definition: withOneType(description) as never,
    quick: true,
    ajvOpts: { strict: false, logger: false },
  });
  api.register({
    notFound: () => json({}, { status: 404 }),
    validationFail: ({ validation }: Context) =>
      json({ errors: validation.errors }, { status: 400 }),
    notImplemented: ({ operation }: Context) => {
      const { status, mock } = api
        .mockResponseForOperation(operation.operationId!);
      return json(mock, { status });
    },
    unauthorizedHandler: () => json({}, { status: 401 }),
  });
  const { securitySchemes = {} } = description.components as JsonObject;
  for (const name of Object.keys(securitySchemes as JsonObject)) {
    api.registerSecurityHandler(
      name,
      ({ request }: Context) =>
        mayPass(new Headers(request.headers as Record<string, string>)),
    );
  }
  await api.init();
  return new Api(async ({ request, url, body }) =>
    await api.handleRequest({
      method: request.method,
      path: url.pathname,
      query: url.search.slice(1),
      headers: Object.fromEntries(request.headers),
      body,
    })
  );
}

/** What makes the examples knows no `"type": ["string", "null"]` of OpenAPI 3.1. */
function withOneType(description: Description): Description {
  return JSON.parse(
    JSON.stringify(description),
    (key, value) =>
      key === "type" && Array.isArray(value)
        ? value.find((type) => type !== "null")
        : value,
  );
}
