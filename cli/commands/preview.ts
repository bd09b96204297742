/**
 * `dstream preview TASK`
 *
 * @module
 */

import { Command } from "@commander-js/extra-typings";
import type { Context } from "../context.ts";
import { jsonFlag, maxFlag, pullFlag, timeoutFlag } from "../flags.ts";
import { preview } from "../tasks/preview.ts";
import { formatPreview, formatPreviewJson } from "../views/preview.ts";

const HELP = `
Runs the input and the transforms, and nothing else: nothing is delivered, and
the input is told nothing, so that the next run begins where this one did. (An
input of protocol version 1 keeps its place by itself, and may move it.)

It begins where the next run would; --from-start where a first run would.

Lines with - are how the envelope came, lines with + how it would be delivered.
With --json there is one JSON object on a line for each envelope.

Examples:
  dstream preview my-pipeline
  dstream preview my-pipeline --max 100 --json`;

/** Prints while it reads. */
export function define(context: Context) {
  return new Command("preview")
    .description("Show what the transforms do to the next envelopes.")
    .argument("<task>", "name of a task")
    .addOption(maxFlag)
    .addOption(timeoutFlag)
    .addOption(pullFlag)
    .option(
      "--from-start",
      "begin where a first run would, whatever was read before",
    )
    .addOption(jsonFlag)
    .addHelpText("after", HELP)
    .action(async (name, options) => {
      const count = await preview(name, {
        maxEnvelopes: options.max,
        timeoutMs: options.timeout,
        pull: options.pull,
        isFromStart: options.fromStart === true,
        show: (envelope) =>
          context.print(
            options.json
              ? formatPreviewJson(envelope)
              : formatPreview(envelope, context.paintStdout),
          ),
      }, context);
      if (count === 0) context.say(nothingSeen(options.fromStart === true));
    });
}

/** After a finished run there is often nothing: that is no riddle then. */
function nothingSeen(isFromStart: boolean): string {
  return isFromStart
    ? "the input has no envelope"
    : "the input has no envelope that was not read before\n" +
      "  hint: --from-start shows those of a first run";
}
