/**
 * Words in, words out; no streaming logic.
 *
 * {@link runCli} parses one command line, runs its command and turns whatever
 * happens into an exit status and a message a person can act on. What is done with
 * tasks is `core/project`.
 *
 * | question                               | file                         |
 * | -------------------------------------- | ---------------------------- |
 * | what comes in from outside?            | `deps.ts`                    |
 * | what does every command get?           | `context.ts`                 |
 * | how is the command line built?         | `program.ts`, `flags.ts`     |
 * | what does one command do?              | `commands/`, then `tasks/` or `providers/` |
 * | what is `dstreams`?                    | `singer/program.ts`          |
 * | how is the configuration opened?       | `project.ts`                 |
 * | how does it look?                      | `views/`                     |
 * | who is at the keyboard?                | `terminal/`                  |
 * | what is the exit status?               | `exit_code.ts`               |
 * | what is said of wrong usage?           | `usage_error.ts`             |
 * | what does Tab offer?                   | `completion.ts`              |
 * | how does `fmt` write files?            | `format_files.ts`            |
 *
 * @module
 */

import {
  CommanderError,
  type CommandUnknownOpts,
} from "@commander-js/extra-typings";
import { DstreamError } from "../core/base/errors.ts";
import { didYouMean } from "../core/base/nearest.ts";
import { commandEntries } from "./commands/mod.ts";
import { Context } from "./context.ts";
import { type CliDeps, SinkClosed } from "./deps.ts";
import { ExitCode, exitCodeOfError, exitCodeOfSignal } from "./exit_code.ts";
import { buildProgram, configure } from "./program.ts";
import { Interrupted } from "./terminal/interrupted.ts";
import { isHelp, isHelpForNothing, toUsageError } from "./usage_error.ts";
import { renderFailure } from "./views/failure.ts";
import { formatJsonErrors } from "./views/json.ts";
import type { LogOptions } from "./views/view.ts";

export type { CliDeps, Platform, Signals, Sink, Source } from "./deps.ts";
export { SinkClosed } from "./deps.ts";

/**
 * Runs one command line. Never throws.
 *
 * @param args Without the program's own name.
 * @returns The exit status: 0 all settled, 1 failed, 2 wrong usage or
 * configuration, 128 + n stopped by signal n.
 */
export async function runCli(
  args: readonly string[],
  deps: CliDeps,
): Promise<number> {
  const context: Context = new Context(deps, (words) => {
    const names = commandEntries.map((entry) => entry.name);
    return buildProgram(new Set([...names, ...words]), context);
  });
  try {
    await parse(args, context);
    return context.exitCode;
  } catch (error) {
    return report(error, context);
  }
}

async function parse(args: readonly string[], context: Context) {
  if (args[0] === SINGER) return await parseSinger(args.slice(1), context);
  const program = await buildProgram(new Set(args), context);
  refuseHelpForNobody(args);
  await runProgram(
    program,
    args,
    context,
    (isNoCommand) => commandPath(args, !isNoCommand),
  );
}

/** @param pathOf The words that wrong usage is told of. */
async function runProgram(
  program: CommandUnknownOpts,
  args: readonly string[],
  context: Context,
  pathOf: (isNoCommand: boolean) => string,
): Promise<void> {
  try {
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (isHelp(error)) return;
    if (isHelpForNothing(error)) {
      context.exitCode = ExitCode.usage;
      return;
    }
    const isNoCommand = error.code === "commander.unknownCommand";
    throw toUsageError(error, pathOf(isNoCommand));
  }
}

/** A command line of its own: see singer/program.ts. */
async function parseSinger(args: readonly string[], context: Context) {
  const { buildSingerProgram } = await import("./singer/program.ts");
  const name = context.deps.calledAs ?? `dstream ${SINGER}`;
  const program = buildSingerProgram(name, context);
  configure(program, context);
  await runProgram(program, args, context, (isNoCommand) => {
    const [first, second = ""] = args.filter((word) => !word.startsWith("-"));
    const isGroup = first === "state" || first === "catalog";
    const path = [name, first, isGroup ? second : ""].filter(Boolean).join(" ");
    return isNoCommand ? name : path;
  });
}

const SINGER = "singer";

/** `dstream help nope`: commander shows the help for everything. */
function refuseHelpForNobody([first, name]: readonly string[]): void {
  if (first !== "help" || name === undefined || name.startsWith("-")) return;
  const names = commandEntries.filter(({ isHidden }) => !isHidden)
    .map((entry) => entry.name);
  if (name === "help" || names.includes(name)) return;
  if (commandEntries.some((entry) => entry.name === name)) return;
  throw new DstreamError(
    "usage.command_unknown",
    `there is no command "${name}"`,
    {
      isUsage: true,
      hint: didYouMean(name, names, "`dstream --help` shows what there is"),
    },
  );
}

/** Commands with commands of their own. */
const GROUPS = new Set(["provider", "state", "dead-letter"]);

/** "dstream run" for `-l debug run x`: as far as the words name commands. */
function commandPath(
  args: readonly string[],
  isSecondKnown: boolean,
): string {
  const name = args.find((word) =>
    commandEntries.some((entry) => entry.name === word)
  );
  if (name === undefined) return "dstream";
  const next = args[args.indexOf(name) + 1] ?? "";
  const isGroup = isSecondKnown && GROUPS.has(name) && /^[a-z]+$/.test(next);
  return isGroup ? `dstream ${name} ${next}` : `dstream ${name}`;
}

function report(error: unknown, context: Context): number {
  if (error instanceof SinkClosed) return exitCodeOfSignal("SIGPIPE");
  if (error instanceof Interrupted) return error.exitCode;
  const { format, level } = logWishes(context);
  context.say(
    format === "json"
      ? formatJsonErrors(
        error,
        new Date(context.deps.clock.wallMs()).toISOString(),
      )
      : renderFailure(error, context.paint),
  );
  // A bug's stack is for whoever looks for it, never for a user.
  const isBug = error instanceof Error && !(error instanceof DstreamError);
  if (isBug && level === "debug") context.say(error.stack ?? "");
  return exitCodeOfError(error);
}

/** A wrong variable may be the very error to report. */
function logWishes(context: Context): Pick<LogOptions, "format" | "level"> {
  try {
    return context.log();
  } catch {
    return { format: "text", level: "info" };
  }
}
