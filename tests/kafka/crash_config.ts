/**
 * The tasks of a round, and the lines that go through them.
 *
 * @module
 */

import { range } from "../support/kafka/topic.ts";
import type { Kafka } from "../support/servers/kafka.ts";

export const TABLES = 8;
const KEYS = 50;
export const WINDOW_ENVELOPES = 2000;

const ALWAYS = `  restart {
    max_restarts  = 1000
    initial_delay = "50ms"
    max_delay     = "500ms"
  }
  delivery {
    window_envelopes = ${WINDOW_ENVELOPES}
  }
`;

/** A change of a table; `n` counts all, so that none is like another. */
export interface Row {
  readonly id: number;
  readonly n: number;
  readonly t: number;
}

/** An envelope that was read from a topic. */
export interface Arrived {
  readonly data: Row;
  readonly metadata: {
    readonly kafka: {
      readonly topic: string;
      readonly partition: number;
      readonly offset: number;
    };
  };
}

/** The lines number `from` to `to`. */
export function linesOf(from: number, to: number): string {
  const lines = range(to - from).map((step) => {
    const n = from + step;
    const t = n % TABLES;
    const data = {
      id: Math.floor(n / TABLES) % KEYS,
      n,
      t,
      text: "x".repeat(80),
    };
    const metadata = { table: `t${t}`, operation: "update", key: ["id"] };
    return `${JSON.stringify({ data, metadata })}\n`;
  });
  return lines.join("");
}

/** A topic of the writer, and what the readers of {@link copying} make of it. */
export function topicsOf(name: string, table: number): [string, string] {
  return [`${name}.t${table}`, `copy.${name}.t${table}`];
}

/** file → topics → two members of one group → a file each. */
export function toFiles({ bootstrap }: Kafka, name: string): string {
  const readers = ["one", "two"].map((task) =>
    taskOf(
      task,
      reading(bootstrap, `${name}\\\\.t.*`, name),
      writingFile(task),
    )
  );
  return [writer(bootstrap, name), ...readers].join("");
}

/**
 * file → topics → two members of one group → topics, in transactions → a file.
 * @param commit "input": as if there were no transactions.
 */
export function copying(
  { bootstrap }: Kafka,
  name: string,
  commit: "input" | "output" = "output",
): string {
  const readers = ["one", "two"].map((task) =>
    taskOf(
      task,
      reading(
        bootstrap,
        `${name}\\\\.t.*`,
        name,
        `      commit          = "${commit}"\n`,
      ),
      `  output {
    provider = "kafka"
    config {
      bootstrap_servers = "${bootstrap}"
      topic             = "copy.{metadata.table}"
      key               = "{metadata.kafka.key}"
      transactions      = true
      transactional_id  = "${name}-${task}"
    }
  }
`,
    )
  );
  const check = taskOf(
    "check",
    reading(bootstrap, `copy\\\\.${name}\\\\.t.*`, `${name}-check`),
    writingFile("check"),
  );
  return [writer(bootstrap, name), ...readers, check].join("");
}

function writer(bootstrap: string, name: string): string {
  return taskOf(
    "write",
    `  input {
    provider = "file"
    config {
      path   = "source.jsonl"
      format = "envelopes"
      follow = true
    }
  }
`,
    `  output {
    provider = "kafka"
    config {
      bootstrap_servers = "${bootstrap}"
      topic_prefix      = "${name}"
    }
  }
`,
  );
}

function reading(
  bootstrap: string,
  pattern: string,
  group: string,
  more = "",
): string {
  return `  input {
    provider = "kafka"
    config {
      bootstrap_servers = "${bootstrap}"
      topic_pattern     = "${pattern}"
      group             = "${group}"
      session_timeout   = "6s"
${more}    }
  }
`;
}

function writingFile(task: string): string {
  return `  output {
    provider = "file"
    config {
      path   = "${task}.jsonl"
      format = "envelopes"
    }
  }
`;
}

function taskOf(task: string, input: string, output: string): string {
  return `task "${task}" {\n${input}${output}${ALWAYS}}\n`;
}
