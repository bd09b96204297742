/**
 * Processes that exist only in memory: a test plays the provider.
 *
 * @module
 */

import type {
  Child,
  ExitStatus,
  Launch,
  Spawner,
} from "../../core/ports/mod.ts";

/** Starts nothing; hands a {@link FakeChild} to the test for every launch. */
export class FakeSpawner implements Spawner {
  /** By the name in `argv[0]`, in the order they were started. */
  readonly children: FakeChild[] = [];

  spawn(launch: Launch): Child {
    const child = new FakeChild(launch, this.children.length + 1);
    this.children.push(child);
    return child;
  }

  /** The newest process of that name. */
  child(name: string): FakeChild {
    const found = this.children.findLast((c) => c.launch.argv[0] === name);
    if (found === undefined) throw new Error(`${name} was not started`);
    return found;
  }
}

/** One process in memory. */
export class FakeChild implements Child {
  readonly stdin: WritableStream<Uint8Array>;
  readonly stdout: ReadableStream<Uint8Array>;
  readonly stderr: ReadableStream<Uint8Array>;
  readonly status: Promise<ExitStatus>;
  /** What was written to stdin so far. */
  received = "";
  isStdinClosed = false;
  /** What it was sent: "terminate", "kill". */
  readonly signals: string[] = [];
  /** Whether signals end it, as they should. */
  obeys: "everything" | "kill" = "everything";
  readonly #exit = Promise.withResolvers<ExitStatus>();
  #stdout!: ReadableByteStreamController;
  #stderr!: ReadableStreamDefaultController<Uint8Array>;
  #isGone = false;

  constructor(readonly launch: Launch, readonly pid: number) {
    const decoder = new TextDecoder();
    this.status = this.#exit.promise;
    this.stdin = new WritableStream({
      write: (bytes) => {
        this.received += decoder.decode(bytes, { stream: true });
      },
      close: () => {
        this.isStdinClosed = true;
      },
    });
    this.stdout = new ReadableStream({
      type: "bytes",
      start: (controller) => {
        this.#stdout = controller;
      },
    });
    this.stderr = new ReadableStream({
      start: (controller) => {
        this.#stderr = controller;
      },
    });
  }

  /** Writes to stdout. */
  say(text: string): void {
    this.#stdout.enqueue(new TextEncoder().encode(text));
  }

  /** Says hello and ready in version 2. */
  becomeReady(): void {
    const protocol = { version: 2, features: ["ack", "state"] };
    this.say(JSON.stringify({ status: "ready", protocol }) + "\n");
  }

  /** Writes to stderr. */
  log(text: string): void {
    this.#stderr.enqueue(new TextEncoder().encode(text + "\n"));
  }

  /** Ends, closing its pipes. */
  exit(status: ExitStatus = { code: 0 }): void {
    if (this.#isGone) return;
    this.#isGone = true;
    close(() => this.#stdout.close());
    close(() => this.#stdout.byobRequest?.respond(0));
    close(() => this.#stderr.close());
    this.#exit.resolve(status);
  }

  terminate(): void {
    this.signals.push("terminate");
    if (this.obeys === "everything") {
      this.exit({ code: 143, signal: "SIGTERM" });
    }
  }

  kill(): void {
    if (this.#isGone) return;
    this.signals.push("kill");
    this.exit({ code: 137, signal: "SIGKILL" });
  }
}

/** A stream that the reader has cancelled can't be closed again. */
function close(action: () => void): void {
  try {
    action();
  } catch {
    // It is closed.
  }
}
