/**
 * The list of commands: the one place a new command joins.
 *
 * A command's file is imported when its name is on the command line, so that
 * starting costs the same however many there are.
 *
 * A file has the name of its command; it reads flags and hands on. Those of
 * `dstream provider` begin with `provider_` and are gathered in `provider.ts`; what
 * `ingester.ts`, `router.ts` and `server.ts` share is `server_command.ts`.
 *
 * @module
 */

import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import type { Context } from "../context.ts";

/** What a command's file exports. */
export interface CommandModule {
  /** @param words Of the command line: a group defines only what is named. */
  readonly define: (
    context: Context,
    words: ReadonlySet<string>,
  ) => CommandUnknownOpts | Promise<CommandUnknownOpts>;
}

/** One command as the help of `dstream` shows it. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  readonly group: "Pipelines:" | "Infrastructure:" | "Configuration:" | "Tool:";
  readonly isHidden?: boolean;
  readonly load: () => Promise<CommandModule>;
}

/** In the order help shows them. */
export const commandEntries: readonly CommandEntry[] = [
  {
    name: "run",
    summary: "run tasks until their data ends",
    group: "Pipelines:",
    load: () => import("./run.ts"),
  },
  {
    name: "ingester",
    summary: "bring the changes of SQL Server to the ingest queue",
    group: "Pipelines:",
    load: () => import("./ingester.ts"),
  },
  {
    name: "router",
    summary: "bring the ingest queue to the topics of the tables",
    group: "Pipelines:",
    load: () => import("./router.ts"),
  },
  {
    name: "server",
    summary: "run ingester and router in one process",
    group: "Pipelines:",
    load: () => import("./server.ts"),
  },
  {
    name: "singer",
    summary: "taps, targets, catalogs and states by hand, as dstreams",
    group: "Pipelines:",
    load: () => import("./singer.ts"),
  },
  {
    name: "ps",
    summary: "list the tasks running on this machine",
    group: "Pipelines:",
    load: () => import("./ps.ts"),
  },
  {
    name: "top",
    summary: "watch the tasks running on this machine",
    group: "Pipelines:",
    load: () => import("./top.ts"),
  },
  {
    name: "list",
    summary: "list the tasks of the configuration",
    group: "Pipelines:",
    load: () => import("./list.ts"),
  },
  {
    name: "show",
    summary: "show a task as evaluated, secrets hidden",
    group: "Pipelines:",
    load: () => import("./show.ts"),
  },
  {
    name: "preview",
    summary: "show what the transforms do to the next envelopes",
    group: "Pipelines:",
    load: () => import("./preview.ts"),
  },
  {
    name: "test",
    summary: "try tasks on given envelopes, without providers",
    group: "Pipelines:",
    load: () => import("./test.ts"),
  },
  {
    name: "state",
    summary: "show or change the places where inputs go on from",
    group: "Pipelines:",
    load: () => import("./state.ts"),
  },
  {
    name: "dead-letter",
    summary: "look at what outputs have rejected, and send it again",
    group: "Pipelines:",
    load: () => import("./dead_letter.ts"),
  },
  {
    name: "init",
    summary: "lock provider versions; create what a task's output needs",
    group: "Infrastructure:",
    load: () => import("./init.ts"),
  },
  {
    name: "plan",
    summary: "show what init would create or change",
    group: "Infrastructure:",
    load: () => import("./plan.ts"),
  },
  {
    name: "status",
    summary: "show the state of what init created",
    group: "Infrastructure:",
    load: () => import("./status.ts"),
  },
  {
    name: "destroy",
    summary: "remove what init created",
    group: "Infrastructure:",
    load: () => import("./destroy.ts"),
  },
  {
    name: "validate",
    summary: "check the configuration and report every problem",
    group: "Configuration:",
    load: () => import("./validate.ts"),
  },
  {
    name: "fmt",
    summary: "write configuration files in the one canonical form",
    group: "Configuration:",
    load: () => import("./fmt.ts"),
  },
  {
    name: "provider",
    summary: "list, inspect, pull, publish or run providers",
    group: "Tool:",
    load: () => import("./provider.ts"),
  },
  {
    name: "completions",
    summary: "print a completion script for your shell",
    group: "Tool:",
    load: () => import("./completions.ts"),
  },
  {
    name: "complete",
    summary: "answer a shell's completion request",
    group: "Tool:",
    isHidden: true,
    load: () => import("./complete.ts"),
  },
  {
    name: "version",
    summary: "print the version",
    group: "Tool:",
    load: () => import("./version.ts"),
  },
];
