import { assertEquals } from "../../tests/support/assert.ts";
import { sbomOf } from "./sbom.ts";

Deno.test("sbomOf() lists each package of the lock file once", () => {
  const integrity = `sha512-${btoa("\x01\x02")}`;
  const { components } = sbomOf({
    npm: {
      "b@1.0.0": {},
      "@azure/x@2.1.0_a@1.0.0": { integrity },
      "@azure/x@2.1.0_a@1.0.1": { integrity },
    },
  }, "0.1.0");
  assertEquals(components as unknown, [
    {
      type: "library",
      "bom-ref": "pkg:npm/%40azure/x@2.1.0",
      group: "@azure",
      name: "x",
      version: "2.1.0",
      purl: "pkg:npm/%40azure/x@2.1.0",
      hashes: [{ alg: "SHA-512", content: "0102" }],
    },
    {
      type: "library",
      "bom-ref": "pkg:npm/b@1.0.0",
      name: "b",
      version: "1.0.0",
      purl: "pkg:npm/b@1.0.0",
    },
  ]);
});

Deno.test("the lock file of this project becomes the same text twice", async () => {
  const path = new URL("../../deno.lock", import.meta.url);
  const lock = JSON.parse(await Deno.readTextFile(path));
  const [once, again] = [sbomOf(lock, "1"), sbomOf(lock, "1")];
  assertEquals(JSON.stringify(once), JSON.stringify(again));
  assertEquals(once.components.length > 10, true);
});
