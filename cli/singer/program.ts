/**
 * The command line of `dstreams`, which is also `dstream singer`.
 *
 * It has flags of its own: `-c` names a tap or a target here, and no dstream.hcl.
 * So it is no part of dstream's command line, but one beside it.
 *
 * @module
 */

import {
  Argument,
  Command,
  type CommandUnknownOpts,
  Option,
} from "@commander-js/extra-typings";
import type { Context } from "../context.ts";
import { SHELLS } from "../shells.ts";
import { type Format, FORMATS } from "./format.ts";

/** @param name As the user calls it. */
export function buildSingerProgram(
  name: string,
  context: Context,
): CommandUnknownOpts {
  const program = new Command(name)
    .description(
      "Taps and targets, joined: extracts, loads, and syncs streams.",
    )
    .option("-v, --verbose", "Enable verbose logging")
    .version(
      `${name} ${context.deps.version}`,
      "--version",
      "print the version",
    );
  const verbose = (command: CommandUnknownOpts) =>
    command.option("-v, --verbose", "Enable verbose logging");
  program.hook("preAction", (_program, command) => {
    const isVerbose = command.optsWithGlobals().verbose === true;
    if (isVerbose) context.flags = { ...context.flags, logLevel: "debug" };
  });
  for (const command of commandsOf(context)) {
    for (const child of [command, ...command.commands]) verbose(child);
    program.addCommand(command);
  }
  program.addCommand(completeCommand(program, context), { hidden: true });
  return program;
}

/** What completion scripts of `dstreams` call. It never fails. */
function completeCommand(program: CommandUnknownOpts, context: Context) {
  return new Command("complete").argument("[words...]").action(
    async (words) => {
      const { completeWords } = await import("../completion.ts");
      const answer = await completeWords(program, words, context);
      await context.deps.stdout.write(new TextEncoder().encode(answer));
    },
  );
}

function commandsOf(context: Context): CommandUnknownOpts[] {
  return [
    new Command("discover")
      .description("Discover available streams from a tap")
      .requiredOption("-c, --config <file>", "Path to tap configuration file")
      .option("-o, --output <file>", "Output catalog file", "catalog.json")
      .action(async ({ config, output }) => {
        const { discover } = await import("./discover.ts");
        await discover(config, output, context);
      }),
    new Command("sync")
      .description("Run a complete tap-to-target sync")
      .requiredOption("--tap-config <file>", "Path to tap configuration")
      .requiredOption("--target-config <file>", "Path to target configuration")
      .option("--catalog <file>", "Path to catalog file")
      .option("--state <file>", "Path to state file")
      .action(async ({ tapConfig, ...flags }) => {
        const { sync } = await import("./sync.ts");
        context.exitCode = await sync({ ...flags, config: tapConfig }, context);
      }),
    new Command("tap")
      .description("Run a tap: Singer messages on stdout")
      .requiredOption("-c, --config <file>", "Path to tap configuration")
      .option("--catalog <file>", "Path to catalog file")
      .option("--state <file>", "Path to state file, which is only read")
      .option("-o, --output <file>", "Output file (default: stdout)")
      .addOption(format("write", "jsonl"))
      .action(async (flags) => {
        const { tap } = await import("./tap.ts");
        context.exitCode = await tap(flags, context);
      }),
    new Command("target")
      .description("Run a target: Singer messages from stdin or a file")
      .requiredOption("-c, --config <file>", "Path to target configuration")
      .option("-i, --input <file>", "Input file (default: stdin)")
      .option("--state <file>", "Path to state file")
      .addOption(format("read", "jsonl"))
      .action(async (flags) => {
        const { target } = await import("./target.ts");
        context.exitCode = await target(flags, context);
      }),
    stateCommand(context),
    catalogCommand(context),
    new Command("completions")
      .description("Print a completion script for your shell")
      .addArgument(new Argument("<shell>", "your shell").choices(SHELLS))
      .action(async (shell) => {
        const { completionScript } = await import("../completion.ts");
        await context.print(completionScript(shell, ["dstreams"]).trimEnd());
      }),
    new Command("import")
      .description("Take over the state of a Meltano project for a task")
      .argument("<file>", "what `meltano state get` printed")
      .argument("<task>", "a task of dstream.hcl")
      .option("-c, --config <path>", "dstream.hcl, or its folder")
      .action(async (file, task, { config }) => {
        const { importState } = await import("./import_state.ts");
        await importState(file, task, config, context);
      }),
  ];
}

function format(verb: string, usual: Format) {
  return new Option("--format <format>", `What to ${verb}`)
    .choices(FORMATS).default(usual);
}

function stateCommand(context: Context): CommandUnknownOpts {
  const files = () => import("./files.ts");
  const group = new Command("state").description("Manage state files");
  group.command("view").description("View a state").argument("<state_file>")
    .action(async (path) => (await files()).viewState(path, context));
  group.command("clear").description("Clear a state").argument("<state_file>")
    .action(async (path) => (await files()).clearState(path, context));
  group.command("set").description("Set the bookmark of a stream")
    .argument("<state_file>").argument("<stream>")
    .argument("<value>", "JSON")
    .action(async (path, stream, value) =>
      (await files()).setState(path, stream, value, context)
    );
  return group;
}

function catalogCommand(context: Context): CommandUnknownOpts {
  const files = () => import("./files.ts");
  const group = new Command("catalog").description("Manage catalog files");
  group.command("view").description("View a catalog").argument("<catalog_file>")
    .action(async (path) => (await files()).viewCatalog(path, context));
  for (
    const [name, isSelected] of [["select", true], ["deselect", false]] as const
  ) {
    group.command(name).description(`${name} streams`)
      .argument("<catalog_file>").argument("<streams...>")
      .action(async (path, names) =>
        (await files()).selectStreams(path, names, isSelected, context)
      );
  }
  return group;
}
