/**
 * Appends the data of every envelope to a file.
 *
 * What `flush` has synced is acknowledged, so a crash loses nothing: the CLI
 * sends again whatever wasn't.
 *
 * @module
 */

import { ConfigError, type Output, type OutputBatch } from "@dstream/sdk";
import type { ExampleConfig } from "./config.ts";

/** One line of JSON per envelope. */
export class ExampleOutput implements Output {
  private constructor(readonly file: Deno.FsFile) {}

  /** What throws here is shown to the user before anything streams. */
  static async open({ path }: ExampleConfig): Promise<ExampleOutput> {
    try {
      const options = { create: true, append: true };
      return new ExampleOutput(await Deno.open(path, options));
    } catch {
      throw new ConfigError("path", `cannot write to "${path}"`);
    }
  }

  async write(batch: OutputBatch): Promise<void> {
    const lines: string[] = [];
    for (let index = 0; index < batch.count; index++) {
      const data = batch.dataText(index);
      if (data !== undefined) lines.push(`${data}\n`);
    }
    const bytes = new TextEncoder().encode(lines.join(""));
    for (let sent = 0; sent < bytes.length;) {
      sent += await this.file.write(bytes.subarray(sent));
    }
  }

  async flush(): Promise<void> {
    await this.file.syncData();
  }

  close(): Promise<void> {
    this.file.close();
    return Promise.resolve();
  }
}
