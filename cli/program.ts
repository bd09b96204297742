/**
 * The command line as commander knows it: the shared flags, then the commands.
 *
 * Shared flags belong to the root, so they work before and after a command.
 * Commands that aren't on this command line are only names: enough for help and
 * for "did you mean".
 *
 * @module
 */

import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { commandEntries } from "./commands/mod.ts";
import type { Context } from "./context.ts";
import * as flag from "./flags.ts";

const HELP_COLUMNS = 100;

const EXAMPLES = `
Examples:
  dstream run my-pipeline                  run one task of dstream.hcl
  dstream run --all -c pipelines/          run every task of a folder
  dstream validate                         report every problem in dstream.hcl
  dstream provider inspect counter         what a built-in provider can be told`;

/** @param names Commands to define in full; the others are only listed. */
export async function buildProgram(
  names: ReadonlySet<string>,
  context: Context,
): Promise<CommandUnknownOpts> {
  const program = new Command("dstream")
    .description(
      "Joins an input provider to an output provider, as declared in dstream.hcl.",
    )
    .usage("[options] <command>")
    .optionsGroup("Options for every command:")
    .addOption(flag.configFlag)
    .addOption(flag.varFlag)
    .addOption(flag.varFileFlag)
    .addOption(flag.envFileFlag)
    .addOption(flag.allowMissingEnvFlag)
    .addOption(flag.logLevelFlag)
    .addOption(flag.logFormatFlag)
    .addOption(flag.logTimeFlag)
    .version(
      `dstream ${context.deps.version}`,
      "--version",
      "print the version",
    )
    .helpOption("-h, --help", "show help")
    .helpCommand("help [command]", "show help for a command")
    .addHelpText("after", EXAMPLES);
  program.hook("preAction", () => {
    context.flags = program.opts();
  });
  for (const entry of commandEntries) {
    const command = names.has(entry.name)
      ? (await entry.load()).define(context)
      : new Command(entry.name);
    command.summary(entry.summary).helpGroup(entry.group);
    program.addCommand(command, { hidden: entry.isHidden ?? false });
  }
  program.commandsGroup("Tool:");
  configure(program, context);
  return program;
}

/** No exit and no writing past the context: everything comes back to mod.ts. */
function configure(command: CommandUnknownOpts, context: Context): void {
  const { stdout, stderr } = context.deps;
  const columns = Math.min(stdout.columns(), HELP_COLUMNS);
  const encoder = new TextEncoder();
  command
    .exitOverride()
    .configureHelp({ showGlobalOptions: command.parent !== null })
    .configureOutput({
      writeOut: (text) => stdout.writeSync(encoder.encode(text)),
      writeErr: (text) => stderr.writeSync(encoder.encode(text)),
      outputError: () => {},
      getOutHelpWidth: () => columns,
      getErrHelpWidth: () => columns,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });
  for (const child of command.commands) configure(child, context);
}
