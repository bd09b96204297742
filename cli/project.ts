/**
 * From the shared flags to an opened project.
 *
 * @module
 */

import * as core from "../core/project/mod.ts";
import type { Context } from "./context.ts";
import type { CliDeps } from "./deps.ts";
import { hasColours } from "./terminal/colour.ts";

const DEFAULT_PATH = "dstream.hcl";
/** `-c -` reads the configuration from stdin. */
const STDIN = "-";

/** What a command wants to be different. */
export interface OpenWishes {
  /** Evaluate only these. */
  readonly tasks?: readonly string[] | undefined;
  /** The root blocks `ingester` and `publisher` too. */
  readonly hasServerBlocks?: boolean;
  /** Values of `variable` blocks; stronger than `--var`. */
  readonly variables?: Readonly<Record<string, string>> | undefined;
  /** Environment variables; stronger than the process's own. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** For commands that only look: an unset variable must not stop them. */
  readonly allowMissingEnv?: boolean;
}

/** The configuration's path as the user would name it. */
export function configPath({ flags, deps }: Context): string {
  return flags.config ?? (deps.env.DSTREAM_CONFIG || DEFAULT_PATH);
}

/** @throws {DiagnosticsError | DstreamError} What is wrong with the files. */
export async function openProject(
  context: Context,
  wishes: OpenWishes = {},
): Promise<core.Project> {
  const project = await openAnyProject(context, wishes);
  void project.configuration;
  return project;
}

/** The same for who wants to know all that is wrong. */
export async function openAnyProject(
  context: Context,
  wishes: OpenWishes = {},
): Promise<core.Project> {
  const { deps, flags } = context;
  const path = configPath(context);
  const isStdin = path === STDIN;
  return await core.openProject({
    path: isStdin ? "<stdin>" : path,
    text: isStdin ? await deps.stdin.readAll() : undefined,
    variables: wishes.variables === undefined
      ? flags.var
      : { ...flags.var, ...wishes.variables },
    variableFiles: flags.varFile,
    envFiles: flags.envFile,
    allowMissingEnv: wishes.allowMissingEnv ?? flags.allowMissingEnv,
    tasks: wishes.tasks,
    hasServerBlocks: wishes.hasServerBlocks,
    // A wrong variable is an error only where providers are started.
    get logLevel() {
      return context.log().level;
    },
    get hasColours() {
      return hasColours(deps.stdout, deps.env);
    },
    onRemark: ({ level, code, message }) => context.note(code, message, level),
  }, wishes.env === undefined ? deps : withEnv(deps, wishes.env));
}

function withEnv(
  deps: CliDeps,
  env: Readonly<Record<string, string>>,
): CliDeps {
  return { ...deps, env: { ...deps.env, ...env } };
}
