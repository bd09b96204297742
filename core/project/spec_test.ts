import { assertEquals } from "../../tests/support/assert.ts";
import { wrongProtocol } from "./spec.ts";

Deno.test("another shape of `protocol` in a spec is named, what is right is not", async (t) => {
  const spec = { name: "a", role: "input", config: {} };
  const cases = [
    ["absent", {}, undefined],
    ["right", { protocol: { version: 2 } }, undefined],
    ["a number", { protocol: 2 }, "2"],
    ["a list", { protocol: [2] }, "[2]"],
    ["text inside", { protocol: { version: "2" } }, '{"version":"2"}'],
  ] as const;
  for (const [name, more, shown] of cases) {
    await t.step(name, () => {
      const expected = shown &&
        `protocol is ${shown} instead of {"version":2}`;
      assertEquals(
        wrongProtocol(JSON.stringify({ ...spec, ...more })),
        expected,
      );
    });
  }
});
