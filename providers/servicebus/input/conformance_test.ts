import { fromSource, testInput } from "@dstream/sdk/testing";
import { withQueue } from "../../../tests/support/servicebus/full_queue.ts";

const subject = fromSource(new URL("./main.ts", import.meta.url));
const COUNT = 60;
const MANY = 3000;

testInput({
  name: "servicebus input",
  subject,
  finite: (test) =>
    withQueue(
      COUNT,
      {},
      ({ config }) =>
        test({ config: { ...config, max_messages: COUNT }, count: COUNT }),
    ),
  endless: (test) => withQueue(MANY, {}, test),
});
