/**
 * `dstream dead-letter replay`: sends a task's dead letters again and tells what
 * became of them.
 *
 * @module
 */

import type { Replayed } from "../../core/project/mod.ts";
import type { Context } from "../context.ts";
import { ExitCode, exitCodeOfOutcome } from "../exit_code.ts";
import { openProject } from "../project.ts";
import { stopOnSignals } from "../terminal/signals.ts";
import { openView } from "../views/mod.ts";
import { listenerOf } from "../views/run_listener.ts";
import { formatCount, plural } from "../views/units.ts";
import { installing } from "./installing.ts";

/**
 * @param max Only so many letters.
 * @returns The exit status.
 */
export async function replay(
  name: string,
  max: number | undefined,
  context: Context,
): Promise<number> {
  const project = await openProject(context, { tasks: [name] });
  const tasks = [project.task(name)];
  using install = await installing(tasks, undefined, context);
  using ends = new DisposableStack();
  const { stop } = ends.use(stopOnSignals(context));
  const view = ends.use(openView(context, false));
  const result = await project.deadLetters.replay(name, {
    ...install,
    max,
    onEvent: listenerOf(view, false),
    userOutput: (isAlone) => context.screen.userOutput(isAlone),
    isTerminal: context.deps.stdout.isTerminal,
    stop,
  });
  return tell(name, result, max, context);
}

function tell(
  name: string,
  { delivered, rejected, kept, failure }: Replayed,
  max: number | undefined,
  context: Context,
): number {
  const again = rejected === 0
    ? ""
    : `, ${formatCount(rejected)} rejected again`;
  const done = `${
    plural(delivered, "dead letter")
  } of task "${name}" delivered`;
  const rest = kept === 0 ? "" : `, ${formatCount(kept)} not sent`;
  if (failure !== undefined) {
    context.say(`  ${done}${again}${rest}`);
    return exitCodeOfOutcome(failure) || ExitCode.failed;
  }
  if (delivered + rejected + kept === 0) {
    context.say(`task "${name}" has no dead letters`);
    return ExitCode.ok;
  }
  const isWhole = rejected + kept === 0;
  const isMeant = kept === 0 || max !== undefined;
  context.say(`${isMeant ? "✅" : "❌"} ${done}${again}${rest}`);
  if (!isMeant) {
    context.say(
      "  hint: those are no dead letters, or of an output the task has no more; " +
        "`dstream dead-letter list` shows them",
    );
  }
  if (isWhole) return ExitCode.ok;
  return isMeant ? ExitCode.lettersLeft : ExitCode.failed;
}
