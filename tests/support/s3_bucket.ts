/**
 * A bucket of a test's own, on one versitygw for all tests of a file.
 *
 * @module
 */

import { gunzipSync, zstdDecompressSync } from "node:zlib";
import { join } from "node:path";
import type { JsonObject } from "@dstream/sdk";
import { startVersitygw, type Versitygw } from "./servers/versitygw.ts";

/** A bucket, with what a config needs to reach it. */
export interface TestBucket {
  readonly name: string;
  readonly server: Versitygw;
  /** Keys of an `s3` block. */
  readonly config: JsonObject;
  /** Objects with their bytes, in the order of their keys. */
  objects(): Promise<Map<string, Uint8Array>>;
  /** The same as texts, unpacked. */
  texts(): Promise<Map<string, string>>;
}

let server: Promise<Versitygw> | undefined;
let count = 0;

/** Ask `needs("versitygw")` before. */
export async function makeBucket(): Promise<TestBucket> {
  const running = await (server ??= startVersitygw());
  const name = `bucket-${++count}`;
  await running.makeBucket(name);
  return bucketOn(running, name);
}

/** Ends the server; the last test of a file. */
export async function stopServer(): Promise<void> {
  await (await server)?.[Symbol.asyncDispose]();
  server = undefined;
}

/** A bucket that is there. */
export function bucketOn(server: Versitygw, name: string): TestBucket {
  const objects = async () => {
    const folder = join(server.bucketsFolder, name);
    const found = new Map<string, Uint8Array>();
    for (const key of keysIn(folder).sort()) {
      found.set(key, await Deno.readFile(join(folder, key)));
    }
    return found;
  };
  return {
    name,
    server,
    config: {
      bucket: name,
      endpoint: server.endpoint,
      region: server.region,
      access_key_id: server.accessKeyId,
      secret_access_key: server.secretAccessKey,
    },
    objects,
    async texts() {
      const all = [...await objects()];
      return new Map(all.map(([key, bytes]) => [key, textOf(key, bytes)]));
    },
  };
}

function textOf(key: string, bytes: Uint8Array): string {
  const plain = key.endsWith(".gz")
    ? gunzipSync(bytes)
    : key.endsWith(".zst")
    ? zstdDecompressSync(bytes)
    : bytes;
  return new TextDecoder().decode(plain);
}

/** Objects only: what the server keeps beside them begins with a dot. */
function keysIn(folder: string, prefix = ""): string[] {
  return [...Deno.readDirSync(join(folder, prefix))].flatMap((entry) => {
    if (entry.name.startsWith(".sgwtmp")) return [];
    const key = prefix + entry.name;
    return entry.isDirectory ? keysIn(folder, `${key}/`) : [key];
  });
}
