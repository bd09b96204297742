/**
 * A target that writes JSON Lines: a file for each stream, in one folder.
 *
 * A state comes back when everything before it is on the disk.
 *
 * @module
 */

import { mkdir, open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { join } from "node:path";
import type { Json } from "@dstream/sdk";
import { parseExactJson } from "@dstream/sdk/changes";
import { asObject } from "./json.ts";
import { linesOf } from "./singer_process.ts";

/** So much is written before it is put on the disk. */
const FLUSH_CHARACTERS = 4 * 1024 * 1024;

/** @returns The exit status. */
export async function fileTarget(args: readonly string[]): Promise<number> {
  const path = args[args.indexOf("--config") + 1];
  const { folder } = JSON.parse(await Deno.readTextFile(path));
  await mkdir(folder, { recursive: true });
  const files = new Files(folder);
  let state: Json | undefined;
  for await (const line of linesOf(Deno.stdin.readable, Infinity)) {
    const message = asObject(parseExactJson(line)) ?? {};
    if (message.type === "RECORD") {
      await files.add(String(message.stream), JSON.stringify(message.record));
    } else if (message.type === "STATE") state = message.value;
    if (!files.isFull) continue;
    await files.flush();
    say(state);
    state = undefined;
  }
  await files.flush();
  say(state);
  await files.close();
  return 0;
}

function say(state: Json | undefined): void {
  if (state !== undefined) console.log(JSON.stringify(state));
}

class Files {
  readonly #folder: string;
  readonly #files = new Map<string, { handle: FileHandle; text: string }>();
  #size = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  get isFull(): boolean {
    return this.#size >= FLUSH_CHARACTERS;
  }

  async add(stream: string, record: string): Promise<void> {
    let file = this.#files.get(stream);
    if (file === undefined) {
      file = { handle: await open(this.#pathOf(stream), "a", 0o666), text: "" };
      this.#files.set(stream, file);
    }
    file.text += `${record}\n`;
    this.#size += record.length;
  }

  async flush(): Promise<void> {
    for (const file of this.#files.values()) {
      if (file.text === "") continue;
      await file.handle.writeFile(file.text);
      file.text = "";
      await file.handle.sync();
    }
    this.#size = 0;
  }

  async close(): Promise<void> {
    for (const { handle } of this.#files.values()) await handle.close();
  }

  /** A stream's name may hold anything; a file's may not. */
  #pathOf(stream: string): string {
    const name = stream.replace(/[^\w.-]/g, "_").replace(/^\.+/, "_");
    return join(this.#folder, `${name}.jsonl`);
  }
}
