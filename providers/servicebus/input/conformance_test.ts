import { fromSource, testInput } from "@dstream/sdk/testing";
import { withQueue } from "../../../tests/support/servicebus/full_queue.ts";

const subject = fromSource(new URL("./main.ts", import.meta.url));
const COUNT = 60;
const MANY = 3000;

testInput({
  name: "servicebus input",
  subject,
  finite: (test) =>
    // What a killed reader had is locked for a while; then the next one gets it.
    withQueue(COUNT, { lockMs: 3000 }, ({ config, unconfirmed }) =>
      test({
        config: { ...config, max_messages: COUNT, idle_timeout: "6s" },
        count: COUNT,
        unconfirmed,
      })),
  endless: (test) => withQueue(MANY, {}, test),
});
