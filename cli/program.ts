/**
 * The command line as commander knows it: the shared flags, then the commands.
 *
 * Shared flags belong to the root, so they work before and after a command.
 * Commands that aren't on this command line are only names: enough for help and
 * for "did you mean".
 *
 * @module
 */

import {
  Command,
  type CommandUnknownOpts,
  type Option,
} from "@commander-js/extra-typings";
import { commandEntries } from "./commands/mod.ts";
import type { Context } from "./context.ts";
import * as flag from "./flags.ts";

const HELP_COLUMNS = 100;

const SHARED_HEADING = "Options for every command:";

const EXAMPLES = `
Examples:
  dstream run my-pipeline                  run one task of dstream.hcl
  dstream run --all -c pipelines/          run every task of a folder
  dstream validate                         report every problem in dstream.hcl
  dstream provider inspect counter         what a built-in provider can be told`;

/** @param words Of the command line: what is named is defined, the rest listed. */
export async function buildProgram(
  words: ReadonlySet<string>,
  context: Context,
): Promise<CommandUnknownOpts> {
  const program = new Command("dstream")
    .description(
      "Joins an input provider to an output provider, as declared in dstream.hcl.",
    )
    .usage("[options] <command>")
    .optionsGroup(SHARED_HEADING)
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
    .addHelpCommand(helpCommand())
    .addHelpText("after", EXAMPLES);
  program.hook("preAction", (_program, command) => {
    context.flags = program.opts();
    // A wrong variable is refused like a wrong flag, but never breaks Tab.
    if (command.name() !== "complete") context.log();
  });
  for (const entry of commandEntries) {
    const command = words.has(entry.name)
      ? await (await entry.load()).define(context, words)
      : new Command(entry.name);
    command.summary(entry.summary).helpGroup(entry.group);
    program.addCommand(command, { hidden: entry.isHidden ?? false });
  }
  configure(program, context);
  return program;
}

function helpCommand(): Command {
  const help = new Command("help").summary("show help for a command")
    .helpGroup("Tool:");
  help.argument("[command]");
  return help;
}

/** No exit and no writing past the context: everything comes back to mod.ts. */
export function configure(
  command: CommandUnknownOpts,
  context: Context,
): void {
  const { stdout, stderr } = context.deps;
  const columns = Math.min(stdout.columns(), HELP_COLUMNS);
  const encoder = new TextEncoder();
  command
    .exitOverride()
    .helpOption("-h, --help", "show help")
    .configureHelp({
      showGlobalOptions: true,
      // In commander's words these are "Global Options".
      styleTitle: (title) =>
        title === "Global Options:" ? SHARED_HEADING : title,
      visibleGlobalOptions: () => sharedOptions(command),
    })
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

/** What the root defines, seen from a command below it. */
function sharedOptions(command: CommandUnknownOpts): Option[] {
  if (command.parent === null) return [];
  const parent = command.parent;
  if (parent.parent !== null) return sharedOptions(parent);
  return parent.options.filter((option) => option.long !== "--version");
}
