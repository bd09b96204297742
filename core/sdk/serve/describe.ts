/**
 * What a provider says about itself: `spec`, `--help`, `--version`.
 *
 * @module
 */

import { didYouMean } from "../../base/nearest.ts";
import type { Fields } from "../config/mod.ts";
import { configRows } from "../config/table.ts";
import type { Definition } from "../define.ts";
import type { Logger, ProviderSpec } from "../provider.ts";
import type { Stdout } from "./stdout.ts";

const ARGUMENTS = ["spec", "--help", "--version"] as const;

/** @returns The exit status: 2 for an argument that doesn't exist. */
export async function describe<F extends Fields>(
  definition: Definition<F>,
  spec: () => ProviderSpec,
  args: readonly string[],
  { stdout, log }: { readonly stdout: Stdout; readonly log: Logger },
): Promise<number> {
  switch (args[0]) {
    case "spec":
      await stdout.write(`${JSON.stringify(spec(), null, 2)}\n`);
      return 0;
    case "-h":
    case "help":
    case "--help":
      await stdout.write(helpText(definition, spec()));
      return 0;
    case "-V":
    case "version":
    case "--version":
      await stdout.write(`${spec().name} ${spec().version}\n`);
      return 0;
    default:
      log.error(`unknown argument "${args[0]}"`, {
        hint: didYouMean(args[0], ARGUMENTS, `known: ${ARGUMENTS.join(", ")}`),
      });
      return 2;
  }
}

function helpText<F extends Fields>(
  { role, of }: Definition<F>,
  spec: ProviderSpec,
): string {
  const example = JSON.stringify(of.examples?.[0] ?? {});
  const rest = role === "input" ? "" : "; envelopes follow";
  return `${spec.name} ${spec.version}: ${of.summary}

A dstream ${role} provider. The first line on its stdin is its config as JSON${rest}.

    echo '${example}' | ${spec.name}

Config keys:
${keysText(of.config)}
Arguments:
    spec        print a JSON description of this provider
    --help      print this page
    --version   print the version
`;
}

function keysText(fields: Fields): string {
  const rows = configRows(fields);
  if (rows.length === 0) return "    (none)\n";
  return rows.map(({ key, type, default: value, doc }) => {
    const more = value === "" || value === "required"
      ? value
      : `default ${value}`;
    return `    ${key}: ${[type, more].filter(Boolean).join(", ")}\n` +
      `        ${doc}\n`;
  }).join("");
}
