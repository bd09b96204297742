/**
 * Opens the clients of Service Bus.
 *
 * Their own retries are off: an output must know what was sent in which order, so
 * retry.ts is the only one that tries again.
 *
 * @module
 */

import type {
  ServiceBusAdministrationClient,
  ServiceBusClient,
} from "@azure/service-bus";
import { keepTypes } from "./amqp_types.ts";
import { connect, type Connection } from "./connection.ts";

/** One attempt takes no longer. */
const ATTEMPT_MS = 30_000;

/**
 * For messages. Nothing is connected yet.
 * @param attemptMs How long one attempt may take, in milliseconds.
 */
export async function openServiceBus(
  connection: Connection,
  attemptMs = ATTEMPT_MS,
): Promise<ServiceBusClient> {
  const { ServiceBusClient } = await import("@azure/service-bus");
  const options = { retryOptions: { maxRetries: 0, timeoutInMs: attemptMs } };
  const client = await connect(
    connection,
    (text) => new ServiceBusClient(text, options),
    (host, credential) => new ServiceBusClient(host, credential, options),
  );
  keepTypes(client);
  return client;
}

/**
 * For queues, topics and subscriptions.
 * @param endpoint Another address to send requests to, such as an emulator's.
 */
export async function openAdministration(
  connection: Connection,
  endpoint: string | undefined,
): Promise<ServiceBusAdministrationClient> {
  const { ServiceBusAdministrationClient } = await import("@azure/service-bus");
  const client = await connect(
    connection,
    (text) => new ServiceBusAdministrationClient(text),
    (host, credential) => new ServiceBusAdministrationClient(host, credential),
  );
  if (endpoint !== undefined) pipelineOf(client).addPolicy(sendTo(endpoint));
  return client;
}

/** The client has one, though its published type doesn't say so. */
function pipelineOf(client: unknown): { addPolicy(policy: unknown): void } {
  return (client as { pipeline: { addPolicy(policy: unknown): void } })
    .pipeline;
}

interface Request {
  url: string;
  allowInsecureConnection?: boolean;
}

/** The client insists on https at the namespace's own host. */
function sendTo(endpoint: string) {
  return {
    name: "anotherEndpoint",
    // deno-lint-ignore no-explicit-any
    sendRequest(request: any, next: (request: any) => Promise<any>) {
      const asked = request as Request;
      const { pathname, search } = new URL(asked.url);
      asked.url = new URL(pathname + search, endpoint).href;
      asked.allowInsecureConnection = true;
      return next(request);
    },
  };
}
