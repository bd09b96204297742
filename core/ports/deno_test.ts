import { assertEquals } from "../../tests/support/assert.ts";
import { systemSpawner } from "./deno.ts";

Deno.test("what is only for the CLI is not inherited, all else is", async () => {
  Deno.env.set("DSTREAM_REGISTRY_TOKEN", "ghcr.io=secret");
  Deno.env.set("DSTREAM_TEST_OTHER", "other");
  try {
    const script = "console.log(Deno.env.get('DSTREAM_REGISTRY_TOKEN')," +
      "Deno.env.get('DSTREAM_TEST_OTHER'), Deno.env.get('DSTREAM_TEST_OWN'))";
    const child = systemSpawner.spawn({
      argv: [Deno.execPath(), "eval", script],
      env: { DSTREAM_TEST_OWN: "own" },
    });
    await child.stdin.close();
    const [said] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.status,
    ]);
    assertEquals(said.trim(), "undefined other own");
  } finally {
    Deno.env.delete("DSTREAM_REGISTRY_TOKEN");
    Deno.env.delete("DSTREAM_TEST_OTHER");
  }
});
