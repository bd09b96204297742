/**
 * What every start of a tap needs: its files, its variables, its arguments.
 *
 * @module
 */

import type { InputContext } from "@dstream/sdk";
import type { Question } from "../ask_program.ts";
import { ConfigFile } from "../config_file.ts";
import { loggingVariables } from "../logging_files.ts";
import { PrivateFolder } from "../private_folder.ts";
import type { SingerInputConfig } from "./config.ts";

/** Made once for a run of the input, whatever number of times the tap runs. */
export class TapSetup implements AsyncDisposable {
  private constructor(
    readonly config: SingerInputConfig,
    readonly context: InputContext,
    readonly folder: PrivateFolder,
    readonly configFile: ConfigFile,
    readonly env: Readonly<Record<string, string>>,
  ) {}

  static async create(
    config: SingerInputConfig,
    context: InputContext,
  ): Promise<TapSetup> {
    const folder = await PrivateFolder.create();
    const env = await loggingVariables(folder);
    const file = new ConfigFile(config.tapConfig, folder, context.log);
    return new TapSetup(config, context, folder, file, env);
  }

  /** What is the same of every start. */
  get question(): Omit<Question, "args" | "timeoutMs"> {
    const { log, signal } = this.context;
    const { config: { tap }, env } = this;
    return { program: tap, key: "tap", log, signal, env };
  }

  /** `--config FILE`, if there is one. */
  configArgs(): Promise<readonly string[]> {
    return this.configFile.args();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.folder[Symbol.asyncDispose]();
  }
}
