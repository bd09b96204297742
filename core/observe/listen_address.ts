/**
 * Reads `127.0.0.1:9464`: where a server is to listen.
 *
 * @module
 */

import { DstreamError } from "../base/errors.ts";

/** A host and a port. */
export interface ListenAddress {
  /** A name or an address, without brackets. */
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
}

/**
 * The host has to be written: who may read it is not for us to guess.
 *
 * @param flag For the error.
 * @param text `host:port`, `[::1]:port`
 * @throws {DstreamError} `usage.listen_address`
 *
 * @example
 * ```ts
 * import { parseListenAddress } from "./listen_address.ts";
 *
 * const { port } = parseListenAddress("--metrics-listen", "127.0.0.1:9464");
 * if (port !== 9464) throw new Error(String(port));
 * ```
 */
export function parseListenAddress(flag: string, text: string): ListenAddress {
  const parts = /^(?:\[([0-9a-f:.]+)\]|([^\s:/[\]]+)):(\d{1,5})$/i.exec(text);
  const port = Number(parts?.[3]);
  if (parts !== null && port <= 65_535) {
    return { host: parts[1] ?? parts[2], port };
  }
  throw new DstreamError(
    "usage.listen_address",
    `${flag} needs an address and a port, got "${text}"`,
    {
      isUsage: true,
      hint: 'for example "127.0.0.1:9464" (this machine alone) or ' +
        '"0.0.0.0:9464" (everybody who reaches it)',
    },
  );
}

/** As it stands in a URL. */
export function formatAddress({ host, port }: ListenAddress): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
