/**
 * The catalog a tap is started with, and the flag it wants it by.
 *
 * @module
 */

import { ConfigError, FinalError } from "@dstream/sdk";
import { askProgram } from "../ask_program.ts";
import type { TapSetup } from "./tap_setup.ts";
import { selectStreams } from "./catalog.ts";

/** A tap with many tables takes its time. */
const DISCOVER_MS = 10 * 60_000;
const HELP_MS = 60_000;

/** How a catalog is handed over, as arguments. */
export interface TapCatalog {
  readonly args: readonly string[];
}

/**
 * @returns No arguments for a tap that knows no catalogs.
 * @throws {ConfigError} for a selection that can't be, with its place.
 */
export async function prepareCatalog(setup: TapSetup): Promise<TapCatalog> {
  const { config, context, folder } = setup;
  const { select, replication } = config;
  const help = await helpOf(setup);
  const text = config.catalog === undefined
    ? await discover(setup, help)
    : await readCatalog(config.catalog);
  if (text === undefined) return { args: [] };
  const { log } = context;
  const selected = selectStreams(text, { select, replication });
  for (const warning of selected.warnings) log.warn(warning);
  log.info(`selected: ${selected.streams.join(", ")}`);
  const path = await folder.write("catalog.json", selected.text);
  const flag = knows(help, "--catalog") || !knows(help, "--properties")
    ? "--catalog"
    : "--properties";
  return { args: [flag, path] };
}

async function helpOf(setup: TapSetup): Promise<string> {
  const args = ["--help"];
  const quiet = { debug() {}, info() {}, warn() {}, error() {} };
  const question = { ...setup.question, args, log: quiet, timeoutMs: HELP_MS };
  return (await askProgram(question)).text;
}

/** A help that says nothing of flags hides them; then the usual ones are tried. */
function knows(help: string, flag: string): boolean {
  return help.includes(flag);
}

/** @returns `undefined` of a tap that has no catalog to tell of. */
async function discover(
  setup: TapSetup,
  help: string,
): Promise<string | undefined> {
  const { config, context } = setup;
  const isUnknown = help.includes("--config") && !knows(help, "--discover");
  if (isUnknown) return withoutDiscovery(setup);
  context.progress("asking the tap for its catalog");
  const args = [...await setup.configArgs(), ...config.args, "--discover"];
  const question = { ...setup.question, args, timeoutMs: DISCOVER_MS };
  const { isSuccess, text, end } = await askProgram(question);
  if (isSuccess && text.trim() !== "") return text;
  if (context.signal.aborted) return undefined;
  throw new FinalError(
    "singer.discover_failed",
    isSuccess
      ? "the tap's catalog is empty"
      : `no catalog from the tap: ${end}`,
    { key: "tap" },
  );
}

function withoutDiscovery({ config }: TapSetup): undefined {
  for (const key of ["select", "replication"] as const) {
    if (config[key] === undefined) continue;
    throw new ConfigError(
      key,
      `${key} needs a catalog, and this tap has no --discover`,
      "name one in catalog",
    );
  }
}

async function readCatalog(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    const why = error instanceof Deno.errors.NotFound
      ? "there is no such file"
      : error instanceof Error
      ? error.message
      : String(error);
    throw new ConfigError(
      "catalog",
      `cannot read the catalog "${path}": ${why}`,
    );
  }
}
