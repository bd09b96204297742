/** An output for dstream: appends to a file, acknowledges what is on the disk. */
import { type FileHandle, open } from "node:fs/promises";
import {
  type Config,
  ConfigError,
  defineOutput,
  type Output,
  type OutputBatch,
  runAsMain,
  string,
} from "@dstream/sdk";

const keys = {
  path: string({
    example: "out.jsonl",
    doc: "The file, one JSON text a line",
  }),
};

class Appender implements Output {
  constructor(readonly file: FileHandle) {}

  /** What throws here is shown to the user before anything streams. */
  static async open({ path }: Config<typeof keys>): Promise<Appender> {
    try {
      return new Appender(await open(path, "a"));
    } catch {
      throw new ConfigError("path", `cannot write to "${path}"`);
    }
  }

  async write(batch: OutputBatch): Promise<void> {
    const lines: string[] = [];
    for (let i = 0; i < batch.count; i++) {
      const data = batch.dataText(i);
      if (data !== undefined) lines.push(`${data}\n`);
    }
    await this.file.appendFile(lines.join(""));
  }

  /** What it has synced is acknowledged. */
  async flush(): Promise<void> {
    await this.file.datasync();
  }

  async close(): Promise<void> {
    await this.file.close();
  }
}

await runAsMain(defineOutput({
  name: "my-provider",
  version: "0.1.0",
  summary: "Appends the data of each envelope to a file",
  config: keys,
  examples: [{ path: "out.jsonl" }],
  open: Appender.open,
}));
