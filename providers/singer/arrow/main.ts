/**
 * `dstream singer to-arrow`: messages on stdin, Arrow on stdout.
 *
 * @module
 */

import { toArrow } from "./to_arrow.ts";

/** @returns The exit status. */
export async function main(): Promise<number> {
  try {
    await toArrow(Deno.stdin.readable, writeOut);
    return 0;
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    return 1;
  }
}

async function writeOut(bytes: Uint8Array): Promise<void> {
  for (let sent = 0; sent < bytes.length;) {
    sent += await Deno.stdout.write(bytes.subarray(sent));
  }
}
