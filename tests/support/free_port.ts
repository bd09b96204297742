/**
 * A port for a program that takes no 0.
 *
 * @module
 */

/** Free at this moment; another program may be faster, which a start then says. */
export function freePort(): number {
  using listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  return listener.addr.port;
}
