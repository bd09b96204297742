/**
 * One object as a file that is read: from the store to a reader of its format.
 *
 * @module
 */

import {
  type ByteSource,
  compressionOf,
  type FileReader,
  formatOf,
  openParquet,
  openText,
  Origin,
  type Reading,
  type ReadPlace,
  skipTo,
  StreamSource,
  Tail,
} from "../../formats/reading/mod.ts";
import { FileBuffer } from "../file_buffer.ts";
import type { ObjectInfo, ObjectStore } from "../store.ts";

/** How it is read. */
export interface ObjectReading {
  readonly reading: Reading;
  /** Where an earlier run was in this very content. */
  readonly place: ReadPlace | undefined;
  /** What `metadata.source` says. */
  readonly source: string;
  readonly hasPositions: boolean;
  readonly signal: AbortSignal;
}

/** An object that is being read. */
export interface OpenedObject extends AsyncDisposable {
  readonly reader: FileReader;
}

/** @returns `undefined` where there is no object of that content any more. */
export async function openObject(
  store: ObjectStore,
  object: ObjectInfo,
  how: ObjectReading,
): Promise<OpenedObject | undefined> {
  const { key } = object;
  const { reading, source, hasPositions } = how;
  const origin = new Origin({
    name: key,
    label: "object",
    source,
    hasPositions,
  });
  const name = reading.format ?? formatOf(key) ?? "jsonl";
  try {
    return name === "parquet"
      ? await openWhole(store, object, origin, how)
      : await openStream(name, store, object, origin, how);
  } catch (error) {
    if (error instanceof Gone) return undefined;
    throw error;
  }
}

/** It has another content, or went away. */
class Gone extends Error {}

async function read(
  store: ObjectStore,
  object: ObjectInfo,
  signal: AbortSignal,
): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  const bytes = await store.read(object, signal);
  if (bytes === undefined) throw new Gone();
  return bytes;
}

async function openWhole(
  store: ObjectStore,
  object: ObjectInfo,
  origin: Origin,
  { reading, place, signal }: ObjectReading,
): Promise<OpenedObject> {
  using stack = new DisposableStack();
  const buffer = stack.use(new FileBuffer(undefined));
  for await (const piece of await read(store, object, signal)) {
    buffer.append(piece);
  }
  const reader = await openParquet(buffer, origin, place, reading);
  const held = stack.move();
  const dispose = () => Promise.resolve(held.dispose());
  return { reader, [Symbol.asyncDispose]: dispose };
}

async function openStream(
  name: Parameters<typeof openText>[0],
  store: ObjectStore,
  object: ObjectInfo,
  origin: Origin,
  { reading, place, signal }: ObjectReading,
): Promise<OpenedObject> {
  const { key } = object;
  const open = async () => {
    const pieces = await read(store, object, signal);
    return new StreamSource({
      name: key,
      pieces,
      compression: compressionOf(key),
      // One that nobody began to read has its connection still.
      close: () => pieces.locked ? undefined : pieces.cancel().catch(() => {}),
    });
  };
  const goTo = (source: ByteSource, offset: number) =>
    skipTo(source, offset, new Tail(), reading.buffers);
  const opened = await openText(name, { origin, open, goTo }, place, reading);
  if (opened === undefined) throw new Gone();
  const { reader, source } = opened;
  return { reader, [Symbol.asyncDispose]: async () => await source.close() };
}
