#!/usr/bin/env node
// An input for dstream: counts, and goes on where it was.
import { main, pause, stop } from "./protocol.mjs";

const spec = {
  name: "my-provider",
  version: "0.1.0",
  role: "input",
  description: "Counts, and sends each number with its square",
  protocol: { version: 2 },
  features: ["state"],
  commands: [],
  config: {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    type: "object",
    additionalProperties: false,
    properties: {
      max_count: {
        type: "integer",
        minimum: 0,
        default: 0,
        description: "Ends after so many envelopes; 0 goes on",
        examples: [100],
      },
      interval_ms: {
        type: "integer",
        minimum: 0,
        default: 0,
        description: "Pause between two envelopes, in milliseconds",
        examples: [1000],
      },
    },
  },
  examples: [{ max_count: 100 }],
};

/** Yields envelopes, each with what to go on from behind it. */
async function* read({ max_count = 0, interval_ms = 0 }, resume) {
  let n = resume?.next ?? 1;
  for (; !stop.aborted && (max_count === 0 || n <= max_count); n++) {
    yield [{ data: { n, square: n * n }, metadata: { seq: n } }, {
      next: n + 1,
    }];
    if (interval_ms > 0) await pause(interval_ms);
  }
}

await main(spec, read);
