import { assertEquals } from "../../tests/support/assert.ts";
import { byVersion } from "./provider_tags.ts";

Deno.test("tags are listed by version, whatever order the registry has", () => {
  const tags = ["latest", "1.10.0", "v2", "1.9.0", "1.10.0-rc.1", "1.9.0"];
  assertEquals(tags.toSorted(byVersion), [
    "1.9.0",
    "1.9.0",
    "1.10.0",
    "1.10.0-rc.1",
    "latest",
    "v2",
  ]);
});
