/**
 * What `@dstream/sdk/testing` needs of Deno, on Node: becomes `runtime_testing.js` of
 * the npm package. Tests are those of `node:test`, processes those of
 * `node:child_process`.
 *
 * @module
 */

import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import os from "node:os";
import process from "node:process";
import { Readable, Writable } from "node:stream";
import { Deno as kit } from "./deno_on_node.ts";

interface Step {
  readonly name: string;
  readonly ignore?: boolean;
  readonly fn: (t: Steps) => unknown;
}

interface Steps {
  step(name: string | Step, fn?: Step["fn"]): Promise<unknown>;
}

type NodeTest = (
  name: string,
  options: { skip: boolean },
  fn: (t: { test: NodeTest }) => unknown,
) => Promise<unknown>;

/** Of both forms that are used: a name and a function, or an object. */
function register(
  to: NodeTest,
  first: string | Step,
  fn?: Step["fn"],
): Promise<unknown> {
  const step = typeof first === "string" ? { name: first, fn: fn! } : first;
  return to(
    step.name,
    { skip: step.ignore === true },
    (t) =>
      step.fn({
        step: (name, inner) => register(t.test.bind(t), name, inner),
      }),
  );
}

/** Loaded when it is used: it reports at the end of the process. */
function test(first: string | Step, fn?: Step["fn"]): void {
  const nodeTest = createRequire(import.meta.url)("node:test") as NodeTest;
  void register(nodeTest, first, fn);
}

interface CommandOptions {
  readonly args?: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

class Command {
  constructor(readonly file: string, readonly options: CommandOptions = {}) {}

  spawn() {
    const { args = [], cwd, env } = this.options;
    const child = spawn(this.file, [...args], {
      cwd,
      env: { ...process.env, ...env },
      stdio: "pipe",
    });
    child.stdin.on("error", () => {}); // who writes hears of it
    const status = new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("exit", (code, signal) => {
        const number = signal === null ? 0 : os.constants.signals[signal];
        resolve({ code: code ?? 128 + number, signal, success: code === 0 });
      });
    });
    return {
      pid: child.pid,
      stdin: Writable.toWeb(child.stdin),
      stdout: Readable.toWeb(child.stdout),
      stderr: Readable.toWeb(child.stderr),
      status,
      kill: (signal: string) => child.kill(signal as "SIGTERM"),
    };
  }
}

const onNode = {
  ...kit as Record<string, unknown>,
  execPath: () => process.execPath,
  test,
  Command,
};

export const Deno: unknown = (globalThis as { Deno?: unknown }).Deno ?? onNode;
