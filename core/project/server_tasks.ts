/**
 * The tasks that the root blocks `ingester` and `publisher` become.
 *
 * Reading these blocks is a matter of `providers/ingester`, which comes in as a
 * value (`World.readServerTasks`).
 *
 * @module
 */

import type { Configuration, Task } from "../config/task.ts";
import { type Diagnostic, DstreamError } from "../base/errors.ts";

/** Their names, in the order they are started. */
export const SERVER_TASKS = ["ingester", "router"] as const;

/** One of them. */
export type ServerTaskName = typeof SERVER_TASKS[number];

/** What the root blocks become. */
export interface ServerTasks {
  readonly ingester?: Task;
  /** Absent where there is nothing to route: the queue is a hub or the console. */
  readonly router?: Task;
  readonly problems: readonly Diagnostic[];
}

/** Whether a name is that of one of them. */
export function isServerTaskName(name: string): name is ServerTaskName {
  return (SERVER_TASKS as readonly string[]).includes(name);
}

/** Those there are, in the order they are started. */
export function tasksOf({ ingester, router }: ServerTasks): Task[] {
  return [ingester, router].filter((task) => task !== undefined);
}

/** @throws {DstreamError} There is no such block, or nothing to route. */
export function requireServerTask(
  name: ServerTaskName,
  server: ServerTasks,
  configuration: Configuration,
): Task {
  const task = server[name];
  if (task !== undefined) return task;
  if (server.ingester === undefined) {
    throw new DstreamError(
      "config.block_missing",
      `there is no ingester block in ${configuration.files.join(", ")}`,
      { hint: "docs/ingester.md shows one" },
    );
  }
  throw new DstreamError(
    "config.nothing_to_route",
    "there is nothing to route: the ingester's queue is none of Service Bus",
    {
      at: server.ingester.outputs[0].sourceAt,
      hint: "`dstream ingester` alone does what this configuration says",
    },
  );
}
