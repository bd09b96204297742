/**
 * Completion for shells: commands and flags from the program itself, names of
 * tasks and providers from where they are declared.
 *
 * @module
 */

import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { type Complete, RootCommand } from "@bomb.sh/tab";
import { fullName, shortName } from "../core/install/built_in_names.ts";
import { openProject } from "./project.ts";
import type { Context } from "./context.ts";
import { LOG_LEVELS } from "./flags.ts";

/**
 * The library's script for bash needs the bash-completion package, which macOS
 * has not, and evaluates what was typed; this one does neither. Where nothing
 * fits, bash offers files.
 */
const bashScript = (name: string) =>
  `# bash completion for ${name}
_${name}_complete() {
    local candidate
    COMPREPLY=()
    while IFS=$'\\t' read -r candidate _; do
        [[ -z $candidate || $candidate == :* ]] || COMPREPLY+=("$candidate")
    done < <(${name} complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _${name}_complete ${name}
`;

/** `compdef` is there only after `compinit`, which a plain zsh does not run. */
const ZSH_NEEDS =
  `(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
`;

/** After these a path is typed. */
const PATH_FLAGS = ["-c", "--config", "--var-file", "--env-file"];
/** The same of `dstreams`. */
const SINGER_PATH_FLAGS = [
  ...PATH_FLAGS,
  "--catalog",
  "--state",
  "--tap-config",
  "--target-config",
  "-o",
  "--output",
  "-i",
  "--input",
];
/** Arguments that are paths. */
const PATH_ARGUMENTS = new Set(["state_file", "catalog_file", "file"]);

/** The names the program has. */
export const NAMES = ["dstream", "dstreams"] as const;

/**
 * @param shell bash, zsh, fish or powershell.
 * @param names Which names are completed.
 */
export function completionScript(
  shell: string,
  names: readonly string[] = NAMES,
): string {
  return names.map((name) => scriptOf(shell, name)).join("");
}

function scriptOf(shell: string, name: string): string {
  if (shell === "bash") return bashScript(name);
  const script = capture(() => new RootCommand().setup(name, name, shell));
  // The first line is for who keeps the script in a folder of zsh's own.
  return shell === "zsh" ? script.replace("\n", `\n${ZSH_NEEDS}`) : script;
}

/**
 * @param program With every command defined.
 * @param words After `dstream`; the last one is being typed.
 */
export async function completeWords(
  program: CommandUnknownOpts,
  words: readonly string[],
  context: Context,
): Promise<string> {
  const rest = takeConfig(words, context);
  const root = new RootCommand();
  const handlers = {
    task: offer(await taskNames(context)),
    streams: offer(await streamNames(words, context)),
    name: offer(providerNames(context)),
    reference: offer(await pulledReferences(context)),
  };
  addAll(program, "", root, handlers);
  const answer = capture(() => root.parse(rest));
  return expectsPath(words, program) ? LET_SHELL_OFFER_FILES : answer;
}

/**
 * `-c` among the words names the file whose tasks are meant. The library doesn't know
 * that it may stand before a command, so it is taken out.
 */
function takeConfig(words: readonly string[], context: Context): string[] {
  const rest: string[] = [];
  const last = words.length - 1;
  for (let i = 0; i <= last; i++) {
    const isFlag = words[i] === "-c" || words[i] === "--config";
    const isPair = isFlag && i + 1 < last;
    const config = i === last
      ? undefined
      : isPair
      ? words[++i]
      : /^(?:--config=|-c)(.+)$/.exec(words[i])?.[1];
    if (config === undefined) rest.push(words[i]);
    else context.flags = { ...context.flags, config };
  }
  return rest;
}

/** The directive that leaves a word to the shell. */
const LET_SHELL_OFFER_FILES = ":0\n";

function expectsPath(
  words: readonly string[],
  program: CommandUnknownOpts,
): boolean {
  const isFlag = words.at(-1)?.startsWith("-") ?? false;
  const before = words.at(-2) ?? "";
  const isSinger = words[0] === "singer" || program.name() === "dstreams";
  if (isSinger) {
    return SINGER_PATH_FLAGS.includes(before) ||
      !isFlag && PATH_ARGUMENTS.has(argumentNow(words, program) ?? "");
  }
  return PATH_FLAGS.includes(before) || (words[0] === "fmt" && !isFlag);
}

