/**
 * What the brokers, the network or the library say, as an error for people.
 *
 * @module
 */

import { ConfigError, DstreamError, FinalError } from "@dstream/sdk";
import { BrokerError } from "./protocol_error.ts";

/** An error of the library, or of the runtime below it. */
interface Nested extends Error {
  readonly code?: string;
  readonly apiId?: string;
  readonly apiCode?: number;
  readonly errors?: readonly Nested[];
  readonly serverErrorMessage?: string | null;
}

/** The error and all that it was made of, the innermost last. */
function chainOf(error: unknown): Nested[] {
  const chain: Nested[] = [];
  const add = (each: unknown) => {
    if (!(each instanceof Error) || chain.length > 20) return;
    const nested = each as Nested;
    chain.push(nested);
    for (const inner of nested.errors ?? []) add(inner);
    add(nested.cause);
  };
  add(error);
  return chain;
}

/** Whether the login is wrong. */
function isLoginFailure(chain: readonly Nested[]): boolean {
  return chain.some(({ code, apiId }) =>
    code === "PLT_KFK_AUTHENTICATION" || apiId === "SASL_AUTHENTICATION_FAILED"
  );
}

/** What may work at another time: a broker is away, a leader moves. */
export function isTransient(error: unknown): boolean {
  if (error instanceof DstreamError) return false;
  if (error instanceof BrokerError) return error.isTransient;
  const chain = chainOf(error);
  const protocol = chain.find(({ apiCode }) => apiCode !== undefined);
  if (protocol !== undefined) {
    return new BrokerError(protocol.apiCode!, "").isTransient;
  }
  if (isLoginFailure(chain) || certificateProblem(chain)) return false;
  return chain.some(({ code, message }) =>
    /^PLT_KFK_(NETWORK|TIMEOUT)$|^E[A-Z_]+$|^Connection/.test(code ?? "") ||
    /closed|timed out/i.test(message)
  );
}

function certificateProblem(chain: readonly Nested[]): string | undefined {
  return chain.find(({ message, code }) =>
    /certificate|CERT_|self.signed|issuer|altname/i.test(
      `${message} ${code ?? ""}`,
    )
  )?.message;
}

/** In few words: `nobody listens there`. */
export function reasonOf(error: unknown): string {
  if (error instanceof BrokerError || error instanceof DstreamError) {
    return error.message;
  }
  const chain = chainOf(error);
  const protocol = chain.find(({ apiId }) => apiId !== undefined);
  if (protocol !== undefined) {
    const { apiId, serverErrorMessage, message } = protocol;
    return `${apiId}: ${serverErrorMessage || message}`;
  }
  const certificate = certificateProblem(chain);
  if (certificate !== undefined) return certificate;
  for (const { code, message } of chain) {
    if (code === "ECONNREFUSED" || /refused/i.test(message)) {
      return "nobody listens there";
    }
    if (code === "ENOTFOUND" || code === "EAI_AGAIN") {
      return "its name is not known";
    }
    if (/timed out/i.test(message)) return "it does not answer";
    if (/requires TLS/i.test(message)) return "it wants TLS";
  }
  return chain.at(-1)?.message ?? String(error);
}

/** Why no broker could be reached. */
export function connectFailure(servers: string, error: unknown): Error {
  if (error instanceof DstreamError) return error;
  const chain = chainOf(error);
  if (isLoginFailure(chain)) {
    const said = chain.find(({ serverErrorMessage }) => serverErrorMessage)
      ?.serverErrorMessage;
    return new ConfigError(
      "sasl",
      `the brokers refused the login${said ? `: ${said}` : ""}`,
      "check mechanism, username and password",
    );
  }
  const certificate = certificateProblem(chain);
  if (certificate !== undefined) {
    return new ConfigError(
      "tls",
      `the certificate of ${servers} is not accepted: ${certificate}`,
      "name its authority in tls { ca_file }",
    );
  }
  if (chain.some(({ message }) => /requires TLS/i.test(message))) {
    return new ConfigError("tls", `${servers} wants TLS`, "add a block tls {}");
  }
  return new DstreamError(
    "kafka.unreachable",
    `cannot reach Kafka at ${servers}: ${reasonOf(error)}`,
    { hint: "check bootstrap_servers, and whether the brokers are running" },
  );
}

/** A right that is missing, which no retry brings. */
export function forbidden(operation: string, what: string): FinalError {
  return new FinalError(
    "kafka.not_allowed",
    `the brokers don't allow to ${operation} ${what}`,
    { hint: "give the user that right (kafka-acls, or the service's console)" },
  );
}
