/**
 * From config to what a connection needs.
 *
 * @module
 */

import type { MysqlConfig } from "./config.ts";

/** Where and how to log in. */
export interface MysqlSettings {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string | undefined;
  readonly sslMode: MysqlConfig["sslmode"];
  readonly sslRootCert: string | undefined;
  readonly connectTimeoutMs: number;
}

const USUAL_PORT = 3306;

/** What a `mysql://` address says. */
export interface UrlParts {
  readonly host: string;
  readonly port: number | undefined;
  readonly database: string;
  readonly user: string;
  readonly password: string;
}

/** @returns `undefined` where it is none. */
export function parseUrl(text: string): UrlParts | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (!/^(mysql|mariadb):$/.test(url.protocol) || url.hostname === "") {
    return undefined;
  }
  try {
    return {
      host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
      port: url.port === "" ? undefined : Number(url.port),
      database: decodeURIComponent(url.pathname.slice(1)),
      user: decodeURIComponent(url.username),
      password: decodeURIComponent(url.password),
    };
  } catch {
    return undefined; // a stray %
  }
}

/** Keys of their own win over the address. */
export function mysqlSettings(config: MysqlConfig): MysqlSettings {
  const url = parseUrl(config.connectionString ?? "");
  return {
    host: config.host ?? url?.host ?? "localhost",
    port: config.port ?? url?.port ?? USUAL_PORT,
    database: config.database ?? url?.database ?? "",
    user: config.user ?? (url?.user || "root"),
    password: config.password ?? (url?.password || undefined),
    sslMode: config.sslmode,
    sslRootCert: config.sslrootcert,
    connectTimeoutMs: config.connectTimeout,
  };
}
