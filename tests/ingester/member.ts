/**
 * One of the programs of ingester and router, started again whenever it ends.
 *
 * @module
 */

import { livingPid, tryKill } from "../crash/processes.ts";
import { type RunningProgram, startDstream } from "../e2e/support/program.ts";
import { TempFolder } from "../support/temp_folder.ts";

/** What can be killed of it. */
export type Part = "input" | "output" | "cli";

/** How a member is started. */
export interface MemberOptions {
  readonly command: "ingester" | "router" | "server";
  /** For messages. */
  readonly name: string;
  readonly config: string;
  readonly env: Readonly<Record<string, string>>;
  readonly limitMs: number;
}

/** Runs until its brace. */
export class Member implements AsyncDisposable {
  /** How it ended without having been killed, which is a fault. */
  readonly ends: string[] = [];
  readonly #options: MemberOptions;
  readonly #folder: TempFolder;
  #program: RunningProgram;
  #isOver = false;
  /** Ended on purpose: by SIGKILL, or by SIGTERM. */
  #expected: RunningProgram | undefined;

  private constructor(options: MemberOptions, folder: TempFolder) {
    this.#options = options;
    this.#folder = folder;
    this.#program = this.#start();
  }

  /** In a folder of its own, as on a machine of its own. */
  static async start(options: MemberOptions): Promise<Member> {
    const files = { "dstream.hcl": options.config };
    return new Member(options, await TempFolder.make(files));
  }

  get name(): string {
    return this.#options.name;
  }

  /** What the program of the moment has said. */
  get log(): string {
    return this.#program.stderr;
  }

  /** Whether all providers of the program of the moment have been ready. */
  get isReady(): boolean {
    const { command } = this.#options;
    const tasks = command === "server" ? ["ingester", "router"] : [command];
    return tasks.every((task) =>
      ["input", "output"].every((side) =>
        new RegExp(
          `"task":"${task}","source":"${side} [^"]+","message":"ready"`,
        ).test(this.log)
      )
    );
  }

  /** SIGKILL. @returns Whether there was something to kill. */
  kill(part: Part): boolean {
    if (part === "cli") {
      this.#expected = this.#program;
      this.#program.kill();
      return true;
    }
    const pid = livingPid(this.log, part);
    if (pid !== undefined) tryKill(pid);
    return pid !== undefined;
  }

  /** SIGTERM: what it holds goes to others. */
  handOver(): void {
    this.#expected = this.#program;
    this.#program.kill("SIGTERM");
  }

  /** SIGTERM, and its exit status. */
  async stop(): Promise<number> {
    this.#isOver = true;
    this.#program.kill("SIGTERM");
    return (await this.#program.finished).code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    await this.#program[Symbol.asyncDispose]();
    await this.#folder[Symbol.asyncDispose]();
  }

  #start(): RunningProgram {
    const { command, env, limitMs } = this.#options;
    const args = [command, "-l", "debug", "-f", "json"];
    const cwd = this.#folder.path;
    const program = startDstream(args, { cwd, env, timeoutMs: limitMs });
    program.finished.then(({ code, stderr }) => {
      if (this.#isOver) return;
      if (this.#expected !== program) {
        this.ends.push(`${this.name} ended with ${code}: ${errorsOf(stderr)}`);
      }
      this.#program = this.#start();
    }, () => {});
    return program;
  }
}

function errorsOf(log: string): string {
  return log.split("\n").filter((line) => line.includes('"level":"error"'))
    .slice(-5).join("\n");
}
