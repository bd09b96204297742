import { assert, assertEquals } from "../../support/assert.ts";
import { RunningProgram } from "./program.ts";

/** A program of one line, run like the program under test. */
function run(code: string, timeoutMs?: number): RunningProgram {
  return new RunningProgram([Deno.execPath(), "eval", code], {
    env: { GIVEN: "by the test" },
    timeoutMs,
  });
}

Deno.test("a finished run has its status and both streams", async () => {
  await using program = run(
    `console.log(Deno.env.get("GIVEN")); console.error("oh"); Deno.exit(3)`,
  );
  const { code, stdout, stderr } = await program.finished;
  assertEquals([code, stdout, stderr], [3, "by the test\n", "oh\n"]);
});

Deno.test("waitFor() answers while the program goes on", async () => {
  await using program = run(
    `console.log("ready"); for await (const _ of Deno.stdin.readable);
     console.log("bye")`,
  );
  await program.waitFor(/ready/);
  await program.closeStdin();
  assert.match((await program.finished).stdout, /bye/);
});

Deno.test("waitFor() fails with the output when it never comes", async () => {
  await using program = run(`console.log("something else")`);
  await assert.rejects(program.waitFor(/ready/), /something else/);
});

Deno.test("a program that takes too long is killed and named", async () => {
  await using program = run(
    `await new Promise((r) => setTimeout(r, 60e3))`,
    200,
  );
  await assert.rejects(program.finished, /still running after 200 ms/);
});

Deno.test("no DSTREAM_ variable of the tester reaches the program", async () => {
  Deno.env.set("DSTREAM_FOR_A_TEST", "x");
  await using program = run(`console.log(Deno.env.get("DSTREAM_FOR_A_TEST"))`);
  Deno.env.delete("DSTREAM_FOR_A_TEST");
  assertEquals((await program.finished).stdout, "undefined\n");
});
