/**
 * Shows what a task's transforms do to its next envelopes, until a signal or the
 * time is over.
 *
 * @module
 */

import type { PullPolicy } from "../../core/install/install_options.ts";
import type {
  PreviewedEnvelope,
  PreviewedSchema,
} from "../../core/project/mod.ts";
import type { Context } from "../context.ts";
import { openProject } from "../project.ts";
import { interruptSignal } from "../terminal/signals.ts";
import { openView } from "../views/mod.ts";
import { installing } from "./installing.ts";

/** How much of it. */
export interface PreviewFlags {
  /** For each input. */
  readonly maxEnvelopes: number | undefined;
  readonly timeoutMs: number | undefined;
  readonly pull: PullPolicy | undefined;
  /** As if it had never run. */
  readonly isFromStart: boolean;
  readonly show: (previewed: Previewed) => Promise<void>;
}

/** An envelope, or a schema that those behind it have. */
export type Previewed = PreviewedEnvelope | PreviewedSchema;

/** @returns How many envelopes were shown. */
export async function preview(
  name: string,
  { maxEnvelopes, timeoutMs, pull, isFromStart, show }: PreviewFlags,
  context: Context,
): Promise<number> {
  const project = await openProject(context, { tasks: [name] });
  const task = project.task(name);
  {
    using wishes = await installing([task], pull, context);
    await project.install(task, wishes);
  }
  using ends = new DisposableStack();
  const interrupt = ends.use(interruptSignal(context));
  const view = ends.use(openView(context, false)).task(name);
  const over = new AbortController();
  ends.defer(() => over.abort());
  if (timeoutMs !== undefined) {
    const { clock } = context.deps;
    clock.sleep(timeoutMs, over.signal).then(() => over.abort(), () => {});
  }
  const schemas: PreviewedSchema[] = [];
  const envelopes = project.preview(name, {
    maxEnvelopes,
    isFromStart,
    isInstalled: true,
    onEvent: (event) => view.onEvent(event),
    onSchema: (schema) => schemas.push(schema),
    isTerminal: context.deps.stdout.isTerminal,
    signal: AbortSignal.any([interrupt.signal, over.signal]),
  });
  let count = 0;
  for await (const envelope of envelopes) {
    count++;
    for (const schema of schemas.splice(0)) await show(schema);
    await show(envelope);
  }
  for (const schema of schemas) await show(schema);
  return count;
}
