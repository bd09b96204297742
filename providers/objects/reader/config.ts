/**
 * The keys that all inputs from object stores share: which objects, in which order,
 * what is in them and what becomes of them.
 *
 * @module
 */

import {
  boolean,
  type Config,
  type ConfigProblem,
  duration,
  type Feature,
  oneOf,
  string,
} from "@dstream/sdk";
import { checkRecordKeys, recordKeys } from "../../formats/reading/mod.ts";

/** The keys. */
export const readerFields = {
  prefix: string({
    doc: "What names of objects begin with",
    default: "",
    minLength: 0,
    example: "events/",
  }),
  suffix: string({
    doc: "What they end with; others are passed over",
    optional: true,
    example: ".jsonl.gz",
  }),
  ...recordKeys("rows"),
  order: oneOf(["key", "time"], {
    doc: "key: by name, for names that grow (dates, positions); time: by the " +
      "time they were stored, for all others",
    default: "key",
  }),
  follow: boolean({
    doc: "Whether to look for new objects for ever",
    default: false,
  }),
  pollInterval: duration({
    doc: "Between two looks",
    default: "30s",
    min: 10,
  }),
  onDone: oneOf(["keep", "delete", "move"], {
    doc: "What becomes of an object when all in it is delivered",
    default: "keep",
  }),
  moveTo: string({
    doc: "move: what stands for prefix in the new name",
    optional: true,
    example: "done/",
  }),
  retryTimeout: duration({
    doc: "How long a request is tried again, before the input is started anew",
    default: "5m",
  }),
};

/** The values of these keys. */
export type ReaderConfig = Config<typeof readerFields>;

/** Mistakes that no single key can see. */
export function* checkReader(values: ReaderConfig): Generator<ConfigProblem> {
  const { onDone, moveTo, prefix } = values;
  yield* checkRecordKeys(values, values.format);
  if (onDone === "move" && moveTo === undefined) {
    yield {
      path: "config.on_done",
      message: 'on_done = "move" needs move_to',
    };
  }
  if (moveTo === undefined) return;
  if (onDone !== "move") {
    yield {
      path: "config.move_to",
      message: 'move_to needs on_done = "move"',
    };
  } else if (moveTo.startsWith(prefix)) {
    yield {
      path: "config.move_to",
      message: "move_to must not lie below prefix: what is there is read again",
    };
  }
}

interface WhenDone {
  readonly onDone: "keep" | "delete" | "move";
}

/** What all of these inputs say of themselves. */
export const readerTraits = {
  features: ["state", "ack", "schema"],
  uses: ({ onDone }: WhenDone): readonly Feature[] =>
    onDone === "keep" ? ["state", "schema"] : ["state", "ack", "schema"],
  // What is deleted or moved must be known to be delivered.
  needs: ({ onDone }: WhenDone): readonly Feature[] =>
    onDone === "keep" ? [] : ["state", "ack"],
} as const;
