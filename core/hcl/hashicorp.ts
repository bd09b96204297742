/**
 * Runs HashiCorp's own Go programs, compiled to WebAssembly: the parser
 * (@cdktf/hcl2json) and the formatter (@cdktf/hcl-tools).
 *
 * The packages' own loaders read `main.wasm.gz` relative to `__dirname`, which
 * is gone once everything is bundled into one file, and a failure there is an
 * unhandled rejection. So only Go's glue (wasm_exec.js) and the bytes are taken
 * from the packages. The bytes are looked for in two places:
 *
 * 1. in the npm package, when running from source;
 * 2. beside the bundle, as `hcl2json.wasm.gz` and `hcl-tools.wasm.gz`: whoever
 *    compiles must put the two files there (`wasmFiles()` says where they are)
 *    and embed them with `--include`.
 *
 * @module
 */

import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { DstreamError } from "../base/errors.ts";

/** Package name without `@cdktf/`. */
export type ProgramName = "hcl2json" | "hcl-tools";

/** Where each program puts its functions, chosen by its Go code. */
const ROOTS: Readonly<Record<ProgramName, string>> = {
  "hcl2json": "__parse_terraform_config_wasm__",
  "hcl-tools": "__hcl_helpers_config_wasm__",
};

/** Go gives no memory back: a program that grew beyond this is started anew. */
const MAX_MEMORY_BYTES = 256 * 1024 * 1024;

type Callback = (error: string | null, result: string | null) => void;
type GoFunction = (...args: [...string[], Callback]) => void;

/** Go's glue, as wasm_exec.js defines it. */
interface Glue {
  readonly importObject: WebAssembly.Imports;
  exit: (code: number) => void;
  run(instance: WebAssembly.Instance): Promise<void>;
}

/** A started program; its calls are synchronous. */
export class GoProgram {
  readonly #functions: Readonly<Record<string, GoFunction>>;
  readonly #memory: WebAssembly.Memory;
  #hasExited = false;

  private constructor(
    functions: Readonly<Record<string, GoFunction>>,
    instance: WebAssembly.Instance,
  ) {
    this.#functions = functions;
    this.#memory = instance.exports.mem as WebAssembly.Memory;
  }

  /** Compiles and starts it: about 100 ms. */
  static async start(
    name: ProgramName,
    bytes: BufferSource,
  ): Promise<GoProgram> {
    const glue = new (await loadGlue())();
    const { instance } = await WebAssembly.instantiate(
      bytes,
      glue.importObject,
    );
    const functions: Record<string, GoFunction> = {};
    const program = new GoProgram(functions, instance);
    glue.exit = () => program.#hasExited = true;
    withGlobals({ [ROOTS[name]]: functions }, () => {
      // Resolves when the program ends, which it does only when it crashes.
      glue.run(instance).catch(() => program.#hasExited = true);
    });
    return program;
  }

  /** No longer fit for use: crashed, or grown too large. */
  get isSpent(): boolean {
    return this.#hasExited ||
      this.#memory.buffer.byteLength > MAX_MEMORY_BYTES;
  }

  /** @throws {GoError} What the program answers instead of a result. */
  call(name: string, ...args: string[]): string {
    let answer: { error: string | null; result: string | null } | undefined;
    try {
      this.#functions[name](...args, (error, result) => {
        answer = { error, result };
      });
    } catch (error) {
      this.#hasExited = true;
      throw new GoError(`the program crashed: ${error}`);
    }
    if (answer === undefined) throw new GoError("the program crashed");
    if (answer.result === null) throw new GoError(answer.error ?? "no answer");
    return answer.result;
  }
}

/** The Go program refused, in its own words. */
export class GoError extends Error {
  override readonly name = "GoError";
}

const started = new Map<ProgramName, Promise<GoProgram>>();
let readBytes: (name: ProgramName) => Promise<BufferSource> = readPackaged;

/**
 * Takes the unzipped WebAssembly from elsewhere than the two usual places, or,
 * without an argument, from there again.
 */
export function setWasmReader(
  read: (name: ProgramName) => Promise<BufferSource> = readPackaged,
): void {
  readBytes = read;
  started.clear();
}

/**
 * The running program, started when there is none that is fit.
 *
 * @throws {DstreamError} `config.wasm_missing` when its bytes are nowhere.
 */
export async function getProgram(name: ProgramName): Promise<GoProgram> {
  const known = started.get(name);
  if (known !== undefined && !(await known).isSpent) return known;
  const starting = readBytes(name).then((bytes) =>
    GoProgram.start(name, bytes)
  );
  started.set(name, starting);
  starting.catch(() => started.delete(name));
  return await starting;
}

/** The files a compiled executable must hold, by the name it looks for. */
export function wasmFiles(): Record<string, URL> {
  const names = Object.keys(ROOTS) as ProgramName[];
  return Object.fromEntries(
    names.map((name) => [`${name}.wasm.gz`, packageUrl(name)]),
  );
}

async function readPackaged(name: ProgramName): Promise<BufferSource> {
  for (const url of places(name)) {
    const zipped = await readFile(url).catch(() => undefined);
    if (zipped === undefined) continue;
    return new Uint8Array(await promisify(gunzip)(zipped));
  }
  throw new DstreamError(
    "config.wasm_missing",
    `cannot find HashiCorp's "${name}", which should be part of dstream`,
    { hint: "install dstream again", isUsage: false },
  );
}

function* places(name: ProgramName): Generator<URL> {
  try {
    yield packageUrl(name);
  } catch {
    // Bundled: there are no packages, and nothing to resolve them with.
  }
  yield new URL(`./${name}.wasm.gz`, import.meta.url);
}

function packageUrl(name: ProgramName): URL {
  const url = new URL(import.meta.resolve(`@cdktf/${name}/main.wasm.gz`));
  if (url.protocol !== "file:") throw new TypeError(url.href);
  return url;
}

/** Go's glue is a script that defines the global `Go`, and a stand-in `fs`. */
async function loadGlue(): Promise<new () => Glue> {
  const globals = globalThis as unknown as {
    Go: new () => Glue;
    fs?: { writeSync(descriptor: number, bytes: Uint8Array): number };
  };
  const hadFs = globals.fs !== undefined;
  // The same file in both packages.
  await import("@cdktf/hcl2json/wasm/wasm_exec.js");
  if (!hadFs && globals.fs !== undefined) {
    // A crash would print Go's stack trace to stdout, which is the user's.
    globals.fs.writeSync = (_, bytes) => bytes.length;
  }
  return globals.Go;
}

/** The programs find their root object at `global.…` when they start. */
function withGlobals(
  values: Record<string, unknown>,
  action: () => void,
): void {
  const globals: Record<string, unknown> = globalThis as never;
  const added = Object.entries({ global: globalThis, ...values })
    .filter(([name]) => globals[name] === undefined);
  for (const [name, value] of added) globals[name] = value;
  action();
  for (const [name] of added) delete globals[name];
}
