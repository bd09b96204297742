/**
 * What commander says about a wrong command line, in our own words and codes.
 *
 * @module
 */

import type { CommanderError } from "commander";
import { DstreamError, type ErrorCode } from "../core/base/errors.ts";

/** How one kind of mistake is recognised and what is said about it. */
interface Wording {
  readonly code: ErrorCode;
  readonly pattern: RegExp;
  readonly message: string;
  /** Instead of pointing at the help. */
  readonly hint?: string;
}

const WORDINGS: Readonly<Record<string, Wording>> = {
  "commander.unknownCommand": {
    code: "usage.command_unknown",
    pattern: /unknown command '(.*)'/,
    message: 'there is no command "$1"',
  },
  "commander.unknownOption": {
    code: "usage.flag_unknown",
    pattern: /unknown option '(.*)'/,
    message: 'there is no flag "$1" here',
  },
  "commander.missingArgument": {
    code: "usage.argument_missing",
    pattern: /missing required argument '(.*)'/,
    message: "<$1> is missing",
  },
  "commander.optionMissingArgument": {
    code: "usage.flag_value_missing",
    pattern: /option '(?:-\w, )?(\S+) (.*)' argument missing/,
    message: "$1 needs a value: $1 $2",
  },
  "commander.invalidArgument": {
    code: "usage.argument_invalid",
    pattern:
      /value '(.*)' is invalid for argument '(.*)'\. Allowed choices are (.*)\./,
    message: 'there is no $2 "$1"',
    hint: "choose from $3",
  },
  "commander.excessArguments": {
    code: "usage.too_many_arguments",
    pattern: /too many arguments.* Expected (\d+) .* got (\d+)/,
    message: "too many arguments: expected $1, got $2",
  },
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
  const [said, suggestion = ""] = error.message.replace(/^error: /, "")
    .split("\n");
  const wording = WORDINGS[error.code];
  const match = wording?.pattern.exec(said);
  if (wording === undefined || !match) {
    return new DstreamError("usage.invalid", said, { isUsage: true });
  }
  const fill = (text: string) =>
    text.replaceAll(/\$(\d)/g, (_, group) => match[Number(group)]);
  const near = /Did you mean (?:one of )?(.*)\?\)/.exec(suggestion)?.[1];
  const help = wording.hint ?? `\`${command} --help\` shows what there is`;
  const hint = near ? `did you mean "${near}"? ${help}` : help;
  return new DstreamError(wording.code, fill(wording.message), {
    isUsage: true,
    hint: fill(hint),
  });
}
