/**
 * `dstream validate`
 *
 * @module
 */

import { Command } from "@commander-js/extra-typings";
import type { Context } from "../context.ts";
import { ExitCode } from "../exit_code.ts";
import { jsonFlag } from "../flags.ts";
import type { Verdict } from "../../core/project/mod.ts";
import { openAnyProject } from "../project.ts";
import { countProblems, renderDiagnostics } from "../views/failure.ts";
import { plural } from "../views/units.ts";

const HELP = `
Reads and evaluates everything, finds every provider, checks the config blocks
of built-ins. Starts no provider; taps and targets of Singer are asked which
settings they have (--about).

Exit status: 0 valid (there may be warnings), 2 not.`;

/** Problems go to stderr, the verdict to stdout. */
export function define(context: Context) {
  return new Command("validate")
    .description("Check the configuration and report every problem.")
    .addOption(jsonFlag)
    .addHelpText("after", HELP)
    .action(async (options) => {
      const project = await openAnyProject(context);
      const verdict = await project.validate();
      context.exitCode = verdict.isValid ? ExitCode.ok : ExitCode.usage;
      if (options.json) return await context.printJson(toJson(verdict));
      await printVerdict(verdict, context);
    });
}

async function printVerdict(verdict: Verdict, context: Context) {
  const { diagnostics, isValid, files, tasks, blocks } = verdict;
  if (diagnostics.length > 0) {
    context.say(renderDiagnostics(diagnostics, context.paint));
  }
  if (!isValid) return;
  const warnings = diagnostics.length > 0
    ? `, ${countProblems(diagnostics)}`
    : "";
  await context.print(
    `✅ ${files.join(", ")} is valid: ${
      [plural(tasks.length, "task"), ...blocks].join(", ")
    }${warnings}`,
  );
}

function toJson({ isValid, files, tasks, diagnostics }: Verdict) {
  return {
    valid: isValid,
    files,
    tasks,
    diagnostics: diagnostics.map(({ severity, code, message, at, hint }) => ({
      severity,
      code,
      message,
      file: at?.file,
      line: at?.line,
      column: at?.column,
      width: at?.width,
      hint,
    })),
  };
}
