/**
 * A server that one test has to itself: its own port, its own folder, gone with its
 * brace.
 *
 * It is started again on the same port and data by `restart`, so that a test can
 * take it away from a client for a while. What it says goes to a file, which an
 * error quotes the end of.
 *
 * @module
 */

import { TempFolder } from "../temp_folder.ts";
import { chownAll, type Unprivileged } from "./unprivileged.ts";

const START_TIMEOUT_MS = 300_000; // a JVM among nine busy neighbours
const STOP_TIMEOUT_MS = 30_000;
const POLL_MS = 20;
const PORT_ATTEMPTS = 5;
const SHOWN_LINES = 30;

/** How one kind of server is started. */
export interface ServerKind {
  /** For messages. */
  readonly name: string;
  /** Makes what the server needs before its first start; what it makes is `owner`'s. */
  prepare?(folder: TempFolder, ports: readonly number[]): Promise<void>;
  command(folder: TempFolder, ports: readonly number[]): ServerCommand;
  /** Asked again and again until true. */
  isReady(server: Running): Promise<boolean>;
  /** What its operator would send. Default: SIGTERM. */
  readonly stopSignal?: Deno.Signal;
  /** What stands for a crash. Default: SIGKILL. */
  readonly crashSignal?: Deno.Signal;
  /** How many ports it listens on. Default: 1. */
  readonly portCount?: number;
  /** Whom it and its files belong to, for servers that refuse to be root. */
  readonly owner?: Unprivileged;
}

/** What to start. */
export interface ServerCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** What is known about a server that was started. */
export interface Running {
  readonly folder: TempFolder;
  readonly ports: readonly number[];
  readonly pid: number;
  /** What it has said since it was started last. */
  log(): Promise<string>;
}

/** A running server, made by `startServer`. */
export class ServerProcess implements AsyncDisposable {
  #process: Deno.ChildProcess;
  #starts = 0;

  constructor(
    private readonly kind: ServerKind,
    readonly folder: TempFolder,
    /** On 127.0.0.1. */
    readonly ports: readonly number[],
  ) {
    this.#process = this.#spawn();
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** What it has said since it was started last. */
  log(): Promise<string> {
    return Deno.readTextFile(this.#logFile).catch(() => "");
  }

  /** @throws With the end of its log, when it ends or takes too long. */
  async waitUntilReady(): Promise<void> {
    const ended = this.#process.status.then(() => true);
    const deadline = performance.now() + START_TIMEOUT_MS;
    while (!await this.kind.isReady(this)) {
      if (await Promise.race([ended, pause(POLL_MS)])) {
        throw new Error(`${this.kind.name} has ended:\n${await this.#tail()}`);
      }
      if (performance.now() > deadline) {
        throw new Error(
          `${this.kind.name} isn't ready:\n${await this.#tail()}`,
        );
      }
    }
  }

  /** Ends it as its operator would. Its data stay. */
  async stop(): Promise<void> {
    await this.#end(this.kind.stopSignal ?? "SIGTERM");
  }

  /** Ends it as a crash would. Its data stay. */
  async kill(): Promise<void> {
    await this.#end(this.kind.crashSignal ?? "SIGKILL");
  }

  /** Starts it again after `stop` or `kill`, with the same port and data. */
  async restart(): Promise<void> {
    await this.stop();
    this.#process = this.#spawn();
    await this.waitUntilReady();
  }

  /** Without a farewell: nobody needs the data any more. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await this.folder[Symbol.asyncDispose]();
  }

  get #logFile(): string {
    return this.folder.join(`server-${this.#starts}.log`);
  }

  #spawn(): Deno.ChildProcess {
    const { program, args, env } = this.kind.command(this.folder, this.ports);
    const inner = [...this.kind.owner?.prefix ?? [], program, ...args];
    this.#starts++;
    return new Deno.Command("sh", {
      args: ["-c", 'exec "$@" >"$0" 2>&1', this.#logFile, ...inner],
      cwd: this.folder.path,
      env,
      stdin: "null",
    }).spawn();
  }

  async #end(signal: Deno.Signal): Promise<void> {
    const process = this.#process;
    tryKill(process, signal);
    const timer = setTimeout(
      () => tryKill(process, "SIGKILL"),
      STOP_TIMEOUT_MS,
    );
    await process.status;
    clearTimeout(timer);
  }

  async #tail(): Promise<string> {
    return (await this.log()).trimEnd().split("\n").slice(-SHOWN_LINES)
      .join("\n");
  }
}

/** @throws With the end of its log, when it doesn't become ready. */
export async function startServer(kind: ServerKind): Promise<ServerProcess> {
  for (let attempt = 1;; attempt++) {
    const folder = await TempFolder.make();
    try {
      return await startOnce(kind, folder);
    } catch (error) {
      await folder[Symbol.asyncDispose]();
      if (!isPortTaken(error) || attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

async function startOnce(
  kind: ServerKind,
  folder: TempFolder,
): Promise<ServerProcess> {
  const ports = freePorts(kind.portCount ?? 1);
  if (kind.owner !== undefined) await chownAll(folder.path, kind.owner);
  await kind.prepare?.(folder, ports);
  if (kind.owner !== undefined) await chownAll(folder.path, kind.owner);
  const server = new ServerProcess(kind, folder, ports);
  try {
    await server.waitUntilReady();
    return server;
  } catch (error) {
    await server.kill();
    throw error;
  }
}

/** Taken by somebody else in between, the start is tried again. */
function freePorts(count: number): number[] {
  const listeners = Array.from(
    { length: count },
    () => Deno.listen({ hostname: "127.0.0.1", port: 0 }),
  );
  const ports = listeners.map(({ addr }) => addr.port);
  for (const listener of listeners) listener.close();
  return ports;
}

function isPortTaken(error: unknown): boolean {
  return error instanceof Error &&
    /address already in use/i.test(error.message);
}

function tryKill(process: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    process.kill(signal);
  } catch {
    // It has ended by itself.
  }
}

function pause(ms: number): Promise<false> {
  return new Promise((done) => setTimeout(() => done(false), ms));
}
