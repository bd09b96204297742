/**
 * The process around a provider, inside a test: pipes, signals and time that do
 * what the test says.
 *
 * @module
 */

import type { EndSignal, Host } from "../../core/sdk/serve/host.ts";
import { FakeClock } from "./fake_clock.ts";

/** Lets everything that can run without time run. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

/** Waits, in real time, for what only needs the event loop. */
export async function until(isSo: () => boolean): Promise<void> {
  const lateMs = performance.now() + 5000;
  while (!isSo()) {
    if (performance.now() > lateMs) throw new Error(`never: ${isSo}`);
    await settle();
  }
}

/** Hand it to `provider.serve([], host)`. */
export class FakeHost implements Host {
  readonly clock: FakeClock = new FakeClock();
  /** Every log line, in order. */
  readonly logs: string[] = [];
  /** The sizes of the writes to stdout. */
  readonly writes: number[] = [];
  readonly isStdoutTerminal = false;
  /** Set by `exit`, which doesn't end the test. */
  exitStatus: number | undefined;
  isStdoutClosed = false;
  #environment: Readonly<Record<string, string>>;
  #stdin: Uint8Array[] = [];
  #isStdinEnd = false;
  #stdinChanged = Promise.withResolvers<void>();
  #stdout = "";
  #isBroken = false;
  #gate: PromiseWithResolvers<void> | undefined;
  #listeners = new Set<(signal: EndSignal) => void>();
  readonly #decoder = new TextDecoder();

  constructor(environment: Readonly<Record<string, string>> = {}) {
    this.#environment = environment;
  }

  /** Puts bytes on stdin; one `send` is at most one read. */
  async send(bytes: string | Uint8Array): Promise<void> {
    this.put(bytes);
    await settle();
  }

  /** The same without letting anything happen. */
  put(bytes: string | Uint8Array): void {
    const isText = typeof bytes === "string";
    this.#stdin.push(isText ? new TextEncoder().encode(bytes) : bytes);
    this.#stdinChanged.resolve();
  }

  /** What lies on stdin and wasn't read. */
  get unreadBytes(): number {
    return this.#stdin.reduce((sum, chunk) => sum + chunk.length, 0);
  }

  /** Ends stdin. */
  async endStdin(): Promise<void> {
    this.#isStdinEnd = true;
    this.#stdinChanged.resolve();
    await settle();
  }

  /** Writes to stdout don't return until {@link releaseStdout}. */
  holdStdout(): void {
    this.#gate ??= Promise.withResolvers();
  }

  async releaseStdout(): Promise<void> {
    this.#gate?.resolve();
    this.#gate = undefined;
    await settle();
  }

  /** Nobody reads stdout any more. */
  breakStdout(): void {
    this.#isBroken = true;
  }

  async signal(signal: EndSignal): Promise<void> {
    for (const listener of this.#listeners) listener(signal);
    await settle();
  }

  /** What was written to stdout so far. */
  get stdout(): string {
    return this.#stdout;
  }

  /** Its whole lines. */
  get lines(): string[] {
    return this.#stdout.split("\n").slice(0, -1);
  }

  async read(into: Uint8Array): Promise<number | undefined> {
    while (this.#stdin.length === 0) {
      if (this.#isStdinEnd) return undefined;
      await this.#stdinChanged.promise;
      this.#stdinChanged = Promise.withResolvers();
    }
    const chunk = this.#stdin[0];
    const taken = chunk.subarray(0, into.length);
    into.set(taken);
    if (taken.length === chunk.length) this.#stdin.shift();
    else this.#stdin[0] = chunk.subarray(taken.length);
    return taken.length;
  }

  async write(bytes: Uint8Array): Promise<number> {
    await this.#gate?.promise;
    if (this.#isBroken) throw new Deno.errors.BrokenPipe("broken");
    this.writes.push(bytes.length);
    this.#stdout += this.#decoder.decode(bytes, { stream: true });
    return bytes.length;
  }

  closeStdout(): void {
    this.isStdoutClosed = true;
  }

  log(line: string): void {
    this.logs.push(line);
  }

  onSignal(listener: (signal: EndSignal) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  env(name: string): string | undefined {
    return this.#environment[name];
  }

  monotonicMs(): number {
    return this.clock.monotonicMs();
  }

  wallMs(): number {
    return this.clock.wallMs();
  }

  after(delayMs: number, action: () => void): () => void {
    const canceller = new AbortController();
    this.clock.sleep(delayMs, canceller.signal).then(action, () => {});
    return () => canceller.abort();
  }

  exit(status: number): void {
    this.exitStatus ??= status;
  }
}
