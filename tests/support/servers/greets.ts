/**
 * Whether a server that speaks first does so.
 *
 * @module
 */

/** @returns Whether it accepts a connection and sends a byte. */
export async function greets(port: number): Promise<boolean> {
  try {
    using connection = await Deno.connect({ hostname: "127.0.0.1", port });
    return await connection.read(new Uint8Array(1)) === 1;
  } catch {
    return false; // nobody listens yet
  }
}
