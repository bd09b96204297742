/**
 * What commander says about a wrong command line, in our own words and codes.
 *
 * @module
 */

import type { CommanderError } from "commander";
import { DstreamError, type ErrorCode } from "../core/errors.ts";

const CODES: Readonly<Record<string, ErrorCode>> = {
  "commander.unknownCommand": "usage.command_unknown",
  "commander.unknownOption": "usage.flag_unknown",
  "commander.missingArgument": "usage.argument_missing",
  "commander.optionMissingArgument": "usage.flag_value_missing",
  "commander.invalidArgument": "usage.argument_invalid",
  "commander.excessArguments": "usage.too_many_arguments",
  "commander.conflictingOption": "usage.flags_conflict",
};

/** Help and version end a command line too, without being a failure. */
export function isHelp(error: CommanderError): boolean {
  return error.code === "commander.helpDisplayed" ||
    error.code === "commander.version" ||
    (error.code === "commander.help" && error.exitCode === 0);
}

/** `dstream` or `dstream provider` alone: the help was shown on stderr. */
export function isHelpForNothing(error: CommanderError): boolean {
  return error.code === "commander.help";
}

/** @param command The command the user was at: "dstream run". */
export function toUsageError(
  error: CommanderError,
  command: string,
): DstreamError {
  const [first, suggestion] = error.message
    .replace(/^error: /, "")
    .replaceAll(/'([^']*)'/g, '"$1"')
    .split("\n");
  const near = /Did you mean (?:one of )?(.*)\?\)/.exec(suggestion ?? "")?.[1];
  const help = `\`${command} --help\` shows what there is`;
  return new DstreamError(
    CODES[error.code] ?? "usage.invalid",
    first.replace(/\.$/, ""),
    { isUsage: true, hint: near ? `did you mean "${near}"? ${help}` : help },
  );
}
