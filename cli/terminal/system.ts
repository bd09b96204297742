/**
 * The real terminal, signals and platform: the only file in cli/ that names Deno.
 *
 * @module
 */

import { heed } from "../../core/base/ignored_hangup.ts";
import {
  type Platform,
  type Signals,
  type Sink,
  SinkClosed,
  type Source,
} from "../deps.ts";
import { PatientWriter } from "./patient_writer.ts";

const DEFAULT_COLUMNS = 80;
const DEFAULT_ROWS = 24;
const LONGEST_ANSWER_BYTES = 4096;

/** What `Deno.stdout` and `Deno.stderr` have in common. */
interface Stream {
  write(bytes: Uint8Array): Promise<number>;
  writeSync(bytes: Uint8Array): number;
  isTerminal(): boolean;
}

/** The user's stdout. */
export const systemStdout: Sink = toSink(Deno.stdout);

/** A terminal is read; a pipe may not be. */
const patientStderr = Deno.stderr.isTerminal()
  ? undefined
  : new PatientWriter(Deno.stderr, isFile(2));

/** Whether a stream was led into a file; where nobody can tell, it was not. */
function isFile(number: number): boolean {
  try {
    return Deno.statSync(`/dev/fd/${number}`).isFile;
  } catch {
    return false;
  }
}

/** The user's stderr. */
export const systemStderr: Sink = patientStderr === undefined
  ? toSink(Deno.stderr)
  : {
    ...toSink(Deno.stderr),
    write(bytes) {
      patientStderr.write(bytes);
      return patientStderr.flush();
    },
    writeSync: (bytes) => patientStderr.write(bytes),
  };

/** Before the process ends: what was said to stderr is out, if somebody reads. */
export async function flushStderr(): Promise<void> {
  await patientStderr?.flush();
}

function toSink(stream: Stream): Sink {
  return {
    isTerminal: stream.isTerminal(),
    columns,
    rows,
    async write(bytes) {
      try {
        for (let at = 0; at < bytes.length;) {
          at += await stream.write(bytes.subarray(at));
        }
      } catch (cause) {
        throw toSinkError(cause);
      }
    },
    writeSync(bytes) {
      try {
        for (let at = 0; at < bytes.length;) {
          at += stream.writeSync(bytes.subarray(at));
        }
      } catch {
        // Nobody reads our remarks; the data goes on.
      }
    },
  };
}

function columns(): number {
  try {
    return Deno.consoleSize().columns || DEFAULT_COLUMNS;
  } catch {
    return DEFAULT_COLUMNS;
  }
}

function rows(): number {
  try {
    return Deno.consoleSize().rows || DEFAULT_ROWS;
  } catch {
    return DEFAULT_ROWS;
  }
}

function toSinkError(cause: unknown): unknown {
  const isClosed = cause instanceof Deno.errors.BrokenPipe ||
    cause instanceof Deno.errors.ConnectionReset;
  return isClosed ? new SinkClosed("stdout was closed", { cause }) : cause;
}

/** The user's stdin. */
export const systemStdin: Source = {
  get isTerminal() {
    return Deno.stdin.isTerminal();
  },
  async readLine() {
    const bytes = new Uint8Array(LONGEST_ANSWER_BYTES);
    const size = await Deno.stdin.read(bytes);
    if (size === null) return undefined;
    // A terminal hands over one line at a time.
    return new TextDecoder().decode(bytes.subarray(0, size)).split(/\r?\n/)[0];
  },
  readAll: () => new Response(Deno.stdin.readable).text(),
  get readable() {
    return Deno.stdin.readable;
  },
  onKey(listener) {
    Deno.stdin.setRaw(true);
    let isOver = false;
    void readKeys((key) => isOver || listener(key));
    return () => {
      isOver = true;
      Deno.stdin.setRaw(false);
    };
  },
};

/** A read can't be called off; the last one ends with the process. */
async function readKeys(listener: (key: string) => void): Promise<void> {
  const bytes = new Uint8Array(64);
  for (;;) {
    const size = await Deno.stdin.read(bytes).catch(() => null);
    if (size === null) return;
    listener(new TextDecoder().decode(bytes.subarray(0, size)));
  }
}

/** Windows knows Ctrl+C and Ctrl+Break only. */
const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGTERM", "SIGHUP"];

/** The process's signals. */
export const systemSignals: Signals = {
  subscribe(listener) {
    const handlers = SIGNALS.map((name) => ({
      name,
      handle: heed(name, () => listener(name)),
    }));
    for (const { name, handle } of handlers) {
      Deno.addSignalListener(name, handle);
    }
    return () => {
      for (const { name, handle } of handlers) {
        Deno.removeSignalListener(name, handle);
      }
    };
  },
};

/** What the program runs on. */
export const systemPlatform: Platform = {
  os: Deno.build.os,
  arch: Deno.build.arch,
  runtime: `deno ${Deno.version.deno}`,
  moduleRuntime: Deno.version.deno,
};
