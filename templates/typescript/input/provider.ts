/** An input for dstream: counts, and goes on where it was. */
import {
  type Config,
  defineInput,
  type Input,
  type InputContext,
  integer,
  type Json,
  runAsMain,
} from "@dstream/sdk";

const keys = {
  maxCount: integer({
    default: 0,
    min: 0,
    example: 100,
    doc: "Ends after so many envelopes; 0 goes on",
  }),
  intervalMs: integer({
    default: 0,
    min: 0,
    example: 1000,
    doc: "Pause between two envelopes, in milliseconds",
  }),
};

class Counter implements Input {
  constructor(readonly config: Config<typeof keys>) {}

  /** Batches of envelopes, each with what to go on from behind it. */
  async *read(resume: Json | undefined, { signal, sleep }: InputContext) {
    const { maxCount, intervalMs } = this.config;
    let n = Number(resume ?? 0);
    while (!signal.aborted && (maxCount === 0 || n < maxCount)) {
      n++;
      const envelope = { data: { n, square: n * n }, metadata: { seq: n } };
      yield { envelopes: [envelope], state: n };
      if (intervalMs > 0) await sleep(intervalMs);
    }
  }
}

await runAsMain(defineInput({
  name: "my-provider",
  version: "0.1.0",
  summary: "Counts, and sends each number with its square",
  config: keys,
  examples: [{ max_count: 100 }],
  features: ["state"],
  open: (config) => new Counter(config),
}));
