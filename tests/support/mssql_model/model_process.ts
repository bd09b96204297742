/**
 * Starts the model as a process and tells it what to do.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import type { Command, ModelState } from "./commands.ts";
import { lines, type ModelStarted } from "./main.ts";

const MAIN = fileURLToPath(new URL("main.ts", import.meta.url));

/** A running model; ends with its brace. */
export class ModelProcess implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #answers: AsyncGenerator<string>;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(
    process: Deno.ChildProcess,
    answers: AsyncGenerator<string>,
    readonly started: ModelStarted,
  ) {
    this.#process = process;
    this.#answers = answers;
    this.#stdin = process.stdin.getWriter();
  }

  static async start(...databases: string[]): Promise<ModelProcess> {
    const process = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", MAIN, ...databases],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    const answers = lines(process.stdout);
    const first = await answers.next();
    if (first.done) throw new Error("the model didn't start");
    return new ModelProcess(process, answers, JSON.parse(first.value));
  }

  get connectionString(): string {
    return this.started.connectionString;
  }

  /** One at a time; rejects with what the model says. */
  tell(command: Command): Promise<unknown> {
    const told = this.#last.then(() => this.#tell(command));
    this.#last = told.catch(() => {});
    return told;
  }

  async state(): Promise<ModelState> {
    return await this.tell({ do: "state" }) as ModelState;
  }

  /** Fails when a statement came that the model doesn't know. */
  async expectNoFaults(): Promise<void> {
    const { faults } = await this.state();
    if (faults.length > 0) throw new Error(faults.join("\n\n"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stdin.close().catch(() => {});
    await this.#answers.return(undefined);
    await this.#process.status;
  }

  async #tell(command: Command): Promise<unknown> {
    const line = new TextEncoder().encode(`${JSON.stringify(command)}\n`);
    await this.#stdin.write(line);
    const { done, value } = await this.#answers.next();
    if (done) throw new Error("the model has ended");
    const { ok, error, result } = JSON.parse(value);
    if (!ok) throw new Error(error);
    return result;
  }
}