/** Which argument of its command the last word is. */
function argumentNow(
  words: readonly string[],
  program: CommandUnknownOpts,
): string | undefined {
  let command = program;
  let count = 0;
  for (const word of words.slice(0, -1)) {
    const child = command.commands.find((one) => one.name() === word);
    if (child === undefined) count++;
    else command = child;
  }
  return command.registeredArguments[count]?.name();
}

/** Names what may stand here; the library picks those that match. */
type Offer = (complete: Complete) => void;

type Handlers = Readonly<Record<string, Offer | undefined>>;

function addAll(
  command: CommandUnknownOpts,
  path: string,
  root: RootCommand,
  handlers: Handlers,
): void {
  const target = path === "" ? root : root.command(path, command.description());
  // Shared flags work after every command, so each command offers them.
  const shared = path === "" ? [] : rootOf(command).options;
  for (const option of [...command.options, ...shared]) {
    const long = option.long?.replace(/^--/, "");
    if (long === undefined) continue;
    const alias = option.short?.replace(/^-/, "");
    const takesValue = option.required || option.optional;
    if (takesValue) {
      target.option(long, option.description, valuesOf(long), alias);
    } else if (alias !== undefined) {
      target.option(long, option.description, alias);
    } else target.option(long, option.description);
  }
  for (const argument of command.registeredArguments) {
    const handler = argument.argChoices === undefined
      ? handlers[argument.name()]
      : offer(argument.argChoices);
    target.argument(argument.name(), handler, argument.variadic);
  }
  for (const child of command.createHelp().visibleCommands(command)) {
    addAll(child, `${path} ${child.name()}`.trim(), root, handlers);
  }
}

function rootOf(command: CommandUnknownOpts): CommandUnknownOpts {
  return command.parent === null ? command : rootOf(command.parent);
}

function valuesOf(flag: string): Offer {
  if (flag === "log-level") return offer(LOG_LEVELS);
  if (flag === "log-format") return offer(["text", "json"]);
  if (flag === "pull") return offer(["missing", "always", "never"]);
  return () => {};
}

function offer(values: readonly string[]): Offer {
  return (complete) => {
    for (const value of values) complete(value, "");
  };
}

/** Of the catalog among the words: `catalog select FILE`. */
async function streamNames(
  words: readonly string[],
  { deps: { cwd } }: Context,
): Promise<readonly string[]> {
  const at = words.findIndex((word) => /^(de)?select$/.test(word));
  const path = words[at + 1];
  if (at < 1 || path === undefined || at + 2 >= words.length) return [];
  try {
    const { requireJsonFile } = await import("./singer/json_file.ts");
    const { CatalogFile } = await import("./singer/catalog_file.ts");
    const file = await requireJsonFile(path, "the catalog", cwd);
    return new CatalogFile(file).streams.map(({ name }) => name);
  } catch {
    return [];
  }
}

async function taskNames(context: Context): Promise<readonly string[]> {
  try {
    const wishes = { tasks: [], allowMissingEnv: true };
    return (await openProject(context, wishes)).taskNames;
  } catch {
    return [];
  }
}

function providerNames({ deps: { builtIns } }: Context): string[] {
  return builtIns.map((b) => shortName(b, builtIns)).concat(
    builtIns.map(fullName),
  );
}

async function pulledReferences({ deps: { env } }: Context) {
  try {
    const { cacheFolder } = await import("../core/install/cache_folder.ts");
    const { listRecords } = await import("../core/install/artifact_record.ts");
    const records = await listRecords(cacheFolder(env));
    return records.map(({ reference }) => reference);
  } catch {
    return [];
  }
}

/** The library prints with console.log; here its text is wanted. */
function capture(action: () => void): string {
  const lines: string[] = [];
  const original = console.log;
  console.log = (...words: unknown[]) => lines.push(words.join(" "));
  try {
    action();
  } finally {
    console.log = original;
  }
  return lines.map((line) => `${line}\n`).join("");
}
