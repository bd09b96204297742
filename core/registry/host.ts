/**
 * Names of hosts, as registries have them: with or without a port.
 *
 * @module
 */

/** `ghcr.io:443` → `ghcr.io`; `[::1]:5000` → `[::1]`. */
export function withoutPort(host: string): string {
  return host.replace(/:\d+$/, "");
}

/** `localhost`, `127.0.0.0/8` and `[::1]`, with any port. */
export function isLoopbackHost(host: string): boolean {
  const name = withoutPort(host).toLowerCase();
  return name === "localhost" || name.endsWith(".localhost") ||
    name === "[::1]" ||
    /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(name);
}
