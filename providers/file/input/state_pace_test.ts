import { fromSource, Running, version2Line } from "@dstream/sdk/testing";
import { assert, assertEquals } from "../../../tests/support/assert.ts";
import { inFolder } from "../../../tests/support/file_input.ts";
import { StatePace } from "./state_pace.ts";

Deno.test("a state is due after so much, and a second after the last", () => {
  const pace = new StatePace();
  assertEquals(pace.isDue(10, 1, 0), true);
  assertEquals(pace.isDue(10, 1, 999), false);
  assertEquals(pace.isBehind, true);
  assertEquals(pace.isDue(10, 1, 1000), true);
  assertEquals(pace.isDue(1, 1, 1001), false);
  assertEquals(pace.isDue(2048, 1, 1002), true);
});

/** With 5 ms an envelope 200 are a second. */
const MOST_BETWEEN = 200;

Deno.test("what a slow destination repeats after a crash is less than a second", () =>
  inFolder(async (folder) => {
    const path = `${folder}/a.jsonl`;
    const line = `{"filler":"${"x".repeat(50)}"}\n`;
    await Deno.writeTextFile(path, line.repeat(20_000));
    const main = new URL("./main.ts", import.meta.url);
    await using running = new Running(fromSource(main));
    await running.send(version2Line({ path }));
    let [sinceState, most, envelopes] = [0, 0, 0];
    for (let line; (line = await running.line()) !== undefined;) {
      if (line.startsWith("\x1e")) {
        if (line.startsWith('\x1e{"state"')) sinceState = 0;
        if (line.startsWith('\x1e{"end"')) break;
        continue;
      }
      if (line.startsWith('{"status"')) continue;
      envelopes++;
      most = Math.max(most, ++sinceState);
    }
    assertEquals(envelopes, 20_000);
    assert.ok(most <= MOST_BETWEEN, `${most} envelopes without a state`);
  }));
