/**
 * Speaks the protocol for a provider, over the process's own pipes.
 *
 * Arguments first (`spec`, `--help`, `--version`), then the start line, the
 * handshake, and one of three stories: run_input.ts, run_output.ts,
 * run_lifecycle.ts. Every failure ends here: in an `error` handshake before
 * `ready`, as one line on stderr after it.
 *
 * @module
 */

import { DstreamError } from "../../base/errors.ts";
import {
  parseStartLine,
  PROTOCOL_VERSION,
  type StartCommand,
} from "../../protocol/command.ts";
import type { Config, Fields } from "../config/mod.ts";
import type { Definition } from "../define.ts";
import { errorText } from "../errors.ts";
import type { ProviderSpec } from "../provider.ts";
import { describe } from "./describe.ts";
import { type FirstLine, readFirstLine } from "./first_line.ts";
import {
  agree,
  type Agreement,
  errorLine,
  HELLO,
  readConfig,
  readyLine,
} from "./handshake.ts";
import { type Host, processHost } from "./host.ts";
import { createLogger, providerLabel, type ServeLogger } from "./logger.ts";
import { Stdout, StdoutClosed } from "./stdout.ts";

/** What every run is given. */
export interface Serving {
  readonly host: Host;
  readonly log: ServeLogger;
  readonly stdout: Stdout;
  readonly start: StartCommand;
  readonly agreement: Agreement;
  /** What came behind the start line. */
  readonly first: FirstLine;
  /** Says `ready`, unless the oldest form forbids it. */
  sayReady(): Promise<void>;
}

/** @returns The exit status. */
export async function serve<F extends Fields>(
  definition: Definition<F>,
  spec: () => ProviderSpec,
  args: readonly string[],
  host: Host = processHost(),
): Promise<number> {
  const stdout = new Stdout(host);
  const { name, logLabel } = definition.of;
  const label = logLabel ?? providerLabel(name, definition.role);
  const log = createLogger(host, label);
  try {
    if (args.length > 0) {
      return await describe(definition, spec, args, { stdout, log });
    }
    return await serveStream(definition, spec, { host, log, stdout });
  } catch (error) {
    if (error instanceof StdoutClosed) return 0;
    log.error(errorText(error));
    logStack(log, error);
    return 1;
  }
}

/** A failure that nobody foresaw is a bug: its author wants to know where. */
function logStack(log: ServeLogger, error: unknown): void {
  if (error instanceof DstreamError || !(error instanceof Error)) return;
  log.debug("where it failed", { stack: error.stack });
}

type Pipes = Pick<Serving, "host" | "log" | "stdout">;

async function serveStream<F extends Fields>(
  definition: Definition<F>,
  spec: () => ProviderSpec,
  pipes: Pipes,
): Promise<number> {
  const first = await readFirstLine(pipes.host);
  if (first === undefined) throw noStartLine();
  let mayAnswer = true;
  try {
    const start = parseStartLine(first.text);
    mayAnswer = !start.isRaw;
    await sayHello(start, pipes);
    const config = readConfig(definition, start);
    const agreement = agree(definition, config, start);
    const sayReady = async () => {
      if (mayAnswer) {
        await pipes.stdout.write(readyLine(agreement, start, spec()));
      }
      mayAnswer = false;
    };
    const serving = { ...pipes, start, agreement, first, sayReady };
    return await runCommand(definition, config, serving);
  } catch (error) {
    if (!mayAnswer || isNoAnswer(error)) throw error;
    logStack(pipes.log, error);
    await pipes.stdout.write(errorLine(error));
    return 1;
  }
}

/** An offer of version 2 is answered before anything is opened. */
async function sayHello(start: StartCommand, pipes: Pipes): Promise<void> {
  if ((start.protocol?.version ?? 0) < PROTOCOL_VERSION) return;
  pipes.log.useJson();
  await pipes.stdout.write(HELLO);
}

async function runCommand<F extends Fields>(
  definition: Definition<F>,
  config: Config<F>,
  serving: Serving,
): Promise<number> {
  if (serving.start.command !== "run") {
    const { runLifecycle } = await import("./run_lifecycle.ts");
    return await runLifecycle(definition.of.lifecycle ?? {}, config, serving);
  }
  if (definition.role === "input") {
    const { runInput } = await import("./run_input.ts");
    return await runInput(definition.of, config, serving);
  }
  const { runOutput } = await import("./run_output.ts");
  return await runOutput(definition.of, config, serving);
}

/** Nobody listens, or what came was no command that could be answered. */
function isNoAnswer(error: unknown): boolean {
  return error instanceof StdoutClosed ||
    error instanceof DstreamError &&
      error.code === "protocol.start_line_invalid";
}

function noStartLine(): DstreamError {
  return new DstreamError(
    "protocol.start_line_invalid",
    "stdin ended before its first line",
    { hint: "send the config block as one line of JSON, at least {}" },
  );
}
