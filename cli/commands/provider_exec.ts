/**
 * `dstream provider exec`: a built-in, speaking the protocol.
 *
 * `dstream run` starts built-ins with exactly these words, and main.ts answers
 * them before any of this is loaded. Only a command line with flags before
 * `provider` comes here.
 *
 * @module
 */

import { Command } from "@commander-js/extra-typings";
import { DstreamError } from "../../core/base/errors.ts";
import { findBuiltIn } from "../../core/install/built_in_names.ts";
import type { Context } from "../context.ts";

const HELP = `
It reads its start line, or just its configuration, from stdin. Arguments after
the name go to the provider: "spec", "--help" and "--version".

Examples:
  echo '{"interval": 10, "max_count": 3}' | dstream provider exec counter
  dstream provider exec console spec
  dstream provider exec --module dist/in-orders.mjs spec`;

/** Everything after the name belongs to the provider. */
export function defineExec(context: Context) {
  return new Command("exec")
    .summary("run a built-in provider by hand")
    .description("Run a built-in provider, or a module, on stdin and stdout.")
    .argument("[name]", "as `dstream provider list` shows it")
    .argument("[args...]", "for the provider")
    .option("--module <file>", "instead of a name: a provider's module")
    .passThroughOptions()
    .addHelpText("after", HELP)
    .action(async (name, args, { module }) => {
      if (module !== undefined) throw noModule(module);
      if (name === undefined) throw noName();
      const builtIn = findBuiltIn(name, context.deps.builtIns);
      const provider = await builtIn.load();
      context.exitCode = await provider.serve(args);
    });
}

/** One that is there is run by main.ts, before anything of this is loaded. */
function noModule(path: string): DstreamError {
  return new DstreamError("module.missing", `there is no file "${path}"`, {
    isUsage: true,
    hint: "dstream provider exec --module FILE [ARGS…]: FILE comes first",
  });
}

function noName(): DstreamError {
  return new DstreamError("usage.argument_missing", "exec needs a name", {
    isUsage: true,
    hint: "`dstream provider list` shows all",
  });
}
