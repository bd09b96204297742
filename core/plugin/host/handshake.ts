/**
 * The first line of a plugin: where it can be reached.
 *
 * `1|1|unix|/tmp/plugin386|grpc|`: protocol of go-plugin, protocol of dstream,
 * network, address, kind, certificate, multiplexing.
 * Source: hashicorp/go-plugin 1.6, docs/internals.md.
 *
 * @module
 */

import { PluginError } from "./plugin_error.ts";

/** Where a plugin listens. */
export type PluginAddress =
  | { readonly network: "unix"; readonly path: string }
  | { readonly network: "tcp"; readonly host: string; readonly port: number };

const LOOPBACK = /^(127\.\d+\.\d+\.\d+|\[::1\]|localhost)$/;
const LONGEST_SHOWN = 200;

/** @throws {PluginError} Says what is wrong with it, and shows it. */
export function parseHandshake(line: string): PluginAddress {
  const text = line.trim();
  const fields = text.split("|");
  if (fields.length < 5 || fields.length > 7) {
    throw wrong(text, "is no handshake of a plugin");
  }
  const [core, app, network, address, kind, certificate = ""] = fields;
  if (core !== "1") {
    throw wrong(text, `has protocol ${core} of go-plugin, not 1`);
  }
  if (app !== "1") throw wrong(text, `has version ${app} of plugins, not 1`);
  if (kind !== "grpc") throw wrong(text, `speaks ${kind}, not grpc`);
  if (certificate !== "") throw wrong(text, "asks for TLS, which is not there");
  if (network === "unix") return { network, path: address };
  if (network === "tcp") return tcpAddress(text, address);
  throw wrong(text, `listens on "${network}", not on unix or tcp`);
}

/** Nobody else on the network may be between. */
function tcpAddress(text: string, address: string): PluginAddress {
  const colon = address.lastIndexOf(":");
  const host = address.slice(0, colon);
  const port = Number(address.slice(colon + 1));
  if (!LOOPBACK.test(host)) {
    throw wrong(text, "listens on an address that is not this machine's own");
  }
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw wrong(text, "names no port");
  }
  return { network: "tcp", host: host.replace(/^\[|\]$/g, ""), port };
}

function wrong(line: string, what: string): PluginError {
  const shown = line.slice(0, LONGEST_SHOWN);
  return new PluginError(
    "handshake",
    `its first line ${what}: ${JSON.stringify(shown)}`,
    'a program that reads and writes envelopes belongs into type = "providers"',
  );
}
