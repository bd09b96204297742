/**
 * What every command gets: the outside world and the flags all commands share.
 *
 * @module
 */

import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import type { ErrorCode } from "../core/base/errors.ts";
import type { LogLevel } from "../core/pipeline/events.ts";
import type { CliDeps } from "./deps.ts";
import { type LogFormat, readLogFormat, readLogLevel } from "./flags.ts";
import type { Paint } from "./terminal/colour.ts";
import { paintFor } from "./terminal/colour.ts";
import { Screen } from "./terminal/screen.ts";
import { formatJsonLine, formatTextLine } from "./views/log_line.ts";
import { terminalJson } from "./views/units.ts";
import { isShown, type LogOptions } from "./views/view.ts";

/** The flags that every command takes, as parsed. */
export interface SharedFlags {
  readonly config?: string | undefined;
  readonly var?: Readonly<Record<string, string>> | undefined;
  readonly varFile?: readonly string[] | undefined;
  readonly envFile?: readonly string[] | undefined;
  readonly allowMissingEnv?: true | undefined;
  readonly logLevel?: LogLevel | undefined;
  readonly logFormat?: LogFormat | undefined;
  readonly logTime?: true | undefined;
}

const encoder = new TextEncoder();

/** One per command line. */
export class Context {
  readonly screen: Screen;
  /** Colours for stderr. */
  readonly paint: Paint;
  /** Set by the command that ran. */
  exitCode = 0;
  /** Filled when the command line is parsed. */
  flags: SharedFlags = {};

  /**
   * @param deps The outside world.
   * @param wholeProgram The program with every command defined.
   */
  constructor(
    readonly deps: CliDeps,
    readonly wholeProgram: (
      words: readonly string[],
    ) => Promise<CommandUnknownOpts>,
  ) {
    this.screen = new Screen(deps.stdout, deps.stderr);
    this.paint = paintFor(deps.stderr, deps.env);
  }

  /** Colours for stdout. */
  get paintStdout(): Paint {
    return paintFor(this.deps.stdout, this.deps.env);
  }

  /**
   * A flag wins over its variable.
   * @throws {DstreamError} When a variable names no level or format.
   */
  log(): LogOptions {
    const { flags } = this;
    const { DSTREAM_LOG_LEVEL: level, DSTREAM_LOG_FORMAT: format } =
      this.deps.env;
    const chosen = flags.logFormat ?? (format ? readLogFormat(format) : "text");
    return {
      level: flags.logLevel ?? (level ? readLogLevel(level) : "info"),
      format: chosen,
      // A program that reads lines has nothing else to put them in order by.
      hasTime: flags.logTime === true || chosen === "json",
    };
  }

  /** Writes a command's own result to stdout. */
  async print(text: string): Promise<void> {
    await this.deps.stdout.write(encoder.encode(`${text}\n`));
  }

  /** Prints a value as indented JSON. */
  printJson(value: unknown): Promise<void> {
    return this.print(terminalJson(JSON.stringify(value, null, 2)));
  }

  /** A remark as a log line, if that level is shown. */
  note(code: ErrorCode, message: string, level: LogLevel = "info"): void {
    const { screen, paint, deps: { clock } } = this;
    const log = this.log();
    if (!isShown(level, log.level)) return;
    const entry = { level, source: "dstream", message, code, fields: {} };
    const time = log.hasTime
      ? new Date(clock.wallMs()).toISOString()
      : undefined;
    screen.line(
      log.format === "json"
        ? formatJsonLine(entry, { time, task: undefined })
        : formatTextLine(entry, { time, task: undefined }, paint),
    );
  }

  /** Tells the user something that is not the command's result. */
  say(text: string): void {
    this.screen.line(text);
  }
}
