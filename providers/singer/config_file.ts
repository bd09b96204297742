/**
 * The file a tap or target reads its own config from.
 *
 * Some taps write to it: a token that was renewed is worth nothing if the next
 * start gets the old one. What stands in the user's own file stays there; what came
 * from the config block stays for as long as this process lives.
 *
 * @module
 */

import type { Logger } from "@dstream/sdk";
import type { ProgramConfig } from "./fields.ts";
import type { PrivateFolder } from "./private_folder.ts";

/** See the module. */
export class ConfigFile {
  readonly #config: ProgramConfig | undefined;
  readonly #folder: PrivateFolder;
  readonly #log: Logger;
  #path: string | undefined;
  #text: string | undefined;
  #isTold = false;

  constructor(
    config: ProgramConfig | undefined,
    folder: PrivateFolder,
    log: Logger,
  ) {
    this.#config = config;
    this.#folder = folder;
    this.#log = log;
  }

  /** `--config FILE`; nothing without a config. */
  async args(): Promise<readonly string[]> {
    if (this.#config === undefined) return [];
    if (this.#config.kind === "file") return ["--config", this.#config.path];
    if (this.#path === undefined) {
      this.#text = JSON.stringify(this.#config.values);
      this.#path = await this.#folder.write("config.json", this.#text);
    }
    return ["--config", this.#path];
  }

  /** To be called when the program has ended: says if it wrote to its config. */
  async check(): Promise<void> {
    if (this.#path === undefined || this.#isTold) return;
    const text = await Deno.readTextFile(this.#path).catch(() => this.#text);
    if (text === this.#text) return;
    this.#isTold = true;
    this.#log.warn(
      "the tap changed its config, such as for new tokens: that is lost when " +
        'the task ends; with tap_config = "FILE" it stays',
    );
  }
}
