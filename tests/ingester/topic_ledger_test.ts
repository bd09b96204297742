/** The judge of the crash tests finds what it is there to find. */

import { assertEquals } from "../support/assert.ts";
import { TopicLedger } from "./topic_ledger.ts";

/** Arrivals of one topic, as `number:id`; judged. */
function judge(text: string, changes = 3, topic = "a"): TopicLedger {
  const ledger = new TopicLedger(["a", "b"], changes);
  for (const each of text.split(" ")) {
    const [n, messageId, destination = topic] = each.split(":");
    ledger.add({
      topic,
      messageId,
      sessionId: "a",
      properties: {},
      body: {
        data: { n: Number(n) },
        metadata: { Destination: destination },
      },
    });
  }
  return ledger;
}

Deno.test("arrivals are judged by order, ids and topic", async (t) => {
  const cases: readonly [string, string, readonly string[]][] = [
    ["all in order", "1:x 2:y 3:z", []],
    ["repeats from an earlier place on", "1:x 2:y 1:x 2:y 3:z", []],
    ["one is missing", "1:x 3:z", ["a: 3 came after 1"]],
    ["two have changed places", "2:y 1:x 3:z", [
      "a: 2 came after 0",
    ]],
    ["a repeat with another id", "1:x 1:w", ["a 1 has two ids: x, w"]],
    ["two changes with one id", "1:x 2:x", ["x is in a and again a 2"]],
    ["the topic of another table", "1:x:b", ["b came to a"]],
  ];
  for (const [name, text, problems] of cases) {
    await t.step(name, () => assertEquals(judge(text).problems, problems));
  }
});

Deno.test("repeats and steps back are counted", () => {
  const { duplicates, stepsBack, total } = judge("1:x 2:y 1:x 2:y 3:z 3:z");
  assertEquals([duplicates, stepsBack, total], [3, 2, 3]);
});

Deno.test("it is complete when every topic has all", () => {
  assertEquals(judge("1:x 2:y 3:z").isComplete, false);
});
