import { assertEquals, assertFails } from "../../tests/support/assert.ts";
import { formatAddress, parseListenAddress } from "./listen_address.ts";

Deno.test("an address is a host and a port", async (t) => {
  const cases = [
    ["127.0.0.1:9464", "127.0.0.1", 9464],
    ["localhost:0", "localhost", 0],
    ["[::1]:9464", "::1", 9464],
    ["0.0.0.0:65535", "0.0.0.0", 65_535],
  ] as const;
  for (const [text, host, port] of cases) {
    await t.step(text, () => {
      const address = parseListenAddress("--metrics-listen", text);
      assertEquals(address, { host, port });
      assertEquals(formatAddress(address), text);
    });
  }
});

Deno.test("what would have to be guessed is refused", async (t) => {
  const cases = ["", "9464", ":9464", "localhost", "a:b", "a:70000", "::1:9"];
  for (const text of cases) {
    await t.step(JSON.stringify(text), () => {
      assertFails(
        () => parseListenAddress("--metrics-listen", text),
        "usage.listen_address",
      );
    });
  }
});
