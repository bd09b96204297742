import { assert, assertEquals } from "../../../tests/support/assert.ts";
import { FakeHost, until } from "../../../tests/support/fake_host.ts";
import nothing from "./mod.ts";

const LINES = '{"data":1}\n'.repeat(5);

Deno.test("it counts what it took", async () => {
  const host = new FakeHost();
  await host.send(`{}\n${LINES}`);
  await host.endStdin();
  assertEquals(await nothing.serve([], host), 0);
  assertEquals(host.logs, [
    "[NullOutputProvider] Took everything there was envelopes=5 bytes=55",
  ]);
  assertEquals(host.stdout, "");
});

Deno.test("delay is how long a write takes", async () => {
  const host = new FakeHost();
  const ended = nothing.serve([], host);
  await host.send(`{"delay":"2s"}\n${LINES}`);
  await host.endStdin();
  await until(() => host.clock.sleeping > 0);
  await host.clock.advance(1999);
  assertEquals(host.logs, []);
  await host.clock.advance(1);
  assertEquals(await ended, 0);
});

Deno.test("fail_after fails with as many taken", async () => {
  const host = new FakeHost();
  await host.send(`{"fail_after":3}\n${LINES}`);
  assertEquals(await nothing.serve([], host), 1);
  assert.match(host.logs[0], /error: failed as asked for, after \d envelopes/);
});
