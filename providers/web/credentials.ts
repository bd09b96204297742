/**
 * Who sends the requests: what each kind of `auth` puts into a request.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { WebConfig } from "./fields.ts";

/** Puts itself into requests. */
export interface Credentials {
  /** Adds a header or a parameter to a request of the trusted origin. */
  apply(url: URL, headers: Headers): void | Promise<void>;
  /** After a 401: whether another attempt may do better. */
  renew?(): Promise<boolean>;
}

/** Those that never change; undefined for oauth2. */
export function fixedCredentials(
  { auth, authToken }: Pick<WebConfig, "auth" | "authToken">,
): Credentials | undefined {
  if (authToken !== undefined) return bearer(authToken);
  switch (auth?.type) {
    case undefined:
    case "none":
      return { apply: () => {} };
    case "bearer":
      return bearer(auth.token!);
    case "basic":
      return basic(auth.username!, auth.password ?? "");
    case "api_key":
      return apiKey(auth.in, auth.name, auth.key!);
    case "oauth2":
      return undefined;
  }
}

function bearer(token: string): Credentials {
  return header("Authorization", `Bearer ${token}`);
}

/** Source: RFC 7617, 2 and 2.1: the pair in UTF-8. */
export function basicHeader(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}

function basic(username: string, password: string): Credentials {
  return header("Authorization", basicHeader(username, password));
}

function apiKey(place: "header" | "query", name: string, key: string) {
  if (place === "header") return header(name, key);
  return { apply: (url: URL) => url.searchParams.set(name, key) };
}

function header(name: string, value: string): Credentials {
  return { apply: (_url, headers) => headers.set(name, value) };
}
