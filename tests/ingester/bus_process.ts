/**
 * The Service Bus test server as a process of its own.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import type { Setup } from "../support/servicebus/main.ts";
import { lines } from "../support/mssql_model/main.ts";

const MAIN = fileURLToPath(
  new URL("../support/servicebus/main.ts", import.meta.url),
);

/** Where it is. */
interface Started {
  readonly connectionString: string;
  readonly adminEndpoint: string;
}

/** A running one; ends with its brace. */
export class BusProcess implements AsyncDisposable {
  private constructor(
    readonly process: Deno.ChildProcess,
    readonly answers: AsyncGenerator<string>,
    readonly started: Started,
  ) {}

  static async start(setup: Setup = {}): Promise<BusProcess> {
    const process = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", MAIN, JSON.stringify(setup)],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    const answers = lines(process.stdout);
    const first = await answers.next();
    if (first.done) throw new Error("the test server didn't start");
    return new BusProcess(process, answers, JSON.parse(first.value));
  }

  get connectionString(): string {
    return this.started.connectionString;
  }

  /** For AMQP. */
  get port(): number {
    return Number(/:(\d+);/.exec(this.connectionString)![1]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // It keeps nothing, and need not wait for clients that are being killed.
    this.process.kill("SIGKILL");
    await this.process.status;
    await this.process.stdin.close().catch(() => {});
    await this.answers.return(undefined);
  }
}
