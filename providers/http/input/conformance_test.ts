import {
  fromSource,
  recordOf,
  Running,
  testInput,
  version2Line,
} from "@dstream/sdk/testing";
import { assertEquals } from "../../../tests/support/assert.ts";
import { freePort } from "../../../tests/support/free_port.ts";
import { Sender } from "../../../tests/support/rest/sender.ts";

const COUNT = 40;

/** A sender of so many. */
async function withSender(
  count: number,
  run: (config: { listen: string }, sender: Sender) => Promise<void>,
): Promise<void> {
  const listen = `127.0.0.1:${freePort()}`;
  const bodies = Array.from({ length: count }, (_, id) => `{"id":${id}}`);
  await using sender = new Sender(`http://${listen}/`, bodies);
  await run({ listen }, sender);
}

const subject = fromSource(new URL("./main.ts", import.meta.url));

testInput({
  name: "http input",
  subject,
  finite: (test) =>
    withSender(
      COUNT,
      (config) =>
        test({ config: { ...config, max_count: COUNT }, count: COUNT }),
    ),
  endless: (test) => withSender(100_000, (config) => test({ config })),
});

Deno.test("http input: what was not delivered when it was killed is sent again", () =>
  withSender(COUNT, async (config, sender) => {
    const wanted = { ...config, max_count: COUNT };
    const readAll = async (running: Running) => {
      await running.send(version2Line(wanted));
      let count = 0;
      await running.linesUntil((line) =>
        recordOf(line) === undefined && JSON.parse(line).data !== undefined &&
        ++count === COUNT
      );
    };
    {
      await using first = new Running(subject);
      await readAll(first);
      assertEquals(sender.taken, 0);
    }
    await using second = new Running(subject);
    await readAll(second);
    assertEquals(sender.taken, 0);
    await second.sendControl({ ack: COUNT });
    await second.endsWith(0);
    await sender.done;
    assertEquals(sender.taken, COUNT);
  }));
